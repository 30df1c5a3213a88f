// Package store connects to Redis and MongoDB: addresses, time-outs, retries
// and health. It knows nothing of what lies in them.
package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// Options says where the stores are.
type Options struct {
	RedisURLs     []string // one: a server, or Sentinel with ?master_name=; several: a cluster
	MongoURL      string
	MongoDatabase string
}

// Stores are the two stores a node needs. Safe for concurrent use.
type Stores struct {
	Redis redis.UniversalClient
	Mongo *mongo.Database
}

const (
	redisTimeout = 2 * time.Second // one command, its retries included, may wait this long for an answer
	mongoTimeout = 4 * time.Second // one operation; without it a dead server costs 30 s a call
)

// Open prepares both clients. It does not wait for the servers: Check says
// whether they answer, and they are reached for anew with every command.
func Open(o Options) (*Stores, error) {
	client, err := openRedis(o.RedisURLs)
	if err != nil {
		return nil, err
	}
	database, err := openMongo(o.MongoURL, o.MongoDatabase)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return &Stores{Redis: client, Mongo: database}, nil
}

func openRedis(urls []string) (redis.UniversalClient, error) {
	if len(urls) == 0 {
		return nil, errors.New("no Redis URL")
	}
	universal := &redis.UniversalOptions{
		ContextTimeoutEnabled: true, // without it a context's deadline is ignored
		DialTimeout:           redisTimeout,
		ReadTimeout:           redisTimeout,
		WriteTimeout:          redisTimeout,
		PoolTimeout:           redisTimeout,
		MaxRetries:            1, // every script may run twice
	}
	for i, text := range urls {
		text, master, err := cutMasterName(text)
		if err != nil {
			return nil, err
		}
		parsed, err := redis.ParseURL(text)
		if err != nil {
			return nil, fmt.Errorf("redis URL %d: %w", i+1, err)
		}
		universal.Addrs = append(universal.Addrs, parsed.Addr)
		universal.Username, universal.Password = parsed.Username, parsed.Password
		universal.DB, universal.TLSConfig = parsed.DB, parsed.TLSConfig
		universal.MasterName = master
		if parsed.PoolSize > 0 {
			universal.PoolSize = parsed.PoolSize
		}
		if parsed.Network == "unix" {
			universal.Dialer = redis.NewDialer(parsed)
		}
	}
	// Several servers are a cluster, several Sentinels still watch one master.
	universal.IsClusterMode = len(urls) > 1 && universal.MasterName == ""
	return redis.NewUniversalClient(universal), nil
}

// cutMasterName takes ?master_name= out of a URL: it turns the address into a
// Sentinel's.
func cutMasterName(text string) (rest, master string, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", "", fmt.Errorf("redis URL: %w", errors.Unwrap(err))
	}
	query := u.Query()
	master = query.Get("master_name")
	query.Del("master_name")
	u.RawQuery = query.Encode()
	return u.String(), master, nil
}

func openMongo(url, database string) (*mongo.Database, error) {
	durable := writeconcern.Majority()
	journal := true
	durable.Journal = &journal
	client, err := mongo.Connect(options.Client().
		ApplyURI(url).
		SetTimeout(mongoTimeout).
		SetWriteConcern(durable).
		SetAppName("usher"))
	if err != nil {
		return nil, fmt.Errorf("mongo URL: %w", err)
	}
	return client.Database(database), nil
}

// Check asks both stores for a sign of life and returns the names of those that
// give none ("redis", "mongo") with the reason; an empty map means all is well.
func (s *Stores) Check(ctx context.Context) map[string]error {
	// Side by side: the silence of one must not use up the other's time.
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

// Warnings names settings of Redis that endanger the line or the holds. A Redis
// that will not say (a managed one, the embedded one) gives none.
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
	return warnings
}

// Close gives the connections back.
func (s *Stores) Close(ctx context.Context) error {
	return errors.Join(s.Redis.Close(), s.Mongo.Client().Disconnect(ctx))
}
