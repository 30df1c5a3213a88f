package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"usher/internal/fault"
	"usher/internal/wire"
)

// TestAJoinIsUndoneWhenTheSessionWasRevoked: the join's session was checked before a
// sign-out revoked the session and left the line; the join itself ran afterwards.
func TestAJoinIsUndoneWhenTheSessionWasRevoked(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	ctx := context.Background()
	first := s.signIn(t, "first@example.com") // takes the only place
	user, err := s.o.Auth.SignInDev(ctx, "late@example.com", "Late")
	must(t, err)
	session, _, err := s.o.Auth.Issue(user)
	must(t, err)
	must(t, s.logout(ctx, session))
	_, err = s.join(ctx, session, s.season, joining{})
	if !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the join returned %v", err)
	}
	status, err := s.o.Queue.Status(ctx, s.season, user.ID)
	must(t, err)
	if status.State != "none" {
		t.Errorf("the state of the signed-out fan is %s", status.State)
	}
	if first.status(t).State != "active" {
		t.Error("another fan lost the place")
	}
}

func TestTwoTabsBothSignIn(t *testing.T) {
	t.Parallel()
	_, c := withProvider(t)
	s := build(t, c)
	browser := s.anonymous().with("Host", "tickets.example")
	jar := map[string]string{}
	cookies := func() string {
		var all []string
		for name, value := range jar {
			all = append(all, name+"="+value)
		}
		slices.Sort(all)
		return strings.Join(all, "; ")
	}
	keep := func(r *reply) {
		for _, c := range r.cookies {
			if c.MaxAge < 0 {
				delete(jar, c.Name)
			} else {
				jar[c.Name] = c.Value
			}
		}
	}
	var callbacks []string
	for range 2 {
		begun := browser.with("Cookie", cookies()).get(t, "/auth/google").wants(t, http.StatusFound)
		keep(begun)
		callbacks = append(callbacks, choose(t, begun.header.Get("Location")))
	}
	for i, callback := range callbacks {
		done := browser.with("Cookie", cookies()).get(t, callback).wants(t, http.StatusFound)
		keep(done)
		if done.header.Get("Location") != "/" || done.cookie(sessionCookie) == nil {
			t.Errorf("tab %d was redirected to %q", i+1, done.header.Get("Location"))
		}
	}
	// The number of cookies is bounded, however many tabs begin.
	for range 20 {
		keep(browser.with("Cookie", cookies()).get(t, "/auth/google").wants(t, http.StatusFound))
	}
	if under := len(jar) - 1; under > maxSignIns {
		t.Errorf("one browser has cookies of %d sign-ins", under)
	}
}

func TestErrorsOfNavigationsArePages(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.LimitSignIn = 1 })
	browser := s.anonymous().with("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8").with("Sec-Fetch-Mode", "navigate")
	var last *reply
	for range 3 {
		last = browser.get(t, "/auth/google/callback?code=x&state=y")
	}
	isPage := func(r *reply, status int) {
		t.Helper()
		if r.status != status || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || !strings.Contains(string(r.body), "<h1>") {
			t.Errorf("got %d %s: %s", r.status, r.header.Get("Content-Type"), r.body)
		}
	}
	if isPage(last, http.StatusTooManyRequests); last.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", last.header.Get("Retry-After"))
	}
	isPage(browser.get(t, "/tickets/000000000000000000000000/print"), http.StatusUnauthorized)
	isPage(browser.get(t, "/auth/google?%zz"), http.StatusBadRequest)
	isPage(browser.get(t, "/nowhere"), http.StatusNotFound)
	// Scripts and programs get a problem as JSON.
	s.anonymous().with("Accept", "text/html").with("Sec-Fetch-Mode", "cors").get(t, "/auth/me").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
	s.anonymous().get(t, "/auth/google/callback?code=x&state=y").wantsProblem(t, http.StatusTooManyRequests, fault.RateLimited)
}

