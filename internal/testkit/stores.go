// Package testkit boots what tests need for real: the embedded stores, a real
// Redis where the machine has one, the whole app on port 0, a socket client,
// and a check that no goroutine is left behind.
package testkit

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.uber.org/goleak"

	"usher/internal/store"
)

// RequireVar names the environment variable that lists what a run may not do
// without ("redis-server,chromium"): there a missing one fails the test instead
// of skipping it.
const RequireVar = "USHER_TEST_REQUIRE"

// Required reports whether this run may not do without the named program.
func Required(program string) bool {
	return slices.Contains(strings.Split(os.Getenv(RequireVar), ","), program)
}

var shared struct {
	sync.Mutex
	stores *embeddedStores
	redis  *RedisServer
	count  atomic.Int64
}

// Main runs a package's tests, stops the shared stores and fails when a
// goroutine is left. Call it from TestMain; after runs when the tests are over, and
// false fails them.
func Main(m *testing.M, after ...func() bool) {
	code := m.Run()
	for _, end := range after {
		if !end() {
			code = 1
		}
	}
	Stop()
	http.DefaultClient.CloseIdleConnections()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines left behind:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// Stop stops the shared stores. Main does so after a package's tests.
func Stop() {
	shared.Lock()
	defer shared.Unlock()
	if shared.stores != nil {
		shared.stores.stop()
	}
	if shared.redis != nil {
		shared.redis.Kill()
	}
	shared.stores, shared.redis = nil, nil
}

// Overlap lets a package run so many parallel tests per core, unless the command
// line says how many (-parallel). Call it from TestMain, before Main, where tests
// wait for processes, leases and pages more than they compute.
func Overlap(perCore int) {
	if err := flag.Set("test.parallel", strconv.Itoa(perCore*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
}

// Long skips a test, or a subtest, that go test -short leaves out: it starts
// programs or takes seconds. make test and CI run without -short.
func Long(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out by -short")
	}
}

// againVar names the environment variable that CI sets for its second run of some
// packages, the one without the race detector.
const againVar = "USHER_TEST_AGAIN"

// Once skips a test in CI's second run. It is for long tests whose steps come one after
// the other: the first run, with the race detector, finds what they can find. make soak
// runs them both ways.
func Once(t testing.TB) {
	t.Helper()
	if os.Getenv(againVar) != "" {
		t.Skip("ran with the race detector before")
	}
}

// SharedStores says where the stores of a test binary listen.
type SharedStores struct{ RedisURL, MongoURL string }

// Stores returns the stores this test binary shares: the embedded ones, with the
// MongoDB that MongoVar names in place of the embedded one. Tests keep apart by
// database (Mongo, Open) and by season.
func Stores(t testing.TB) SharedStores {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.stores == nil {
		stores, err := startEmbedded()
		if err != nil {
			t.Fatal(err)
		}
		shared.stores = stores
	}
	urls := SharedStores{RedisURL: shared.stores.redisURL, MongoURL: shared.stores.mongoURL}
	if url := os.Getenv(MongoVar); url != "" {
		urls.MongoURL = url
	}
	return urls
}

// Mongo returns a database of its own on the shared MongoDB.
func Mongo(t testing.TB) *mongo.Database { return Open(t, "").Mongo }

// Open returns clients for the given Redis ("" is the shared embedded one) and
// for a database of its own on the shared MongoDB. They close with the test.
func Open(t testing.TB, redisURL string) *store.Stores {
	t.Helper()
	stores := Stores(t)
	if redisURL == "" {
		redisURL = stores.RedisURL
	}
	database := fmt.Sprintf("test_%d_%d", os.Getpid(), shared.count.Add(1))
	DropAfter(t, database)
	return OpenAt(t, redisURL, stores.MongoURL, database)
}

// OpenAt returns clients for stores and a database that others use too.
func OpenAt(t testing.TB, redisURL, mongoURL, database string) *store.Stores {
	t.Helper()
	opened, err := store.Open(store.Options{RedisURLs: []string{redisURL}, MongoURL: mongoURL, MongoDatabase: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := opened.Close(ctx); err != nil {
			t.Error("closing the stores:", err)
		}
	})
	return opened
}

// SeasonID returns a season id no other test of this binary uses, so that tests
// may share a Redis.
func SeasonID() string { return fmt.Sprintf("season-%d", shared.count.Add(1)) }

// EachRedis runs a test on the embedded Redis and, where redis-server is in the
// PATH, on a real one that the whole test binary shares.
func EachRedis(t *testing.T, test func(t *testing.T, redisURL string)) {
	t.Run("embedded redis", func(t *testing.T) { test(t, Stores(t).RedisURL) })
	t.Run("redis-server", func(t *testing.T) { test(t, RealRedis(t)) })
}

// RealRedis returns the URL of a real Redis that the whole test binary shares,
// or skips the test in one line where there is none.
func RealRedis(t testing.TB) string {
	t.Helper()
	Long(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.redis == nil {
		shared.redis = StartRedis(t, os.TempDir())
	}
	return shared.redis.URL
}

// Eventually waits until ok returns true, asking every few milliseconds, and
// fails the test with what after the deadline.
func Eventually(t testing.TB, within time.Duration, what string, ok func() bool) {
	t.Helper()
	if !Within(within, ok) {
		t.Fatalf("not within %v: %s", within, what)
	}
}

// Within reports whether ok returned true before the deadline, asking every few
// milliseconds.
func Within(within time.Duration, ok func() bool) bool {
	for deadline := time.Now().Add(within); !ok(); {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(5 * time.Millisecond)
	}
	return true
}
