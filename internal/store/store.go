// Package store connects to Redis and MongoDB: addresses, timeouts, retries, health,
// and how Lua scripts are loaded. It has no rules about the data in them.
package store

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/trace"
)

// Options are the addresses of the stores.
type Options struct {
	RedisURLs     []string // one: a server, a cluster, or Sentinel with ?master_name=; several: a cluster
	RedisCA       string   // path of a PEM file with the certificate authorities that rediss:// trusts; "": the system's
	MongoURL      string
	MongoDatabase string
	Logger        *slog.Logger  // nil: discard
	Tracer        *trace.Tracer // nil: no traces
}

// Stores are the two stores a node needs. Safe for concurrent use.
type Stores struct {
	Redis redis.UniversalClient
	Mongo *mongo.Database
}

// Open makes both clients. It does not wait for servers that do not answer: Check
// says whether they answer, and each command connects again. A single Redis that
// answers is asked whether it belongs to a cluster.
func Open(o Options) (*Stores, error) {
	client, err := openRedis(o.RedisURLs, o.RedisCA)
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	client = traceRedis(client, o.Tracer)
	database, err := openMongo(o.MongoURL, o.MongoDatabase, o.Logger, o.Tracer)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return &Stores{Redis: client, Mongo: database}, nil
}

// Check pings both stores and returns those that do not answer ("redis", "mongo")
// with the error; an empty map means that both answer. Check also pings a store whose
// breaker is open, which refuses all other calls.
func (s *Stores) Check(ctx context.Context) map[string]error {
	ctx = probing(ctx)
	// In parallel, so that one silent store does not use up the other's time.
	var errRedis, errMongo error
	var both sync.WaitGroup
	both.Go(func() { errRedis = s.Redis.Ping(ctx).Err() })
	both.Go(func() { errMongo = s.Mongo.Client().Ping(ctx, nil) })
	both.Wait()
	missing := map[string]error{}
	if errRedis != nil {
		missing["redis"] = errRedis
	}
	if errMongo != nil {
		missing["mongo"] = errMongo
	}
	return missing
}

// Warnings names dangers to the line and the holds: wrong settings of Redis, and
// memory that is nearly full. A Redis that does not show its settings (a managed one,
// the embedded one) gives no warnings.
func (s *Stores) Warnings(ctx context.Context) []string {
	var warnings []string
	read := func(name string) string {
		got, err := s.Redis.ConfigGet(ctx, name).Result()
		if err != nil {
			return ""
		}
		return got[name]
	}
	if read("appendonly") == "no" {
		warnings = append(warnings, "Redis keeps no append-only file: a restart loses the line and the holds (set appendonly yes)")
	}
	policy := read("maxmemory-policy")
	if limit := read("maxmemory"); limit != "" && limit != "0" && policy != "" && !strings.EqualFold(policy, "noeviction") {
		warnings = append(warnings, "Redis may evict keys when memory is short (set maxmemory-policy noeviction)")
	}
	if s.nearlyFull(ctx) {
		warnings = append(warnings, "Redis uses more than nine tenths of its maxmemory: once full it refuses joins, holds and purchases (raise maxmemory)")
	}
	return warnings
}

// nearlyFull reports whether Redis has less than a tenth of its maxmemory left.
func (s *Stores) nearlyFull(ctx context.Context) bool {
	info, err := s.Redis.Info(ctx, "memory").Result()
	if err != nil {
		return false
	}
	var used, most int64
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "used_memory":
			used, _ = strconv.ParseInt(value, 10, 64)
		case "maxmemory":
			most, _ = strconv.ParseInt(value, 10, 64)
		}
	}
	return most > 0 && used > most/10*9
}

// Close closes the connections.
func (s *Stores) Close(ctx context.Context) error {
	return errors.Join(s.Redis.Close(), s.Mongo.Client().Disconnect(ctx))
}
