package store

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestRedisURLs(t *testing.T) {
	tests := []struct {
		name  string
		urls  []string
		check func(t *testing.T, client redis.UniversalClient)
	}{
		{"one server", []string{"redis://user:secret@127.0.0.1:7000/3?pool_size=9"}, func(t *testing.T, client redis.UniversalClient) {
			o := client.(*redis.Client).Options()
			if o.Addr != "127.0.0.1:7000" || o.Username != "user" || o.Password != "secret" || o.DB != 3 || o.PoolSize != 9 || o.TLSConfig != nil {
				t.Errorf("%+v", o)
			}
		}},
		{"without a port", []string{"redis://example"}, func(t *testing.T, client redis.UniversalClient) {
			if o := client.(*redis.Client).Options(); o.Addr != "example:6379" {
				t.Error(o.Addr)
			}
		}},
		{"encrypted", []string{"rediss://example:7001"}, func(t *testing.T, client redis.UniversalClient) {
			// Encryption is the dialer's: TestEachServerProvesItself.
			if o := client.(*redis.Client).Options(); o.Addr != "example:7001" || o.TLSConfig != nil {
				t.Errorf("%+v", o)
			}
		}},
		{"several are a cluster", []string{"redis://:secret@a:7000", "redis://:secret@b:7001"}, func(t *testing.T, client redis.UniversalClient) {
			o := client.(*redis.ClusterClient).Options()
			if strings.Join(o.Addrs, " ") != "a:7000 b:7001" || o.Password != "secret" || !o.ContextTimeoutEnabled {
				t.Errorf("%+v", o)
			}
		}},
		{"a master name is Sentinel", []string{"redis://a:26379/2?master_name=line&pool_size=5"}, func(t *testing.T, client redis.UniversalClient) {
			o := client.(*redis.Client).Options()
			if o.Addr != "FailoverClient" || o.DB != 2 || o.PoolSize != 5 || !o.ContextTimeoutEnabled {
				t.Errorf("%+v", o)
			}
		}},
		{"several Sentinels", []string{"redis://a:26379?master_name=line", "redis://b:26379?master_name=line"}, func(t *testing.T, client redis.UniversalClient) {
			if o, ok := client.(*redis.Client); !ok || o.Options().Addr != "FailoverClient" {
				t.Errorf("%T is no client of Sentinel", client)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client, err := openRedis(test.urls, "")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = client.Close() }()
			test.check(t, client)
		})
	}
}

func TestEveryRedisClientKeepsItsTime(t *testing.T) {
	client, err := openRedis([]string{"redis://127.0.0.1:1"}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	o := client.(*redis.Client).Options()
	if !o.ContextTimeoutEnabled {
		t.Error("a context's deadline is ignored")
	}
	for name, got := range map[string]time.Duration{"dial": o.DialTimeout, "read": o.ReadTimeout, "write": o.WriteTimeout, "pool": o.PoolTimeout} {
		if got != redisTimeout {
			t.Errorf("%s: %v, want %v", name, got, redisTimeout)
		}
	}
}

func TestWrongURLsAreRefused(t *testing.T) {
	for _, urls := range [][]string{
		nil,
		{""},
		{"127.0.0.1:6379"},
		{"http://127.0.0.1:6379"},
		{"redis://127.0.0.1:6379/many"},
		{"redis://127.0.0.1:6379?unknown=1"},
		{"redis://a:1\x7f"},
		{"redis://a:6379", "nonsense"},
	} {
		client, err := openRedis(urls, "")
		if err == nil {
			_ = client.Close()
			t.Errorf("%q was taken", urls)
		}
	}
	for _, url := range []string{"", "127.0.0.1:27017", "http://127.0.0.1"} {
		if _, err := Open(Options{RedisURLs: []string{"redis://127.0.0.1:1"}, MongoURL: url, MongoDatabase: "usher"}); err == nil {
			t.Errorf("%q was taken", url)
		}
	}
}

func TestAWrongURLDoesNotShowItsPassword(t *testing.T) {
	for _, url := range []string{"redis://user:hunter2@127.0.0.1:6379/many", "redis://user:hunter2@127.0.0.1:x/", "http://user:hunter2@a"} {
		if _, err := openRedis([]string{url}, ""); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}
