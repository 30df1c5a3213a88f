package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
)

// Options configures the embedded stores.
type Options struct {
	RedisListen string       // host:port; default 127.0.0.1:0
	MongoListen string       // host:port; default 127.0.0.1:0
	MongoDir    string       // folder of the SQLite files; default a temporary folder that Stop removes
	RedisFile   string       // file in which Redis is saved; default none
	Logger      *slog.Logger // default: discard
}

// Stores are a running embedded Redis and embedded MongoDB.
type Stores struct {
	RedisURL string
	MongoURL string
	Redis    *miniredis.Miniredis

	front     *mongoFront
	save      func() // saves Redis for the last time; nil: Redis is not saved
	stop      context.CancelFunc
	done      sync.WaitGroup
	temporary string // a folder to remove at the end; "" for none
}

// sqliteURL names the folder of the SQLite files. Files of a temporary folder do not
// outlive the process, so SQLite does not wait until the disk has written them: a slow
// disk made commits take seconds. A kept folder is written through.
func sqliteURL(dir string, temporary bool) string {
	u := "file:" + dir + "/"
	if temporary {
		u += "?_pragma=synchronous(off)"
	}
	return u
}

// clockTick is how often miniredis' clock is advanced. Its keys do not expire by
// themselves.
const clockTick = 20 * time.Millisecond

// Start starts both stores. Stop ends them.
func Start(o Options) (_ *Stores, err error) {
	if o.RedisListen == "" {
		o.RedisListen = "127.0.0.1:0"
	}
	if o.MongoListen == "" {
		o.MongoListen = "127.0.0.1:0"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	// SQLite's memory mode would block: FerretDB has one connection then, and an
	// update, which needs two, waits for itself.
	dir, temporary, err := mongoFolder(o.MongoDir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			removeAll(temporary)
		}
	}()
	redis := miniredis.NewMiniRedis()
	file := &redisFile{path: o.RedisFile, log: o.Logger}
	if o.RedisFile != "" { // before the first client can see an empty Redis
		if err := file.load(redis, time.Now()); err != nil {
			return nil, fmt.Errorf("embedded Redis: %w", err)
		}
	}
	if err := redis.StartAddr(o.RedisListen); err != nil {
		return nil, fmt.Errorf("embedded Redis on %s: %w", o.RedisListen, err)
	}
	listener, err := net.Listen("tcp", o.MongoListen)
	if err != nil {
		redis.Close()
		return nil, fmt.Errorf("embedded MongoDB on %s: %w", o.MongoListen, err)
	}
	mongo, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"}, // only the front asks it
		Handler:   "sqlite",
		SQLiteURL: sqliteURL(dir, temporary != ""),
		Logger:    o.Logger,
	})
	if err != nil {
		_ = listener.Close()
		redis.Close()
		return nil, fmt.Errorf("embedded MongoDB: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Stores{RedisURL: "redis://" + redis.Addr(), Redis: redis, stop: cancel, temporary: temporary}
	s.done.Go(func() {
		if err := mongo.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			o.Logger.Error("embedded MongoDB stopped", "error", err)
		}
	})
	s.done.Go(func() { tick(ctx, redis) })
	if o.RedisFile != "" {
		file.client = goredis.NewClient(&goredis.Options{Addr: redis.Addr(), MaxRetries: -1, ReadTimeout: time.Minute})
		saving, stopSaving := context.WithCancel(context.Background())
		saved := make(chan struct{})
		go func() {
			defer close(saved)
			file.run(saving)
		}()
		s.save = func() {
			stopSaving()
			<-saved
		}
	}
	s.done.Go(func() { (&indexer{dir: dir, log: o.Logger, seen: map[string]written{}}).run(ctx) })
	backend := strings.Trim(strings.TrimPrefix(mongo.MongoDBURI(), "mongodb://"), "/")
	s.front = startMongoFront(listener, backend, o.Logger)
	s.MongoURL = "mongodb://" + listener.Addr().String() + "/"
	return s, nil
}

// tick advances miniredis' clock, by which its keys expire. The command TIME follows
// the machine's clock by itself.
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
	s.front.stop() // first, because FerretDB waits seconds for its clients to disconnect
	if s.save != nil {
		s.save()
	}
	s.stop()
	s.Redis.Close()
	s.done.Wait()
	removeAll(s.temporary)
}

// mongoFolder returns the absolute path of dir, which it makes if there is none. For
// "" it makes a temporary folder.
func mongoFolder(dir string) (path, temporary string, err error) {
	if dir == "" {
		temporary, err = os.MkdirTemp("", "usher-mongo-")
		return temporary, temporary, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", err
	}
	path, err = filepath.Abs(dir)
	return path, "", err
}

// removeAll removes a temporary folder as far as it can.
func removeAll(dir string) {
	if dir != "" {
		_ = os.RemoveAll(dir)
	}
}
