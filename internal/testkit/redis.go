package testkit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisServer is a real redis-server with an append-only file.
type RedisServer struct {
	URL    string
	binary string
	args   []string // besides those that every server has
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
	return startRedis(t, "redis", dir)
}

// startRedis starts a server of a family: redis, or valkey, whose programs have the
// same names otherwise.
func startRedis(t testing.TB, family, dir string, args ...string) *RedisServer {
	t.Helper()
	Long(t)
	binary := family + "-server"
	if _, err := exec.LookPath(binary); err != nil {
		if Required(binary) {
			t.Fatalf("%s is required here and not in the PATH", binary)
		}
		t.Skipf("no %s in the PATH", binary)
	}
	folder, err := os.MkdirTemp(dir, "usher-redis-")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 { // another process may take the port first
		r := &RedisServer{dir: folder, port: quietPort(t), binary: binary, args: args}
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
	// A write beyond LimitFiles must fail, as on a full disk, and not end the server.
	args := append([]string{
		"-c", `trap "" XFSZ; exec "$0" "$@"`, r.binary, "--port", r.port, "--bind", "127.0.0.1", "--dir", r.dir,
		"--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--logfile", filepath.Join(r.dir, "log"),
	}, r.args...)
	cmd := exec.Command("sh", args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // how it ended is in its log
	}()
	r.cmd, r.exited = cmd, exited
	client := r.client()
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
			return fmt.Errorf("%s ended at once:\n%s", r.binary, log)
		case <-ctx.Done():
			r.Crash()
			return fmt.Errorf("%s does not answer: %w", r.binary, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// client is a client of this server alone; the caller closes it.
func (r *RedisServer) client() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + r.port})
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

// LimitFiles makes every write fail that lets a file of the server grow beyond size, as
// on a full disk; a negative size ends that.
func (r *RedisServer) LimitFiles(t testing.TB, size int64) {
	t.Helper()
	limit := "unlimited"
	if size >= 0 {
		limit = strconv.FormatInt(size, 10)
	}
	out, err := exec.Command("prlimit", "--pid", strconv.Itoa(r.cmd.Process.Pid), "--fsize="+limit+":unlimited").CombinedOutput()
	if err != nil {
		t.Fatalf("prlimit: %v\n%s", err, out)
	}
}
