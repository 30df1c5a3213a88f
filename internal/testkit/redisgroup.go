package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisGroup is several servers that are one Redis: a cluster, or a primary with its
// replica and three Sentinels. Its processes end with the test.
type RedisGroup struct {
	URL string

	family  string
	servers []*RedisServer
	slot    int // of a cluster: the slot that Reshard moves first
	watch   *redis.SentinelClient
}

const (
	clusterSlots = 16384
	masterName   = "line"
	groupTime    = 30 * time.Second // for servers to agree
)

// DownAfter is how long the Sentinels of StartSentinels wait for an answer before they
// call a server down.
const DownAfter = 2 * time.Second

// StartCluster starts a cluster of three primaries of a family (redis or valkey). The
// slot of key is the first of the first server's slots.
func StartCluster(t testing.TB, family, key string) *RedisGroup {
	t.Helper()
	needs(t, family+"-cli")
	g := &RedisGroup{family: family}
	for range 3 {
		g.add(t, startRedis(t, family, t.TempDir(), "--cluster-enabled", "yes", "--cluster-port", quietPort(t), "--cluster-node-timeout", "2000"))
	}
	ctx := t.Context()
	first := g.servers[0].client()
	defer func() { _ = first.Close() }()
	slot, err := first.ClusterKeySlot(ctx, key).Result()
	if err != nil {
		t.Fatal(err)
	}
	g.slot, g.URL = int(slot), g.servers[0].URL
	for i, slots := range shareSlots(g.slot) {
		client := g.servers[i].client()
		if err := client.ClusterAddSlots(ctx, slots...).Err(); err != nil {
			t.Fatal(err)
		}
		port := g.servers[i].args[3]
		if err := first.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", g.servers[i].port, port).Err(); err != nil {
			t.Fatal(err)
		}
		_ = client.Close()
	}
	for _, server := range g.servers {
		client := server.client()
		Eventually(t, groupTime, "the cluster", func() bool {
			info := client.ClusterInfo(ctx).Val()
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3") && strings.Contains(info, "cluster_size:3")
		})
		_ = client.Close()
	}
	return g
}

// shareSlots gives each of three servers a third of the slots. The first server's lowest
// slot is the given one, because redis-cli moves a server's lowest slots first.
func shareSlots(first int) [3][]int {
	var shares [3][]int
	end := min(first+clusterSlots/3, clusterSlots)
	for slot := range clusterSlots {
		switch {
		case slot >= first && slot < end:
			shares[0] = append(shares[0], slot)
		case len(shares[1]) < clusterSlots/3:
			shares[1] = append(shares[1], slot)
		default:
			shares[2] = append(shares[2], slot)
		}
	}
	return shares
}

// Reshard moves the first server's lowest slots to the second, with redis-cli as an
// operator does, and returns how many keys the first of these slots had.
func (g *RedisGroup) Reshard(t testing.TB, slots int) (keys int) {
	t.Helper()
	ctx := t.Context()
	var ids []string
	for _, server := range g.servers[:2] {
		client := server.client()
		id, err := client.ClusterMyID(ctx).Result()
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		_ = client.Close()
	}
	from := g.servers[0].client()
	defer func() { _ = from.Close() }()
	n, err := from.ClusterCountKeysInSlot(ctx, g.slot).Result()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(ctx, g.family+"-cli", "--cluster", "reshard", "127.0.0.1:"+g.servers[0].port,
		"--cluster-from", ids[0], "--cluster-to", ids[1], "--cluster-slots", strconv.Itoa(slots), "--cluster-yes").CombinedOutput()
	if err != nil {
		t.Fatalf("%s-cli --cluster reshard: %v\n%s", g.family, err, out)
	}
	to := g.servers[1].client()
	defer func() { _ = to.Close() }()
	if has, err := to.ClusterCountKeysInSlot(ctx, g.slot).Result(); err != nil || has == 0 {
		t.Fatalf("slot %d did not move: %d keys, %v\n%s", g.slot, has, err, out)
	}
	return int(n)
}

