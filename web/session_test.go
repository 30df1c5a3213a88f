package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"usher/internal/fault"
)

func TestSessionCookiesAreForThisHostAlone(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ public, want string }{
		"http":  {"http://127.0.0.1:8080", "usher_session=t; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"},
		"https": {"https://tickets.example", "__Host-usher_session=t; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := openIdle(t, func(o *Options) { o.PublicURL = c.public })
			w := httptest.NewRecorder()
			s.setCookie(w, sessionCookie, "t", time.Minute)
			if got := w.Header().Get("Set-Cookie"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestASessionCookieOfADomain: the hosts of --cookie-domain get the session cookie, and
// only that one; a sign-out takes it away from them too.
func TestASessionCookieOfADomain(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.PublicURL, o.CookieDomain = "https://tickets.example.org", "example.org" })
	w := httptest.NewRecorder()
	s.setCookie(w, sessionCookie, "t", time.Minute)
	s.clearCookie(w, sessionCookie)
	s.setCookie(w, signInCookie, "t", time.Minute)
	want := []string{
		"usher_session=t; Path=/; Domain=example.org; Max-Age=60; HttpOnly; Secure; SameSite=Lax",
		"usher_session=; Path=/; Domain=example.org; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		"__Host-usher_signin=t; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax",
	}
	if got := w.Header().Values("Set-Cookie"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	fan := s.session(t, "fan@example.com")
	s.anonymous().with("Cookie", "usher_session="+fan.token).get(t, "/auth/me").wants(t, http.StatusOK)

	for domain, site := range map[string]string{
		"example.org": "https://tickets.example.org", "tickets.example.org": "https://tickets.example.org:8443", "Example.org": "https://Tickets.example.ORG",
	} {
		if err := CheckCookieDomain(domain, site); err != nil {
			t.Errorf("%s for %s: %v", domain, site, err)
		}
	}
	for domain, site := range map[string]string{
		"other.org": "https://tickets.example.org", "ample.org": "https://tickets.example.org", ".example.org": "https://tickets.example.org", "org": "https://tickets.example.org",
		"127.0.0.1": "http://127.0.0.1:8080", "shop.tickets.example.org": "https://tickets.example.org", "example.org:443": "https://tickets.example.org", "example.org": "",
	} {
		if err := CheckCookieDomain(domain, site); err == nil {
			t.Errorf("%s for %s is accepted", domain, site)
		}
	}
}

func TestASessionIsReadFromBearerOrCookieOnly(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	fan, other := s.session(t, "fan@example.com"), s.session(t, "other@example.com")
	anonymous := s.anonymous()
	cookie := func(token string) string { return sessionCookie + "=" + token }
	cases := []struct {
		name   string
		caller *caller
		path   string
		want   string // the user's id; "": no session
	}{
		{"a bearer token", anonymous.with("Authorization", "Bearer "+fan.token), "/auth/me", fan.user.ID},
		{"a bearer token, lower case", anonymous.with("Authorization", "bearer "+fan.token), "/auth/me", fan.user.ID},
		{"a cookie", anonymous.with("Cookie", cookie(fan.token)), "/auth/me", fan.user.ID},
		{"both: the bearer counts", anonymous.with("Cookie", cookie(fan.token)).with("Authorization", "Bearer "+other.token), "/auth/me", other.user.ID},
		{"a wrong bearer beside a good cookie", anonymous.with("Cookie", cookie(fan.token)).with("Authorization", "Bearer x"), "/auth/me", ""},
		{"a proxy's Basic credentials beside a cookie", anonymous.with("Cookie", cookie(fan.token)).with("Authorization", "Basic eDp5"), "/auth/me", fan.user.ID},
		{"the https cookie's name over http", anonymous.with("Cookie", "__Host-"+cookie(fan.token)), "/auth/me", ""},
		{"the URL", anonymous, "/auth/me?token=" + fan.token + "&access_token=" + fan.token, ""},
		{"nothing", anonymous, "/auth/me", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			answer := c.caller.get(t, c.path)
			if c.want == "" {
				answer.wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
				return
			}
			var me struct {
				ID, Email, Name string
				Roles           []string
			}
			answer.wants(t, http.StatusOK).into(t, &me)
			if me.ID != c.want || me.Roles == nil {
				t.Errorf("got %s, want user %s", answer.body, c.want)
			}
		})
	}
}

func TestRolesDecideWhoIsAdmin(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	routes := []struct{ method, path string }{
		{"GET", ""},
		{"PUT", ""},
		{"POST", "/seats"},
		{"POST", "/pause"},
		{"POST", "/resume"},
		{"GET", "/waiting"},
		{"DELETE", "/users/0123456789abcdef01234567"},
	}
	for _, route := range routes {
		path := "/admin/seasons/" + s.season + route.path
		s.anonymous().send(t, route.method, path, "", "").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
		for _, email := range []string{"fan@example.com", "staff@example.com"} {
			s.session(t, email).send(t, route.method, path, "application/json", "{}").wantsProblem(t, http.StatusForbidden, fault.Forbidden)
		}
	}
}
