package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"usher/internal/fault"
	"usher/internal/store"
)

func TestRequestsAreLimitedByUserOnAllNodes(t *testing.T) {
	t.Parallel()
	slow := func(o *Options) { o.LimitRequests = 2 }
	s := openIdle(t, slow)
	second := build(t, setup{season: s.season, stores: s.stores, ring: s.o.Keys, node: "node-2", options: slow})
	other := s.session(t, "other@example.com")
	refused := 0
	for i := range 40 {
		site := []*site{s, second}[i%2]
		fan := site.session(t, "fan@example.com") // a new session each time
		if answer := fan.get(t, "/auth/me"); answer.status != http.StatusOK {
			refused++
			if answer.wantsProblem(t, http.StatusTooManyRequests, fault.RateLimited); answer.header.Get("Retry-After") != "1" {
				t.Fatalf("Retry-After is %q", answer.header.Get("Retry-After"))
			}
		}
	}
	if refused == 0 {
		t.Error("forty requests of one user in forty sessions passed a limit of two a second")
	}
	other.get(t, "/auth/me").wants(t, http.StatusOK)
}

func TestUpgradesAreLimitedByUser(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.LimitUpgrades = 1 })
	for i, c := range []struct {
		email string
		want  int
	}{{"a@example.com", http.StatusNotFound}, {"a@example.com", http.StatusTooManyRequests}, {"b@example.com", http.StatusNotFound}} {
		// The season does not exist, so an upgrade that is not limited is refused too.
		if got := s.session(t, c.email).get(t, "/ws?season=none"); got.status != c.want {
			t.Errorf("upgrade %d, of %s: got %d, want %d", i, c.email, got.status, c.want)
		}
	}
}

// TestAForeignPageSpendsNoUpgrades: an upgrade from a page of another site is
// refused before it counts against the fan's limit.
func TestAForeignPageSpendsNoUpgrades(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.LimitUpgrades, o.PublicURL = 1, "https://usher.example" })
	fan := s.session(t, "fan@example.com")
	upgrade := func(origin string) int {
		r := httptest.NewRequest(http.MethodGet, "/ws?season=none", nil)
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "websocket")
		r.Header.Set("Origin", origin)
		r.AddCookie(&http.Cookie{Name: s.cookieName(sessionCookie), Value: fan.token})
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for range 3 {
		if got := upgrade("https://elsewhere.example"); got != http.StatusForbidden {
			t.Errorf("an upgrade of another site got %d", got)
		}
	}
	if got := upgrade(s.o.PublicURL); got != http.StatusNotFound { // the season does not exist
		t.Errorf("the fan's own upgrade got %d", got)
	}
}

// from sends a sign-in from an address and returns the status.
func (s *site) from(t *testing.T, peer, forwarded, media, body string) int {
	t.Helper()
	r := httptest.NewRequest("POST", "/auth/google?season=", strings.NewReader(body))
	r.RemoteAddr = peer
	if forwarded != "" {
		r.Header.Set("X-Forwarded-For", forwarded)
	}
	r.Header.Set("Content-Type", media)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
	}
	return w.Code
}

var runs atomic.Uint32

// ownAddresses returns a function that maps an address of the documentation's
// networks into networks of this run alone. Redis keeps an address's count for a
// minute, and the test may run twice within that minute.
func ownAddresses() func(string) string {
	run := runs.Add(1)
	high, low := run>>8&255, run&255
	return strings.NewReplacer(
		"192.0.2.", fmt.Sprintf("11.%d.%d.", high, low), "198.51.100.", fmt.Sprintf("12.%d.%d.", high, low),
		"203.0.113.", fmt.Sprintf("13.%d.%d.", high, low), "2001:db8:", fmt.Sprintf("2001:%x:", 0x1000+run),
	).Replace
}

const wrongCredential = `{"credential":"x"}`

func TestFailedSignInsAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	own := ownAddresses()
	trusted := []netip.Prefix{netip.MustParsePrefix(own("192.0.2.0/24"))}
	cases := []struct {
		name           string
		trusted        []netip.Prefix
		first, second  [2]string // peer and X-Forwarded-For
		secondIsTheOne bool      // the same caller as the first
	}{
		{"one peer", nil, [2]string{"203.0.113.1:1", ""}, [2]string{"203.0.113.1:2", ""}, true},
		{"two peers", nil, [2]string{"203.0.113.11:1", ""}, [2]string{"203.0.113.12:1", ""}, false},
		{"a header from an untrusted peer", nil, [2]string{"203.0.113.21:1", "198.51.100.1"}, [2]string{"203.0.113.21:1", "198.51.100.2"}, true},
		{"one IPv6 network", nil, [2]string{"[2001:db8:1::1]:1", ""}, [2]string{"[2001:db8:1::2]:1", ""}, true},
		{"two IPv6 networks", nil, [2]string{"[2001:db8:2:1::1]:1", ""}, [2]string{"[2001:db8:2:2::1]:1", ""}, false},
		{"two behind a trusted proxy", trusted, [2]string{"192.0.2.1:1", "198.51.100.31"}, [2]string{"192.0.2.1:1", "198.51.100.32"}, false},
		{"one with a forged header", trusted, [2]string{"192.0.2.1:1", "10.0.0.1, 198.51.100.41"}, [2]string{"192.0.2.1:1", "10.0.0.2, 198.51.100.41"}, true},
		{"two, with ports", trusted, [2]string{"192.0.2.1:1", "198.51.100.51:51007"}, [2]string{"192.0.2.1:1", "198.51.100.52:51007"}, false},
		{"one, with two ports", trusted, [2]string{"192.0.2.1:1", "198.51.100.61:51007"}, [2]string{"192.0.2.1:1", "198.51.100.61:51008"}, true},
		{"two, in brackets", trusted, [2]string{"192.0.2.1:1", "[2001:db8:7::7]:443"}, [2]string{"192.0.2.1:1", "[2001:db8:8::7]:443"}, false},
		{"one network, in brackets", trusted, [2]string{"192.0.2.1:1", "[2001:db8:9::7]:443"}, [2]string{"192.0.2.1:1", "[2001:db8:9::8]"}, true},
		{"an unreadable header counts for the proxy", trusted, [2]string{"192.0.2.7:1", "unknown"}, [2]string{"192.0.2.7:1", "_hidden"}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := openIdle(t, func(o *Options) { o.LimitSignIn, o.TrustedProxies = 1, c.trusted })
			issued := func(a [2]string) int { return s.from(t, own(a[0]), own(a[1]), "application/json", wrongCredential) }
			if got := issued(c.first); got != http.StatusUnauthorized {
				t.Fatalf("the first got %d", got)
			}
			if limited := issued(c.second) == http.StatusTooManyRequests; limited != c.secondIsTheOne {
				t.Errorf("the second was limited: %v", limited)
			}
		})
	}
}

// TestMalformedSignInsBlockNoRealSignIn: malformed requests have a count of their
// own, and an accepted credential does not count against its address.
func TestMalformedSignInsBlockNoRealSignIn(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.LimitSignIn = 2 })
	carrier := ownAddresses()("203.0.113.99:1")
	for _, rubbish := range [][2]string{{"application/json", ""}, {"text/plain", "x"}, {"application/json", "{}"}, {"application/json", "[]"}, {"", ""}} {
		if got := s.from(t, carrier, "", rubbish[0], rubbish[1]); got != http.StatusBadRequest && got != http.StatusUnsupportedMediaType {
			t.Fatalf("a malformed sign-in got %d", got)
		}
	}
	for range 2 {
		if got := s.from(t, carrier, "", "application/json", wrongCredential); got != http.StatusUnauthorized {
			t.Fatalf("after malformed sign-ins, a wrong credential got %d", got)
		}
	}
	if got := s.from(t, carrier, "", "application/json", wrongCredential); got != http.StatusTooManyRequests {
		t.Errorf("the third wrong credential got %d", got)
	}
	signIn := func(email string) int {
		r := httptest.NewRequest("POST", "/auth/dev", strings.NewReader(`{"email":"`+email+`","name":"Fan"}`))
		r.RemoteAddr, r.Host = carrier, "localhost" // the development sign-in answers local names only
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	// An admin does not join the line at sign-in, so the line need not be open.
	if got := signIn(adminEmail); got == http.StatusTooManyRequests || got == http.StatusUnauthorized || got == http.StatusForbidden {
		t.Errorf("a good credential from the same address got %d", got)
	}
	for range 3 {
		signIn("eager@example.com")
	}
	if got := signIn("eager@example.com"); got != http.StatusTooManyRequests {
		t.Errorf("a user's fourth sign-in in a minute got %d", got)
	}
	limited := 0
	for range 30 {
		if s.from(t, carrier, "", "application/json", "") == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited == 0 {
		t.Error("malformed sign-ins are not limited")
	}
}

func TestZeroTurnsLimitsOff(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	fan := s.session(t, "fan@example.com")
	for range 100 {
		fan.get(t, "/auth/me").wants(t, http.StatusOK)
	}
}

// TestALimitWorksWithoutRedis: without Redis, each node counts by itself.
func TestALimitWorksWithoutRedis(t *testing.T) {
	t.Parallel()
	away, err := store.Open(store.Options{RedisURLs: []string{"redis://127.0.0.1:1"}, MongoURL: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50", MongoDatabase: "x"})
	must(t, err)
	t.Cleanup(func() { must(t, away.Close(t.Context())) })
	dead := build(t, setup{stores: away, options: func(o *Options) { o.LimitSignIn, o.Season = 1, "" }})
	if got := dead.from(t, "203.0.113.1:1", "", "application/json", wrongCredential); got == http.StatusTooManyRequests {
		t.Errorf("the first got %d", got)
	}
	if got := dead.from(t, "203.0.113.1:1", "", "application/json", wrongCredential); got != http.StatusTooManyRequests {
		t.Errorf("the second got %d", got)
	}
}
