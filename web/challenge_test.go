package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"usher/hub"
	"usher/internal/challenge"
	"usher/internal/presale"
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

// TestARefusedCodeDoesNotUseUpASolvedChallenge: the verifier accepts a token once, and a
// user with a wrong code tries another one, on another node, without a second challenge.
func TestARefusedCodeDoesNotUseUpASolvedChallenge(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	accepted := map[string]bool{}
	verifier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		token := r.PostFormValue("response")
		ok := strings.HasPrefix(token, "right") && !accepted[token]
		accepted[token] = true
		_, _ = fmt.Fprintf(w, `{"success":%t}`, ok)
	}))
	t.Cleanup(verifier.Close)
	h := newFixture(t, `{"challenge":true,"phases":[{"name":"Presale","opensAt":"2020-01-01T00:00:00Z","access":"code"}]}`)
	verified := func(n *node) { n.challenges = challenge.New(challenge.Options{URL: verifier.URL, Secret: "s"}) }
	one, two, without := h.nodeWith(hub.Options{}, verified), h.nodeWith(hub.Options{}, verified), h.node()
	_, err := presale.New(presale.Options{Mongo: h.stores.Mongo, Keys: h.ring}).Add(t.Context(), h.season, []presale.Code{{Text: presale.Normal("Golden-Ticket"), Uses: 2}})
	if err != nil {
		t.Fatal(err)
	}
	ann, other := one.fan("fan1"), one.fan("fan2")
	join := func(at *node, user fan, body, want string) {
		t.Helper()
		if code := at.joins(user, body); code != want {
			t.Errorf("joining with %q: %q, want %q", body, code, want)
		}
	}
	join(one, ann, `{"code":"golden-ticket"}`, "challenge_required")
	join(one, ann, `{"code":"wrong-code","challenge":"right-1"}`, "code_invalid")
	join(one, ann, `{"challenge":"right-1"}`, "code_required")
	join(one, other, `{"code":"golden-ticket"}`, "challenge_required")                       // one user's solution is not another's
	join(one, other, `{"code":"golden-ticket","challenge":"right-1"}`, "challenge_required") // and a token is accepted once
	join(without, ann, `{"code":"golden-ticket"}`, "")                                       // no token, no verifier: the solution is remembered
	if status := one.sends(ann, "POST", "/waitingList/leave", ""); status != http.StatusOK {
		t.Fatalf("leaving: %d", status)
	}
	join(two, ann, `{"challenge":"right-1"}`, "challenge_required") // it counted for one join
	join(two, ann, `{"challenge":"right-2"}`, "")
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
