package testkit

import (
	"bytes"
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// impatient is a client of Redis that tries once and waits briefly.
func impatient(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries, o.ContextTimeoutEnabled = -1, true
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func briefly(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func incr(request []byte) bool { return bytes.Contains(bytes.ToLower(request), []byte("incr")) }

func TestAProxyLosesReplies(t *testing.T) {
	EachRedis(t, func(t *testing.T, redisURL string) {
		p := StartProxy(t, redisURL)
		client, key := impatient(t, p.URL), SeasonID()
		if n, err := client.Incr(t.Context(), key).Result(); n != 1 || err != nil {
			t.Fatalf("bytes pass through: %d %v", n, err)
		}
		p.Lose(incr)
		if err := client.Incr(t.Context(), key).Err(); err == nil || p.Lost() != 1 {
			t.Fatalf("the reply is lost: %v, %d lost", err, p.Lost())
		}
		if n, err := client.Get(t.Context(), key).Int(); n != 2 || err != nil {
			t.Fatalf("the request was done, and others are answered: %d %v", n, err)
		}
		p.Lose(nil)
		if n, err := client.Incr(t.Context(), key).Result(); n != 3 || err != nil {
			t.Fatalf("no more are lost: %d %v", n, err)
		}
	})
}

func TestAProxyFreezesDelaysAndCuts(t *testing.T) {
	p := StartProxy(t, Stores(t).RedisURL)
	client, direct, key := impatient(t, p.URL), impatient(t, Stores(t).RedisURL), SeasonID()
	p.Freeze()
	p.Freeze()
	if err := client.Incr(briefly(t), key).Err(); err == nil {
		t.Fatal("a frozen proxy delivers nothing")
	}
	done := make(chan error, 1)
	go func() { done <- client.Incr(context.Background(), key).Err() }()
	select {
	case err := <-done:
		t.Fatal("frozen, yet it answers:", err)
	case <-time.After(50 * time.Millisecond):
	}
	p.Thaw()
	p.Thaw()
	if err := <-done; err != nil {
		t.Fatal("what has waited is delivered:", err)
	}
	if n := direct.Exists(t.Context(), key).Val(); n != 1 {
		t.Fatal("the request has not arrived")
	}

	p.Delay(60 * time.Millisecond)
	began := time.Now()
	if err := client.Ping(t.Context()).Err(); err != nil || time.Since(began) < 120*time.Millisecond {
		t.Fatalf("delayed both ways: %v after %v", err, time.Since(began))
	}
	p.Delay(0)

	p.Freeze()
	go func() { done <- client.Ping(context.Background()).Err() }()
	Eventually(t, 5*time.Second, "the proxy has the request", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.links) > 0
	})
	p.Cut()
	if err := <-done; err == nil {
		t.Fatal("a cut connection answers")
	}
	p.Thaw()
	Eventually(t, 5*time.Second, "a new connection is served", func() bool { return client.Ping(t.Context()).Err() == nil })
}

func TestAProxyBeforeMongoDB(t *testing.T) {
	stores := Stores(t)
	p := StartProxy(t, stores.MongoURL)
	c := OpenAt(t, stores.RedisURL, p.URL, SeasonID()).Mongo.Collection("x")
	if _, err := c.InsertOne(t.Context(), bson.M{"_id": 1}); err != nil {
		t.Fatal("bytes pass through:", err)
	}
	p.Lose(func(request []byte) bool { return bytes.Contains(request, []byte("insert")) })
	if _, err := c.InsertOne(t.Context(), bson.M{"_id": 2}); err == nil || mongo.IsDuplicateKeyError(err) {
		t.Fatal("the reply is lost:", err)
	}
	p.Lose(nil)
	if _, err := c.InsertOne(t.Context(), bson.M{"_id": 2}); !mongo.IsDuplicateKeyError(err) {
		t.Fatal("the insert was done:", err)
	}
}

// TestAProxyMakesHalfOpenConnections: a connection from before is not answered and not
// closed; a new one is served.
func TestAProxyMakesHalfOpenConnections(t *testing.T) {
	p := StartProxy(t, Stores(t).RedisURL)
	old, key := impatient(t, p.URL), SeasonID()
	if err := old.Incr(t.Context(), key).Err(); err != nil {
		t.Fatal(err)
	}
	p.HalfOpen()
	var silence net.Error
	if err := old.Incr(briefly(t), key).Err(); !errors.As(err, &silence) || !silence.Timeout() {
		t.Errorf("a half-open connection says %v", err)
	}
	if n, err := impatient(t, p.URL).Incr(t.Context(), key).Result(); n != 2 || err != nil {
		t.Errorf("a new connection: %d %v", n, err)
	}
}

func TestAProxyIsDown(t *testing.T) {
	p := StartProxy(t, Stores(t).RedisURL)
	client, key := impatient(t, p.URL), SeasonID()
	p.Down()
	if err := client.Incr(briefly(t), key).Err(); err == nil {
		t.Error("a proxy that is down answers")
	}
	p.Up()
	if n, err := client.Incr(t.Context(), key).Result(); n != 1 || err != nil {
		t.Errorf("up again: %d %v", n, err)
	}
}
