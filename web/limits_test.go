package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"usher/internal/fault"
)

func TestRequestsAreLimitedBySession(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.LimitRequests = 2 })
	fan, other := s.session(t, "fan@example.com"), s.session(t, "other@example.com")
	refused := 0
	for range 20 {
		if answer := fan.get(t, "/auth/me"); answer.status != http.StatusOK {
			refused++
			if answer.wantsProblem(t, http.StatusTooManyRequests, fault.RateLimited); answer.header.Get("Retry-After") != "1" {
				t.Fatalf("Retry-After is %q", answer.header.Get("Retry-After"))
			}
		}
	}
	if refused == 0 {
		t.Error("twenty requests at once passed a limit of two a second")
	}
	other.get(t, "/auth/me").wants(t, http.StatusOK)
}

func TestSignInsAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	sign := func(s *site, peer, forwarded string) int {
		r := httptest.NewRequest("POST", "/auth/google", nil) // refused for its body, but after it was counted
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", forwarded)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "60" {
			t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
		}
		return w.Code
	}
	cases := []struct {
		name           string
		trusted        []netip.Prefix
		first, second  [2]string // peer and X-Forwarded-For
		secondIsTheOne bool      // the same caller as the first
	}{
		{"one peer", nil, [2]string{"192.0.2.1:1", ""}, [2]string{"192.0.2.1:2", ""}, true},
		{"two peers", nil, [2]string{"192.0.2.1:1", ""}, [2]string{"192.0.2.2:1", ""}, false},
		{"a header nobody vouches for", nil, [2]string{"192.0.2.1:1", "198.51.100.1"}, [2]string{"192.0.2.1:1", "198.51.100.2"}, true},
		{"one IPv6 network", nil, [2]string{"[2001:db8::1]:1", ""}, [2]string{"[2001:db8::2]:1", ""}, true},
		{
			"two behind a trusted proxy",
			[]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
			[2]string{"192.0.2.1:1", "198.51.100.1"},
			[2]string{"192.0.2.1:1", "198.51.100.2"},
			false,
		},
		{
			"one behind a trusted proxy, pretending",
			[]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
			[2]string{"192.0.2.1:1", "10.0.0.1, 198.51.100.1"},
			[2]string{"192.0.2.1:1", "10.0.0.2, 198.51.100.1"},
			true,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := openIdle(t, func(o *Options) { o.LimitSignIn, o.TrustedProxies = 1, c.trusted })
			if got := sign(s, c.first[0], c.first[1]); got != http.StatusUnsupportedMediaType {
				t.Fatalf("the first got %d", got)
			}
			if limited := sign(s, c.second[0], c.second[1]) == http.StatusTooManyRequests; limited != c.secondIsTheOne {
				t.Errorf("the second was limited: %v", limited)
			}
		})
	}
}

func TestUpgradesAreLimitedBySession(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.LimitUpgrades = 1 })
	handler := func(w http.ResponseWriter, r *http.Request) error { return s.spendSession(w, r, s.limits.upgrades) }
	ask := func(token string) error {
		r := httptest.NewRequest("GET", "/ws", nil)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return handler(httptest.NewRecorder(), r)
	}
	for i, c := range []struct {
		token string
		want  fault.Code
	}{{"a", ""}, {"a", fault.RateLimited}, {"b", ""}, {"", ""}, {"", ""}} {
		if got := fault.CodeOf(ask(c.token)); got != c.want {
			t.Errorf("upgrade %d, of %q: got %q, want %q", i, c.token, got, c.want)
		}
	}
}

func TestNoughtTurnsLimitsOff(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	fan := s.session(t, "fan@example.com")
	for range 100 {
		fan.get(t, "/auth/me").wants(t, http.StatusOK)
	}
}
