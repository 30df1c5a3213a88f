package app_test

import (
	"net/http"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestAFrozenStoreMakesRequestsUnavailable: while a store does not answer, a fan's
// requests are refused as unavailable: over HTTP with Retry-After, over the socket as
// an error. When the store answers again, all requests are served.
func TestAFrozenStoreMakesRequestsUnavailable(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	o := node.Shared(t)
	redis, mongo := testkit.StartProxy(t, o.RedisURL), testkit.StartProxy(t, o.MongoURL)
	o.RedisURL, o.MongoURL = redis.URL, mongo.URL
	n := node.Start(t, o)
	fan := n.SignIn(t, "Ann")
	socket := fan.Open()
	buy := map[string]any{"seats": []string{"A-1"}, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}
	for _, c := range []struct {
		store          string
		proxy          *testkit.Proxy
		requests       [][2]string
		bodies         []any
		socketRequests []map[string]any
	}{
		{
			"redis", redis,
			[][2]string{{"POST", "/holds"}, {"GET", "/holds"}, {"POST", "/waitingList/join"}, {"GET", "/auth/status"}, {"POST", "/transactions"}, {"POST", "/auth/logout"}},
			[]any{map[string]any{"seats": []string{"A-1"}}, nil, nil, nil, buy, nil},
			[]map[string]any{{"type": "status"}, {"type": "hold", "seats": []string{"A-1"}}, {"type": "leave"}},
		},
		{
			"mongo", mongo,
			[][2]string{{"GET", "/tickets"}, {"POST", "/transactions"}, {"GET", "/transactions"}},
			[]any{nil, buy, nil},
			[]map[string]any{{"type": "purchase", "key": "k", "seats": []string{"A-1"}, "payment": buy["payment"]}},
		},
	} {
		if c.store == "mongo" {
			fan.Do("POST", "/holds", map[string]any{"seats": []string{"A-1"}}, 201)
		}
		c.proxy.Freeze()
		waitReady(t, n, http.StatusServiceUnavailable)
		for i, request := range c.requests {
			if status, answer := fan.Try(request[0], request[1], c.bodies[i], "Idempotency-Key", "key"); status != http.StatusServiceUnavailable || answer["code"] != "unavailable" {
				t.Errorf("%s frozen: %s %s = %d %v", c.store, request[0], request[1], status, answer)
			}
		}
		for _, request := range c.socketRequests {
			if answer := socket.Ask(request); answer.Type() != "error" || answer["code"] != "unavailable" {
				t.Errorf("%s frozen: %v is answered %v", c.store, request, answer)
			}
		}
		if pong := socket.Ask(map[string]any{"type": "ping"}); pong.Type() != "pong" {
			t.Errorf("%s frozen: %v", c.store, pong)
		}
		c.proxy.Thaw()
		waitReady(t, n, http.StatusOK)
		testkit.Eventually(t, 30*time.Second, "requests are served again", func() bool {
			status, _ := fan.Try("GET", "/tickets", nil)
			return status == http.StatusOK && socket.Ask(map[string]any{"type": "status"}).Type() == "status"
		})
	}
	answer := fan.Do("POST", "/transactions", buy, 201, "Idempotency-Key", "key")
	if answer["status"] != "completed" {
		t.Errorf("bought: %v", answer)
	}
}

// waitReady waits until a node's readiness is the given one.
func waitReady(t *testing.T, n *node.Node, want int) {
	t.Helper()
	testkit.Eventually(t, 30*time.Second, "readiness", func() bool {
		answer, err := http.Get(n.URL + "/readyz")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == want
	})
}
