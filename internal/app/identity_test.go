package app_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestANodeWithAnotherRedisOpensNothing: a node that is configured with another Redis
// is not ready and says why. The other nodes stay in their epoch. With the right Redis
// the node serves.
func TestANodeWithAnotherRedisOpensNothing(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	o := node.Shared(t)
	node.OnSale(t, o)
	right := node.StartProcess(t, o)
	stores := testkit.OpenAt(t, o.RedisURL, o.MongoURL, o.Database)
	epoch := func() string { return stores.Redis.Get(t.Context(), "epoch:{"+o.Season+"}").Val() }
	before := epoch()
	wrong := o
	wrong.RedisURL += "/5" // another database of the same server
	stray := node.LaunchNode(t, wrong)
	testkit.Eventually(t, 30*time.Second, "the misconfigured node names the problem", func() bool {
		return strings.Contains(readiness(t, stray.URL), "identity (this Redis is not the one the other nodes use")
	})
	fan := node.Mint(t, o, right.URL, "Ann")
	if status := fan.Do("POST", "/waitingList/join", nil, 200); status["state"] != "active" {
		t.Errorf("the healthy node answers %v", status)
	}
	if ready := readiness(t, right.URL); ready != "" {
		t.Errorf("the healthy node is not ready: %s", ready)
	}
	if after := epoch(); after != before {
		t.Errorf("the season was in epoch %q and is in epoch %q", before, after)
	}
	elsewhere := testkit.OpenAt(t, wrong.RedisURL, o.MongoURL, o.Database)
	if keys := elsewhere.Redis.Keys(t.Context(), "*{"+o.Season+"}*").Val(); len(keys) > 0 {
		t.Errorf("the misconfigured node has written %v", keys)
	}
	if printed, status := node.Run(t, "usher", "audit", "--season", o.Season, "--redis-url", wrong.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database); status != 2 {
		t.Errorf("a command on another Redis ends with %d: %s", status, printed)
	}
	stray.Kill()
	again := node.StartProcess(t, o)
	if ready := readiness(t, again.URL); ready != "" {
		t.Errorf("with the right Redis, the node is not ready: %s", ready)
	}
}

// TestTwoNodesContinueOnAnEmptiedRedis: the mark is lost for both nodes, so they make
// a new one and open the season's next epoch.
func TestTwoNodesContinueOnAnEmptiedRedis(t *testing.T) {
	t.Parallel()
	o := node.Shared(t)
	r := testkit.StartRedis(t, t.TempDir())
	t.Cleanup(r.Kill)
	o.RedisURL = r.URL
	node.OnSale(t, o)
	nodes := []*node.Process{node.StartProcess(t, o), node.StartProcess(t, o)}
	stores := testkit.OpenAt(t, o.RedisURL, o.MongoURL, o.Database)
	for round := range 2 {
		if err := stores.Redis.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, 30*time.Second, "the next epoch", func() bool {
			return stores.Redis.Get(t.Context(), "epoch:{"+o.Season+"}").Val() == fmt.Sprint(round+2)
		})
		testkit.Eventually(t, 30*time.Second, "a mark", func() bool {
			return len(stores.Redis.Keys(t.Context(), "redis_mark:*").Val()) == 1
		})
		for _, n := range nodes {
			testkit.Eventually(t, 30*time.Second, "both nodes ready", func() bool { return readiness(t, n.URL) == "" })
		}
	}
}

// readiness returns what a node reports as missing; "" when the node is ready.
func readiness(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode == http.StatusOK {
		return ""
	}
	return string(text)
}
