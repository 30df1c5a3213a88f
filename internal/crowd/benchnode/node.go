package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"usher/internal/crowd"
	"usher/internal/keys"
)

const (
	season     = "bench"
	cpuConnect = "cpu-connect.pprof"
)

// node is usher serve with what it needs.
type node struct {
	p         plan
	processes []*process
	server    *process
	url, ops  string
	redis     string // host:port
	real      bool   // Redis is redis-server
	mongo     string
	key       string
	dir       string
}

func (n *node) stop() {
	for i := len(n.processes) - 1; i >= 0; i-- {
		n.processes[i].stop()
	}
	_ = os.RemoveAll(n.dir)
}

var storeField = regexp.MustCompile(`\b(redis|mongo)=(\S+)`)

// startNode starts the stores, puts the season on sale and starts a node.
func startNode(ctx context.Context, p plan) (n *node, err error) {
	n = &node{p: p}
	if n.dir, err = os.MkdirTemp("", "usher-bench-node-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			n.stop()
		}
	}()
	stores, err := start(ctx, filepath.Join(p.out, "stores.log"), func(line string) bool {
		for _, field := range storeField.FindAllStringSubmatch(line, -1) {
			if field[1] == "redis" {
				n.redis = strings.TrimPrefix(field[2], "redis://")
			} else {
				n.mongo = field[2]
			}
		}
		return n.mongo != ""
	}, filepath.Join(p.bin, "usher-dev"), "stores", "--redis-listen", "127.0.0.1:0", "--mongo-listen", "127.0.0.1:0", "--data", filepath.Join(n.dir, "stores"))
	if err != nil {
		return nil, err
	}
	n.processes = append(n.processes, stores)
	if err := n.startRedis(ctx); err != nil {
		return nil, err
	}
	n.key = filepath.Join(n.dir, "signing-key.pem")
	if err := keys.WriteNew(n.key); err != nil {
		return nil, err
	}
	if err := n.limit(ctx, 1); err != nil {
		return nil, err
	}
	if err := n.seats(ctx); err != nil {
		return nil, err
	}
	n.ops, err = freeAddress()
	if err != nil {
		return nil, err
	}
	args := append([]string{
		"serve", "--listen", "127.0.0.1:0", "--ops-listen", n.ops, "--signing-key", n.key, "--season", season, "--payments", "sandbox",
		"--limit-requests", "0", "--limit-upgrades", "0", "--limit-sign-in", "0",
	}, n.stores()...)
	n.server, err = start(ctx, filepath.Join(p.out, "node.log"), func(line string) bool {
		if found := regexp.MustCompile(`listening on (http://[^\s"]+)`).FindStringSubmatch(line); found != nil {
			n.url = found[1]
		}
		return n.url != ""
	}, filepath.Join(p.bin, "usher"), args...)
	if err != nil {
		return nil, err
	}
	n.processes = append(n.processes, n.server)
	return n, n.ready(ctx)
}

// startRedis starts a redis-server where there is one; else the embedded one
// serves, whose processor time cannot be told from that of the embedded MongoDB.
func (n *node) startRedis(ctx context.Context) error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		say("no redis-server in the PATH: the embedded Redis serves, and its figures say little")
		return nil //nolint:nilerr // the embedded Redis serves instead
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(address)
	redis, err := start(ctx, filepath.Join(n.p.out, "redis.log"), func(line string) bool { return strings.Contains(line, "eady to accept") },
		program, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "yes", "--dir", n.dir)
	if err != nil {
		return err
	}
	n.processes, n.redis, n.real = append(n.processes, redis), address, true
	return nil
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// stores are the flags that every command of usher takes.
func (n *node) stores() []string {
	return []string{"--redis-url", "redis://" + n.redis, "--mongo-url", n.mongo, "--mongo-database", "bench"}
}

