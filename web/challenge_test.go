package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"usher/hub"
	"usher/internal/challenge"
	"usher/internal/wire"
)

// TestAJoinNeedsASolvedChallenge: over REST and sockets, where the season asks for one, and
// only of those who are not in line.
func TestAJoinNeedsASolvedChallenge(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	verifier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.PostFormValue("remoteip") == "" {
			t.Error("the verifier is not told the fan's address")
		}
		_, _ = io.WriteString(w, map[bool]string{true: `{"success":true}`, false: `{"success":false}`}[r.PostFormValue("response") == "right"])
	}))
	t.Cleanup(verifier.Close)
	h := newFixture(t, `{"challenge":true}`)
	n := h.nodeWith(hub.Options{}, func(n *node) {
		n.challenges = challenge.New(challenge.Options{URL: verifier.URL, Secret: "s"})
	})
	without := h.node() // a node without a verifier
	rest, socket := n.fan("fan1"), n.fan("fan2")
	join := func(at *node, body string, want int) {
		t.Helper()
		if status := at.sends(rest, "POST", "/waitingList/join", body); status != want {
			t.Errorf("joining with %q: %d, want %d", body, status, want)
		}
	}
	join(n, "", http.StatusForbidden)
	join(n, `{"challenge":null}`, http.StatusForbidden)
	if n := asked.Load(); n != 0 {
		t.Errorf("the verifier was asked %d times about no token", n)
	}
	join(n, `{"challenge":"`+strings.Repeat("x", 4097)+`"}`, http.StatusBadRequest)
	join(n, `{"challenge":"wrong"}`, http.StatusForbidden)
	join(without, `{"challenge":"right"}`, http.StatusServiceUnavailable)
	join(n, `{"challenge":"right"}`, http.StatusOK)
	before := asked.Load()
	join(n, "", http.StatusOK)
	join(without, `{"challenge":"wrong"}`, http.StatusOK)
	if asked.Load() != before {
		t.Error("a fan who is in was asked again")
	}
	if status := n.sends(rest, "POST", "/waitingList/leave", ""); status != http.StatusOK {
		t.Fatalf("leaving: %d", status)
	}
	join(n, "", http.StatusForbidden)

	p, _ := n.connect(socket)
	if refused := ask[wire.Error](p, wire.Request{Type: wire.RequestJoin}); refused.Code != "challenge_required" {
		t.Errorf("a socket joins without a token: %+v", refused)
	}
	if refused := ask[wire.Error](p, wire.Request{Type: wire.RequestJoin, Challenge: "wrong"}); refused.Code != "challenge_required" {
		t.Errorf("a socket joins with a wrong token: %+v", refused)
	}
	if joined := ask[wire.StatusMessage](p, wire.Request{Type: wire.RequestJoin, Challenge: "right"}); joined.Status.State == "none" {
		t.Errorf("joined: %+v", joined)
	}
}

// TestOnlyThePageOfAChallengeMayLoadTheWidget: its origin stands in the policy of the page
// of a season that asks for a challenge, and in no other.
func TestOnlyThePageOfAChallengeMayLoadTheWidget(t *testing.T) {
	t.Parallel()
	asks, plain := newFixture(t, `{"challenge":true}`), newFixture(t, `{}`)
	for _, c := range []struct {
		n    *node
		path string
		want bool
	}{{asks.node(), "/", true}, {asks.node(), "/admin", false}, {plain.node(), "/", false}} {
		answer, err := http.Get(c.n.url + c.path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		policy := answer.Header.Get("Content-Security-Policy")
		if got := strings.Contains(policy, "script-src 'self' https://challenges.example;") && strings.Contains(policy, "frame-src https://challenges.example"); got != c.want {
			t.Errorf("%s: the policy is %q", c.path, policy)
		}
		if got := strings.Contains(policy, "challenges.example"); got != c.want {
			t.Errorf("%s: the policy is %q", c.path, policy)
		}
		if got := strings.Contains(string(text), `content="site-key https://challenges.example/api.js?render=explicit"`); got != c.want {
			t.Errorf("%s: the page knows the widget: %t", c.path, got)
		}
	}
}
