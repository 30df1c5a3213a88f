package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestARedisWithoutMemory: a Redis that has reached its maxmemory refuses a script
// before its first write, so a request is unavailable and changes nothing. With memory
// again, fans have what they had.
func TestARedisWithoutMemory(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, t.TempDir())
	t.Cleanup(server.Kill)
	o := node.Shared(t)
	o.RedisURL = server.URL
	o.Demo = func(d *dev.Demo) { d.ActiveLimit = 2 }
	o.Change = func(o *app.Options) { o.LimitRequests, o.LimitDeclines, o.LimitRefunds = 1000, 1000, 1000 }
	n := node.Start(t, o)
	stores := testkit.OpenAt(t, o.RedisURL, o.MongoURL, o.Database)
	ann, bob, cid, dan := n.SignIn(t, "Ann"), n.SignIn(t, "Bob"), n.SignIn(t, "Cid"), n.SignIn(t, "Dan")
	dan.Do("POST", "/waitingList/leave", nil, 200)
	ann.Do("POST", "/holds", map[string]any{"seats": []string{"A-1", "A-2"}}, 201)
	bob.Do("POST", "/holds", map[string]any{"seats": []string{"B-1"}}, 201)
	line := cid.Open()
	number := line.Welcome.At("status.number")
	sold := bob.Do("POST", "/transactions", purchaseOf("B-1"), 201, "Idempotency-Key", "sold")

	setMemory := func(limit string) {
		t.Helper()
		if err := stores.Redis.ConfigSet(t.Context(), "maxmemory", limit).Err(); err != nil {
			t.Fatal(err)
		}
	}
	before := linesAndHolds(t, stores, o.Season)
	setMemory("1mb")
	for _, c := range []struct {
		fan          *node.Fan
		method, path string
		body         any
	}{
		{ann, "POST", "/holds", map[string]any{"seats": []string{"A-3", "A-4"}}},
		{ann, "POST", "/holds", map[string]any{"best": map[string]any{"count": 2}}},
		{ann, "POST", "/transactions", purchaseOf("A-1", "A-2")},
		{dan, "POST", "/waitingList/join", map[string]any{}},
		{dan, "POST", "/auth/dev", map[string]any{"email": "eve@usher.test", "name": "Eve"}},
	} {
		status, header, answer := withHeader(t, c.fan, c.method, c.path, c.body)
		if status != http.StatusServiceUnavailable || !strings.Contains(answer, `"unavailable"`) || header.Get("Retry-After") == "" {
			t.Errorf("%s %s: %d %s, Retry-After %q", c.method, c.path, status, answer, header.Get("Retry-After"))
		}
	}
	back := "/transactions/" + sold["id"].(string) + "/cancel"
	if status, _, answer := withHeader(t, bob, "POST", back, map[string]any{}); status != 200 && status != 503 {
		t.Errorf("a refund, which needs no memory, is answered with %d %s", status, answer)
	}
	for _, ask := range []map[string]any{{"type": "join"}, {"type": "hold", "seats": []string{"A-5"}}} {
		if answer := line.Ask(ask); answer.Type() != "error" && answer.At("status.state") != "waiting" {
			t.Errorf("%v is answered %v", ask, answer)
		}
	}
	if after := linesAndHolds(t, stores, o.Season); !maps.Equal(before, after) {
		t.Errorf("refused requests have changed\n%v to\n%v", before, after)
	}
	setMemory("0")
	testkit.Eventually(t, 30*time.Second, "the node serves again", func() bool {
		status, _ := ann.Try("GET", "/auth/status", nil)
		return status == http.StatusOK
	})
	if again := ann.Do("POST", "/transactions", purchaseOf("A-1", "A-2"), 201, "Idempotency-Key", "key"); again["status"] != "completed" {
		t.Errorf("the purchase, repeated with the same key: %v", again)
	}
	bob.Do("POST", back, map[string]any{}, 200)
	testkit.Eventually(t, 30*time.Second, "the refunded seat is available", func() bool {
		return bob.Do("GET", "/seats/B-1", nil, 200)["status"] == "available"
	})
	dan.Do("POST", "/waitingList/join", nil, 200)
	if status := cid.Do("GET", "/auth/status", nil, 200); status["state"] != "waiting" || status["number"] != number || status["position"] != 1.0 {
		t.Errorf("Cid had number %v and is %v", number, status)
	}
	if pong := line.Ask(map[string]any{"type": "ping"}); pong.Type() != "pong" {
		t.Errorf("the socket answers %v", pong)
	}
	testkit.Eventually(t, 60*time.Second, "the audit is clean", func() bool {
		printed, status := node.Audit(t, "--season", o.Season,
			"--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database)
		return status == 0 && printed == ""
	})
}

func purchaseOf(seats ...string) map[string]any {
	return map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}
}

// linesAndHolds returns the season's line, places and holds, by key and field.
func linesAndHolds(t *testing.T, s *store.Stores, season string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{"numbers", "places", "holder", "seats"} {
		kept, err := s.Redis.HGetAll(context.Background(), name+":{"+season+"}").Result()
		if err != nil {
			t.Fatal(err)
		}
		for field, value := range kept {
			all[name+" "+field] = value
		}
	}
	return all
}

// withHeader sends a fan's request and returns status, header and body.
func withHeader(t *testing.T, f *node.Fan, method, path string, body any) (int, http.Header, string) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, f.URL+path+"?season="+f.Season, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+f.Token)
	r.Header.Set("Idempotency-Key", "key")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(got)
}
