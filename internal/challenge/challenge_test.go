package challenge_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"usher/internal/challenge"
	"usher/internal/fault"
	"usher/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// verifier is a verifier of the siteverify form that accepts each token "right…" once.
type verifier struct {
	mu      sync.Mutex
	used    map[string]bool
	remote  string
	release chan struct{} // a token "slow" is answered when it is closed
}

func (v *verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	token := r.PostFormValue("response")
	v.remote = r.PostFormValue("remoteip")
	answer := `{"success":false,"error-codes":["invalid-input-response"]}`
	switch {
	case r.Method != http.MethodPost || r.PostFormValue("secret") != "s3cret":
		answer = `{"success":false,"error-codes":["invalid-input-secret"]}`
	case token == "slow":
		<-v.release
	case token == "html":
		answer = "<html>"
	case token == "broken":
		w.WriteHeader(http.StatusBadGateway)
		answer = `{"success":true}`
	case token == "moved":
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		return
	case v.used[token]:
		answer = `{"success":false,"error-codes":["timeout-or-duplicate"]}`
	case token == "right":
		v.used[token] = true
		answer = `{"success":true}`
	}
	_, _ = io.WriteString(w, answer)
}

func TestTheVerifiersWordDecides(t *testing.T) {
	t.Parallel()
	v := &verifier{used: map[string]bool{}, release: make(chan struct{})}
	server := httptest.NewServer(v)
	defer server.Close()
	defer close(v.release)
	gone := httptest.NewServer(v)
	gone.Close()
	for _, c := range []struct {
		name, url, secret, token string
		want                     fault.Code
		result, open             string
	}{
		{"right", server.URL, "s3cret", "right", "", "passed", "passed"},
		{"reused", server.URL, "s3cret", "right", fault.ChallengeRequired, "refused", ""},
		{"wrong", server.URL, "s3cret", "wrong", fault.ChallengeRequired, "refused", "refused"},
		{"a wrong secret", server.URL, "other", "wrong", fault.Unavailable, "unavailable", "let_in"},
		{"no JSON", server.URL, "s3cret", "html", fault.Unavailable, "unavailable", "let_in"},
		{"a failure that says success", server.URL, "s3cret", "broken", fault.Unavailable, "unavailable", "let_in"},
		{"another address", server.URL, "s3cret", "moved", fault.Unavailable, "unavailable", "let_in"},
		{"absent", gone.URL, "s3cret", "right", fault.Unavailable, "unavailable", "let_in"},
		{"slow", server.URL, "s3cret", "slow", fault.Unavailable, "unavailable", "let_in"},
	} {
		for _, open := range []bool{false, true} {
			if open && c.open == "" {
				continue
			}
			if open && c.name == "right" {
				v.mu.Lock()
				delete(v.used, "right")
				v.mu.Unlock()
			}
			registry := prometheus.NewRegistry()
			asked := challenge.New(challenge.Options{URL: c.url, Secret: c.secret, FailOpen: open, Patience: patienceOf(c.token), Registerer: registry})
			err := asked.Verify(context.Background(), c.token, netip.MustParseAddr("192.0.2.7"))
			asked.Close()
			want, result := c.want, c.result
			if open {
				if result = c.open; result == "let_in" {
					want = ""
				}
			}
			if got := fault.CodeOf(err); got != want {
				t.Errorf("%s, fail open %t: %v, want %q", c.name, open, err, want)
			}
			if n := counted(t, registry, result); n != 1 {
				t.Errorf("%s, fail open %t: %s counts %v", c.name, open, result, n)
			}
		}
	}
	hungUp, cancel := context.WithCancel(context.Background())
	cancel()
	if err := challenge.New(challenge.Options{URL: gone.URL, FailOpen: true}).Verify(hungUp, "right", netip.Addr{}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a caller that hung up is let in: %v", err)
	}
}

// patienceOf shortens the wait for the answer that never comes; others may take their time.
func patienceOf(token string) time.Duration {
	if token == "slow" {
		return 50 * time.Millisecond
	}
	return time.Minute
}

func counted(t *testing.T, registry *prometheus.Registry, result string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if metric.GetLabel()[0].GetValue() == result {
				return metric.GetCounter().GetValue()
			}
		}
	}
	return 0
}
