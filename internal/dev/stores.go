package dev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/alicebob/miniredis/v2"
)

// StoresOptions configures the embedded stores.
type StoresOptions struct {
	RedisListen string       // host:port; default 127.0.0.1:0
	MongoListen string       // host:port; default 127.0.0.1:0
	MongoDir    string       // where SQLite files lie; empty keeps them in memory
	Logger      *slog.Logger // default: discard
}

// Stores are an embedded Redis (miniredis) and an embedded MongoDB (FerretDB
// over SQLite), both reached over TCP as the real ones are.
type Stores struct {
	RedisURL string
	MongoURL string
	Redis    *miniredis.Miniredis

	stop context.CancelFunc
	done sync.WaitGroup
}

// clockTick is how often miniredis' clock is moved on: its keys expire only when
// told that time has passed.
const clockTick = 20 * time.Millisecond

// StartStores starts both stores. Stop ends them.
func StartStores(o StoresOptions) (*Stores, error) {
	if o.RedisListen == "" {
		o.RedisListen = "127.0.0.1:0"
	}
	if o.MongoListen == "" {
		o.MongoListen = "127.0.0.1:0"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	uri := "file:./?mode=memory"
	if o.MongoDir != "" {
		if err := os.MkdirAll(o.MongoDir, 0o700); err != nil {
			return nil, err
		}
		dir, err := filepath.Abs(o.MongoDir)
		if err != nil {
			return nil, err
		}
		uri = "file:" + dir + "/"
	}
	mongo, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: o.MongoListen},
		Handler:   "sqlite",
		SQLiteURL: uri,
		Logger:    o.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("embedded MongoDB on %s: %w", o.MongoListen, err)
	}
	redis := miniredis.NewMiniRedis()
	if err := redis.StartAddr(o.RedisListen); err != nil {
		return nil, fmt.Errorf("embedded Redis on %s: %w", o.RedisListen, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Stores{RedisURL: "redis://" + redis.Addr(), Redis: redis, stop: cancel}
	s.done.Go(func() {
		if err := mongo.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			o.Logger.Error("embedded MongoDB stopped", "error", err)
		}
	})
	s.done.Go(func() { tick(ctx, redis) })
	s.MongoURL = mongo.MongoDBURI()
	return s, nil
}

// tick lets miniredis' keys expire as time passes. TIME itself follows the
// machine's clock; only expiry has to be told.
func tick(ctx context.Context, redis *miniredis.Miniredis) {
	ticker := time.NewTicker(clockTick)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			redis.FastForward(now.Sub(last))
			last = now
		}
	}
}

// Stop ends both stores and waits for them.
func (s *Stores) Stop() {
	s.stop()
	s.Redis.Close()
	s.done.Wait()
}