// StartSentinels starts a primary, its replica, and three Sentinels that watch them.
func StartSentinels(t testing.TB, family string) *RedisGroup {
	t.Helper()
	g := &RedisGroup{family: family}
	g.add(t, startRedis(t, family, t.TempDir()))
	g.add(t, startRedis(t, family, t.TempDir(), "--replicaof", "127.0.0.1", g.servers[0].port, "--repl-diskless-sync-delay", "0"))
	replica := g.servers[1].client()
	defer func() { _ = replica.Close() }()
	Eventually(t, groupTime, "the replica has the primary's data", func() bool {
		return strings.Contains(replica.Info(t.Context(), "replication").Val(), "master_link_status:up")
	})
	port := ""
	for range 3 {
		port = startSentinel(t, family, g.servers[0].port)
	}
	g.URL = "redis://127.0.0.1:" + port + "/0?master_name=" + masterName
	g.watch = redis.NewSentinelClient(&redis.Options{Addr: "127.0.0.1:" + port})
	t.Cleanup(func() { _ = g.watch.Close() })
	Eventually(t, groupTime, "the Sentinels know each other and the replica", func() bool {
		master := g.watch.Master(t.Context(), masterName).Val()
		return master["num-other-sentinels"] == "2" && master["num-slaves"] == "1"
	})
	return g
}

// startSentinel starts one Sentinel and returns its port.
func startSentinel(t testing.TB, family, primary string) (port string) {
	t.Helper()
	port = quietPort(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "sentinel.conf")
	text := fmt.Sprintf("bind 127.0.0.1\nport %s\ndir %s\nsentinel monitor %s 127.0.0.1 %s 2\nsentinel down-after-milliseconds %s %d\nsentinel failover-timeout %s 10000\n",
		port, dir, masterName, primary, masterName, DownAfter.Milliseconds(), masterName)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(family+"-server", file, "--sentinel")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer func() { _ = client.Close() }()
	Eventually(t, groupTime, "a Sentinel answers", func() bool { return client.Ping(t.Context()).Err() == nil })
	return port
}

// CrashPrimary kills the server that the Sentinels call the primary, and returns its
// index.
func (g *RedisGroup) CrashPrimary(t testing.TB) int {
	t.Helper()
	i := g.primary(t)
	g.servers[i].Crash()
	return i
}

// StopReplica freezes the replica and ends its connection to the primary, so that it
// lacks every change from now on. The function it returns lets the replica go on.
func (g *RedisGroup) StopReplica(t testing.TB) (goOn func()) {
	t.Helper()
	primary := g.primary(t)
	replica := g.servers[1-primary].Process()
	signal := func(signal syscall.Signal) {
		t.Helper()
		if err := replica.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	client := g.servers[primary].client()
	defer func() { _ = client.Close() }()
	if killed, err := client.ClientKillByFilter(t.Context(), "TYPE", "replica").Result(); err != nil || killed != 1 {
		t.Fatalf("ended %d connections of replicas: %v", killed, err)
	}
	return func() { signal(syscall.SIGCONT) }
}

// primary is the index of the server that the Sentinels call the primary.
func (g *RedisGroup) primary(t testing.TB) int {
	t.Helper()
	at, err := g.watch.GetMasterAddrByName(t.Context(), masterName).Result()
	if err != nil || len(at) != 2 {
		t.Fatalf("the Sentinels say the primary is %v: %v", at, err)
	}
	for i, server := range g.servers {
		if server.port == at[1] {
			return i
		}
	}
	t.Fatalf("the primary is %v, which is none of the servers", at)
	return 0
}

// Rejoin starts a server that was killed and waits until the Sentinels have made it a
// replica with the new primary's data.
func (g *RedisGroup) Rejoin(t testing.TB, i int) {
	t.Helper()
	if err := g.servers[i].Start(); err != nil {
		t.Fatal(err)
	}
	client := g.servers[i].client()
	defer func() { _ = client.Close() }()
	Eventually(t, 2*groupTime, "the killed server is a replica", func() bool {
		info := client.Info(t.Context(), "replication").Val()
		return strings.Contains(info, "role:slave") && strings.Contains(info, "master_link_status:up")
	})
}

func (g *RedisGroup) add(t testing.TB, server *RedisServer) {
	t.Cleanup(server.Kill)
	g.servers = append(g.servers, server)
}

// needs skips the test if there is no such program.
func needs(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if Required(program) {
			t.Fatalf("%s is required here and not in the PATH", program)
		}
		t.Skipf("no %s in the PATH", program)
	}
}
