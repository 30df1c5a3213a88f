// Package testkit boots what tests need for real: the embedded stores, a real
// Redis where the machine has one, the whole app on port 0, a socket client,
// and a check that no goroutine is left behind.
package testkit

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
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
	shared.Lock()
	if shared.stores != nil {
		shared.stores.stop()
	}
	if shared.redis != nil {
		shared.redis.Kill()
	}
	shared.Unlock()
	http.DefaultClient.CloseIdleConnections()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines left behind:", err)
			code = 1
		}
	}
	os.Exit(code)
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

// RedisServer is a real redis-server with an append-only file.
type RedisServer struct {
	URL    string
	dir    string
	port   string
	cmd    *exec.Cmd
	exited chan struct{}
}

// StartRedis starts a redis-server of the test's own, its files in a fresh
// folder below dir, or skips the test in one line where there is none. The
// caller ends it with Kill.
func StartRedis(t testing.TB, dir string) *RedisServer {
	t.Helper()
	Long(t)
	if _, err := exec.LookPath("redis-server"); err != nil {
		if Required("redis-server") {
			t.Fatal("redis-server is required here and not in the PATH")
		}
		t.Skip("no redis-server in the PATH: tested on the embedded Redis only")
	}
	folder, err := os.MkdirTemp(dir, "usher-redis-")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 { // another process may take the port first
		r := &RedisServer{dir: folder, port: quietPort(t)}
		r.URL = "redis://127.0.0.1:" + r.port
		if err = r.Start(); err == nil {
			return r
		}
	}
	t.Fatal(err)
	return nil
}

// Start starts the server (again, on the same files and port) and waits until it
// answers.
func (r *RedisServer) Start() error {
	cmd := exec.Command("redis-server", "--port", r.port, "--bind", "127.0.0.1", "--dir", r.dir,
		"--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--logfile", filepath.Join(r.dir, "log"))
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // how it ended is in its log
	}()
	r.cmd, r.exited = cmd, exited
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + r.port})
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	for {
		info, err := client.Info(ctx, "server").Result()
		if err == nil && strings.Contains(info, fmt.Sprintf("process_id:%d\r", cmd.Process.Pid)) {
			return nil // and the answer is from this server
		}
		select {
		case <-exited:
			log, _ := os.ReadFile(filepath.Join(r.dir, "log"))
			return fmt.Errorf("redis-server ended at once:\n%s", log)
		case <-ctx.Done():
			r.Crash()
			return fmt.Errorf("redis-server does not answer: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Process is the running server's, for signals.
func (r *RedisServer) Process() *os.Process { return r.cmd.Process }

// Crash kills the server and keeps its files, for Start.
func (r *RedisServer) Crash() {
	_ = r.cmd.Process.Kill()
	<-r.exited
}

// Kill kills the server and removes its files.
func (r *RedisServer) Kill() {
	r.Crash()
	_ = os.RemoveAll(r.dir)
}

// quietPort is a free port below those that systems give to outgoing
// connections: while a server is down, none of those must take its port.
func quietPort(t testing.TB) string {
	t.Helper()
	var err error
	for range 100 {
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))); err == nil {
			_, port, _ := net.SplitHostPort(l.Addr().String())
			_ = l.Close()
			return port
		}
	}
	t.Fatal(err)
	return ""
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

// LogSize is the length of the append-only file, in bytes: where it ends now.
func (r *RedisServer) LogSize(t testing.TB) int64 {
	t.Helper()
	info, err := os.Stat(r.log(t))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// CutLog takes off what the append-only file of a crashed server has beyond
// size, as a power cut does to what was not yet on the disk.
func (r *RedisServer) CutLog(t testing.TB, size int64) {
	t.Helper()
	if err := os.Truncate(r.log(t), size); err != nil {
		t.Fatal(err)
	}
}

// log is the part of the append-only file that grows.
func (r *RedisServer) log(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(r.dir, "appendonlydir", "*.incr.aof"))
	if err != nil || len(found) != 1 {
		t.Fatalf("the append-only file is %v (%v)", found, err)
	}
	return found[0]
}