func TestAMisconfiguredProxyIsReportedOnce(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	ask := func(peer string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/ws?season="+s.season, nil)
		r.RemoteAddr = peer
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	has := func(text string) int {
		n := 0
		for _, warning := range s.o.Warn.All() {
			n += strings.Count(warning, text)
		}
		return n
	}
	ask("192.0.2.1:1", "X-Forwarded-For", "198.51.100.1:4711")
	ask("192.0.2.1:1", "Upgrade", "websocket", "Sec-WebSocket-Key", "x")
	if all := s.o.Warn.All(); len(all) > 0 {
		t.Errorf("warnings without a reason: %q", all)
	}
	for range 3 {
		ask("203.0.113.7:1", "X-Forwarded-For", "198.51.100.1")
		ask("192.0.2.1:1", "Sec-WebSocket-Key", "x", "Sec-WebSocket-Version", "13")
	}
	if has("--trusted-proxy") != 1 || has("Upgrade header") != 1 || has("203.0.113.7") != 0 {
		t.Errorf("the warnings are %q", s.o.Warn.All())
	}
	ask("192.0.2.1:1", "X-Forwarded-For", "unknown")
	if has("an invalid address") != 1 {
		t.Errorf("the warnings about an unreadable header are %q", s.o.Warn.All())
	}

	id := func(peer string) string { return ask(peer, "X-Request-Id", "the-proxys").Header().Get("X-Request-Id") }
	if id("192.0.2.1:1") != "the-proxys" || id("203.0.113.7:1") == "the-proxys" {
		t.Error("X-Request-Id is accepted from an untrusted peer, or refused from a trusted proxy")
	}
}

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	for _, path := range []string{"/", "/auth/me", "/healthz", "/nowhere", "/.well-known/jwks.json", "/ws"} {
		h := s.anonymous().get(t, path).header
		for _, name := range []string{"Permissions-Policy", "Cross-Origin-Resource-Policy", "Content-Security-Policy", "X-Content-Type-Options"} {
			if h.Get(name) == "" {
				t.Errorf("%s has no %s", path, name)
			}
		}
	}
	if got := s.anonymous().get(t, "/auth/me").header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'") {
		t.Errorf("the policy of an answer that is no page is %q", got)
	}
}

func TestAnUnknownSubprotocolClosesNoSocket(t *testing.T) {
	t.Parallel()
	for offered, ok := range map[string]bool{"": true, "usher.v1": true, "soap, usher.v1": true, "soap": false, "soap, wamp": false, "USHER.V1": false} {
		r := httptest.NewRequest("GET", "/ws", nil)
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Sec-WebSocket-Version", "13")
		r.Header.Set("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")
		if offered != "" {
			r.Header.Set("Sec-WebSocket-Protocol", offered)
		}
		if err := checkHandshake(r); (err == nil) != ok || err != nil && !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("offering %q: %v", offered, err)
		}
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	record := func(c *caller) *caller {
		t.Helper()
		c.get(t, "/auth/sessions").wants(t, http.StatusOK)
		return c
	}
	first, second, third := record(s.session(t, "many@example.com")), record(s.session(t, "many@example.com")), record(s.session(t, "many@example.com"))
	other := record(s.session(t, "other@example.com"))
	var list wire.Sessions
	first.get(t, "/auth/sessions").wants(t, http.StatusOK).into(t, &list)
	current := 0
	var another string
	for _, each := range list.Sessions {
		if each.Current {
			current++
		}
	}
	if len(list.Sessions) != 3 || current != 1 {
		t.Fatalf("the sessions are %+v", list.Sessions)
	}
	second.get(t, "/auth/sessions").wants(t, http.StatusOK).into(t, &list)
	for _, each := range list.Sessions {
		if each.Current {
			another = each.ID
		}
	}
	other.send(t, "DELETE", "/auth/sessions/"+another, "", "").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	first.send(t, "DELETE", "/auth/sessions/"+another, "", "").wants(t, http.StatusNoContent)
	second.get(t, "/auth/me").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
	third.get(t, "/auth/me").wants(t, http.StatusOK)
	first.send(t, "DELETE", "/auth/sessions", "", "").wants(t, http.StatusNoContent)
	third.get(t, "/auth/me").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
	first.get(t, "/auth/me").wants(t, http.StatusOK)
	other.get(t, "/auth/me").wants(t, http.StatusOK)
}

func TestRedirectURIsAreOfThisSite(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.PublicURL, o.AllowedOrigins = publicURL, []string{"https://shop.example"} })
	for address, ok := range map[string]bool{
		publicURL + "/auth/google/callback": true, "https://shop.example/back": true,
		"https://evil.example/": false, "postmessage": false, "javascript:alert(1)": false, publicURL + "@evil.example/": false, "http://user@tickets.example/": false,
	} {
		if got := s.ours(address, "tickets.example"); got != ok {
			t.Errorf("%s is accepted: %v", address, got)
		}
	}
	body := `{"code":"c","codeVerifier":"v","redirectUri":"https://evil.example/"}`
	s.anonymous().post(t, "/auth/google", body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
}
