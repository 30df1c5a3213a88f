package store_test

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

func TestCheckNamesTheStoresThatAreAway(t *testing.T) {
	// A free address without a listener: bound once, then closed.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	unused := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	here := testkit.Stores(t)
	silentRedis, silentMongo := testkit.StartProxy(t, here.RedisURL), testkit.StartProxy(t, here.MongoURL)
	silentRedis.Freeze()
	silentMongo.Freeze()
	tests := []struct {
		name, redis, mongo string
		want               []string
	}{
		{"both here", here.RedisURL, here.MongoURL, nil},
		{"no Redis", "redis://" + unused, here.MongoURL, []string{"redis"}},
		{"no MongoDB", here.RedisURL, "mongodb://" + unused, []string{"mongo"}},
		{"a silent Redis", silentRedis.URL, here.MongoURL, []string{"redis"}},
		{"a silent MongoDB", here.RedisURL, silentMongo.URL, []string{"mongo"}},
		{"neither", "redis://" + unused, "mongodb://" + unused, []string{"redis", "mongo"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			stores, err := store.Open(store.Options{RedisURLs: []string{test.redis}, MongoURL: test.mongo, MongoDatabase: "usher"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			defer func() { _ = stores.Close(context.Background()) }()
			missing := stores.Check(ctx)
			if len(missing) != len(test.want) {
				t.Errorf("missing are %v, want %v", missing, test.want)
			}
			for _, name := range test.want {
				if err := missing[name]; err == nil || !fault.Is(store.Fault(err), fault.Unavailable) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

func TestWarningsNameWhatEndangersTheLine(t *testing.T) {
	stores := testkit.Open(t, testkit.RealRedis(t))
	ctx := context.Background()
	if got := stores.Warnings(ctx); len(got) != 0 {
		t.Fatalf("a sound Redis is warned of: %v", got)
	}
	set := func(name, value string) {
		t.Helper()
		if err := stores.Redis.ConfigSet(ctx, name, value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	set("appendonly", "no")
	set("maxmemory-policy", "allkeys-lru")
	defer func() {
		set("appendonly", "yes")
		set("maxmemory", "0")
		set("maxmemory-policy", "noeviction")
	}()
	if got := stores.Warnings(ctx); len(got) != 1 || !strings.Contains(got[0], "appendonly yes") {
		t.Errorf("without a file %v", got)
	}
	set("maxmemory", "100mb")
	if got := stores.Warnings(ctx); len(got) != 2 || !strings.Contains(got[1], "noeviction") {
		t.Errorf("with eviction %v", got)
	}
	set("appendonly", "yes")
	set("maxmemory-policy", "noeviction")
	used, err := stores.Redis.InfoMap(ctx, "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := strconv.ParseInt(used["Memory"]["used_memory"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	set("maxmemory", strconv.FormatInt(bytes*20/19, 10))
	if got := stores.Warnings(ctx); len(got) != 1 || !strings.Contains(got[0], "raise maxmemory") {
		t.Errorf("nearly full %v", got)
	}
}

func TestTheEmbeddedRedisGivesNoWarnings(t *testing.T) {
	if got := testkit.Open(t, "").Warnings(context.Background()); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
