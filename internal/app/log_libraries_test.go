package app_test

import (
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestEveryLineIsJSON: also the lines of libraries, while Redis fails and returns, and
// clients send invalid data.
func TestEveryLineIsJSON(t *testing.T) {
	t.Parallel()
	o := node.Shared(t)
	r := testkit.StartRedis(t, t.TempDir())
	t.Cleanup(r.Kill)
	o.RedisURL = r.URL
	node.OnSale(t, o)
	p := node.StartProcess(t, o, "--log-format", "json", "--log-level", "debug")
	away := func() bool { return strings.Count(p.Log(), `"component":"go-redis"`) > 0 }
	for range 2 {
		r.Crash()
		testkit.Eventually(t, 30*time.Second, "the node reports Redis as missing", func() bool {
			return strings.Contains(p.Log(), "a store does not answer")
		})
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: \x00nonsense\r\n\r\n"))
		_ = conn.Close()
		if err := r.Start(); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, 30*time.Second, "the node is ready again", func() bool {
			return strings.Contains(p.Log(), "a store answers again")
		})
	}
	if !away() {
		t.Log("go-redis logged nothing")
	}
	p.Kill()
	for _, line := range strings.Split(strings.TrimSpace(p.Log()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}