// command runs a command of usher's to its end.
func (n *node) command(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, filepath.Join(n.p.bin, "usher"), append(args, n.stores()...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("usher %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// limit sets how many may be active, in a season in which nothing else happens.
func (n *node) limit(ctx context.Context, limit int) error {
	return n.apply(ctx, limit, "null")
}

// closes changes when the sale closes, which is public and changes nothing else.
func (n *node) closes(ctx context.Context, i int) error {
	return n.apply(ctx, 1, fmt.Sprintf("2099-01-%02dT10:00:00Z", 1+i%28))
}

func (n *node) apply(ctx context.Context, limit int, closesAt string) error {
	file := filepath.Join(n.dir, "season.yaml")
	text := fmt.Sprintf("id: %s\nname: Bench\ncurrency: EUR\nactiveLimit: %d\nclosesAt: %s\nturnWindow: 1h\nlease: 2h\nsession: 4h\nabsence: 1h\nforget: 2h\n", season, limit, closesAt)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	return n.command(ctx, "season", "apply", file)
}

func (n *node) seats(ctx context.Context) error {
	var plan strings.Builder
	plan.WriteString("seatNumber,category,price\n")
	for i := range 500 {
		plan.WriteString("R-" + strconv.Itoa(i+1) + ",Regular,4500\n")
	}
	file := filepath.Join(n.dir, "seats.csv")
	if err := os.WriteFile(file, []byte(plan.String()), 0o600); err != nil {
		return err
	}
	return n.command(ctx, "seats", "import", "--season", season, file)
}

func (n *node) ready(ctx context.Context) error {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		answer, err := http.Get(n.url + "/waitingList/status?season=" + season)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the node is not ready: see %s", filepath.Join(n.p.out, "node.log"))
}

// profile takes a profile of the node into a file while it goes on.
func (n *node) profile(file, path string) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		answer, err := http.Get("http://" + n.ops + "/debug/pprof/" + path)
		if err != nil {
			say("no %s: %v", file, err)
			return
		}
		defer func() { _ = answer.Body.Close() }()
		out, err := os.Create(filepath.Join(n.p.out, file))
		if err != nil {
			say("no %s: %v", file, err)
			return
		}
		defer func() { _ = out.Close() }()
		_, _ = io.Copy(out, answer.Body)
	}()
	return done
}

// benchNode measures a whole node.
func benchNode(ctx context.Context, p plan) (figures, error) {
	n, err := startNode(ctx, p)
	if err != nil {
		return figures{}, err
	}
	defer n.stop()
	ring, err := keys.Load(n.key)
	if err != nil {
		return figures{}, err
	}
	fans := crowd.Options{Keys: ring, Seed: 1}
	tokens := make([]string, p.sockets)
	for i := range tokens {
		if tokens[i], err = fans.Mint(i, time.Now()); err != nil {
			return figures{}, err
		}
	}
	d, err := newDriver(ctx, n.url, tokens, p.sockets)
	if err != nil {
		return figures{}, err
	}
	defer d.pool.Stop()
	m := &meter{ctx: ctx, p: p, server: n.server, d: d}
	return m.f, n.measure(ctx, m)
}

// measure goes through the phases.
func (n *node) measure(ctx context.Context, m *meter) error {
	say("connecting")
	redis := n.redisCPU()
	profiled := n.profile(cpuConnect, "profile?seconds=6")
	if err := m.connect(); err != nil {
		return err
	}
	m.f.connectRedis = each(n.redisCPU()-redis, m.p.sockets)
	<-profiled
	n.redisCommands("redis-connect.txt")
	say("joining")
	redis = n.redisCPU()
	profiled = n.profile("cpu-join.pprof", "profile?seconds=3")
	cpu, _, err := m.spent(func() error { return m.d.join(ctx, 2*m.p.window) })
	if err != nil {
		return err
	}
	m.f.join, m.f.joinRedis = each(cpu, m.p.sockets), each(n.redisCPU()-redis, m.p.sockets)
	if m.f.resident, err = m.residentEach(); err != nil {
		return err
	}
	<-profiled
	n.redisCommands("redis-join.txt")
	<-n.profile("heap-joined.pprof", "heap") // not gc=1: nothing is forced
	say("idle for %v", m.p.idle)
	profiled = n.profile("cpu-idle.pprof", fmt.Sprintf("profile?seconds=%d", int(m.p.idle.Seconds())))
	if err := m.idle(); err != nil {
		return err
	}
	<-profiled
	<-n.profile("heap-idle.pprof", "heap?gc=1") // what a socket holds: the garbage is gone
	say("%d turns", m.p.turns)
	if err := m.turns(); err != nil {
		return err
	}
	say("%d pushes to all", m.p.pushes)
	if err := m.d.settle(ctx, 3*time.Second); err != nil {
		return err
	}
	say("%d public changes to all", m.p.pushes)
	profiled = n.profile("cpu-tell.pprof", fmt.Sprintf("profile?seconds=%d", m.p.pushes+1))
	if err := m.tell(func(i int) error { return n.closes(ctx, i) }); err != nil {
		return err
	}
	<-profiled
	m.d.turned = m.d.turned[:0]
	profiled = n.profile("cpu-push.pprof", "profile?seconds=10")
	if err := m.push(func(limit int) error { return n.limit(ctx, limit) }); err != nil {
		return err
	}
	<-profiled
	say("a storm")
	profiled = n.profile("cpu-storm.pprof", "profile?seconds=6")
	err = m.storm()
	<-profiled
	return err
}

// redisCommands writes what Redis says of its commands so far into a file.
func (n *node) redisCommands(file string) {
	if !n.real {
		return
	}
	said, err := redisInfo(n.redis, "commandstats")
	if err == nil {
		err = os.WriteFile(filepath.Join(n.p.out, file), []byte(said), 0o644)
	}
	if err != nil {
		say("no %s: %v", file, err)
	}
}

func (n *node) redisCPU() time.Duration {
	if !n.real {
		return 0
	}
	return redisCPU(n.redis)
}
