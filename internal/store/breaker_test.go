package store_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// notSent reports whether a call was refused without asking the store.
func notSent(err error) bool {
	return fault.Is(store.Fault(err), fault.Unavailable) && strings.Contains(err.Error(), "did not answer a moment ago")
}

// TestASilentStoreIsAnsweredForAtOnce: one call finds out that a store does not
// answer, the next ones are refused without a call, and the health check ends it.
func TestASilentStoreIsAnsweredForAtOnce(t *testing.T) {
	testkit.Long(t)
	here := testkit.Stores(t)
	for _, test := range []struct {
		name, store string
		freeze      func(t *testing.T) (redisURL, mongoURL string, freeze, thaw func())
	}{
		{"the link to Redis", "redis", func(t *testing.T) (string, string, func(), func()) {
			p := testkit.StartProxy(t, here.RedisURL)
			return p.URL, here.MongoURL, p.Freeze, p.Thaw
		}},
		{"a stopped redis-server", "redis", func(t *testing.T) (string, string, func(), func()) {
			r := testkit.StartRedis(t, t.TempDir())
			t.Cleanup(r.Kill)
			signal := func(s syscall.Signal) func() {
				return func() {
					if err := r.Process().Signal(s); err != nil {
						t.Error(err)
					}
				}
			}
			return r.URL, here.MongoURL, signal(syscall.SIGSTOP), signal(syscall.SIGCONT)
		}},
		{"the link to MongoDB", "mongo", func(t *testing.T) (string, string, func(), func()) {
			p := testkit.StartProxy(t, here.MongoURL)
			return here.RedisURL, p.URL, p.Freeze, p.Thaw
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			redisURL, mongoURL, freeze, thaw := test.freeze(t)
			stores := testkit.OpenAt(t, redisURL, mongoURL, "silent")
			bounded := func(call func(ctx context.Context) error) error {
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
				defer cancel()
				return call(ctx)
			}
			call := map[string]func(ctx context.Context) error{
				"redis": func(ctx context.Context) error {
					pipe := stores.Redis.Pipeline()
					pipe.Get(ctx, "x")
					if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
						return err
					}
					if err := redis.NewScript("return 1").Run(ctx, stores.Redis, []string{"x"}).Err(); err != nil {
						return err
					}
					return stores.Redis.Set(ctx, "x", "1", 0).Err()
				},
				"mongo": func(ctx context.Context) error {
					err := stores.Mongo.Collection("x").FindOne(ctx, bson.D{{Key: "_id", Value: 1}}).Err()
					if errors.Is(err, mongo.ErrNoDocuments) {
						err = nil
					}
					return err
				},
			}
			other := map[string]string{"redis": "mongo", "mongo": "redis"}[test.store]
			if err := errors.Join(bounded(call["redis"]), bounded(call["mongo"])); err != nil {
				t.Fatal(err)
			}
			for round := range 2 {
				freeze()
				if err := bounded(call[test.store]); !fault.Is(store.Fault(err), fault.Unavailable) {
					t.Fatalf("round %d: a call to a silent store: %v", round, err)
				}
				sent := 0
				for range 50 {
					if err := bounded(call[test.store]); !notSent(err) {
						t.Log(err)
						sent++
					}
				}
				if sent > 5 { // on a slow machine the breaker's own trial comes due
					t.Errorf("round %d: %d of 50 calls waited for the silent store", round, sent)
				}
				if err := bounded(call[other]); err != nil {
					t.Errorf("round %d: the other store: %v", round, err)
				}
				if missing := bounded(func(ctx context.Context) error { return stores.Check(ctx)[test.store] }); missing == nil {
					t.Errorf("round %d: a silent store passes its check", round)
				}
				thaw()
				testkit.Eventually(t, 30*time.Second, "the store is used again", func() bool {
					return bounded(func(ctx context.Context) error { return stores.Check(ctx)[test.store] }) == nil && bounded(call[test.store]) == nil
				})
			}
		})
	}
}

// TestWithoutAHealthCheckACallTries: an operator's command has none.
func TestWithoutAHealthCheckACallTries(t *testing.T) {
	p := testkit.StartProxy(t, testkit.Stores(t).RedisURL)
	stores := testkit.OpenAt(t, p.URL, testkit.Stores(t).MongoURL, "silent")
	get := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		return stores.Redis.Set(ctx, "x", "1", 0).Err()
	}
	if err := get(); err != nil {
		t.Fatal(err)
	}
	p.Freeze()
	if err := get(); err == nil {
		t.Fatal("a frozen Redis answers")
	}
	p.Thaw()
	testkit.Eventually(t, 30*time.Second, "a call tries again", func() bool { return get() == nil })
}

// TestAShortWaitIsNoSilence: a caller in a hurry says nothing about the store.
func TestAShortWaitIsNoSilence(t *testing.T) {
	here := testkit.Stores(t)
	r, m := testkit.StartProxy(t, here.RedisURL), testkit.StartProxy(t, here.MongoURL)
	stores := testkit.OpenAt(t, r.URL, m.URL, "silent")
	if missing := stores.Check(t.Context()); len(missing) > 0 {
		t.Fatal(missing)
	}
	r.Freeze()
	m.Freeze()
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := stores.Redis.Get(ctx, "x").Err(); notSent(err) || err == nil {
			t.Errorf("redis: %v", err)
		}
		if err := stores.Mongo.Collection("x").FindOne(ctx, bson.D{{Key: "_id", Value: 1}}).Err(); notSent(err) || err == nil {
			t.Errorf("mongo: %v", err)
		}
		cancel()
	}
}
