package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"usher/internal/fault"
)

func TestOriginsOfThisSiteAndAllowedOnesMayAct(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, public, origin, host string
		want                       bool
	}{
		{"the public URL", "https://tickets.example", "https://tickets.example", "10.0.0.1:8080", true},
		{"the public URL in upper case", "https://tickets.example", "HTTPS://Tickets.Example", "10.0.0.1:8080", true},
		{"an allowed one", "https://tickets.example", "https://shop.example", "tickets.example", true},
		{"another", "https://tickets.example", "https://evil.example", "tickets.example", false},
		{"a longer name", "https://tickets.example", "https://tickets.example.evil.example", "tickets.example", false},
		{"another port", "https://tickets.example", "https://tickets.example:8443", "tickets.example", false},
		{"the same host over http, where this site is https", "https://tickets.example", "http://tickets.example", "tickets.example", false},
		{"the requested host", "http://127.0.0.1:8080", "http://localhost:8080", "localhost:8080", true},
		{"the requested host, no public URL", "", "http://localhost:8080", "localhost:8080", true},
		{"another, no public URL", "", "http://evil.example", "localhost:8080", false},
		{"null", "https://tickets.example", "null", "tickets.example", false},
		{"null, no public URL", "", "null", "", false},
		{"nothing, no public URL", "", "", "", false},
		{"no URL at all", "https://tickets.example", "::", "::", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := newOrigins(c.public, []string{"https://shop.example"})
			if got := o.allows(c.origin, c.host); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestCookiesAreAcceptedFromPagesOfThisSite(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) {
		o.PublicURL, o.AllowedOrigins = "http://tickets.example", []string{"http://shop.example"}
	})
	const (
		own, allowed, foreign = "http://tickets.example", "http://shop.example", "http://evil.example"
		bearer, cookie        = "bearer", "cookie"
	)
	cases := []struct {
		name, method, credential string
		upgrade                  bool
		origin, site             string
		want                     fault.Code
	}{
		{"a cookie write from here", "POST", cookie, false, own, "", ""},
		{"a cookie write from an allowed site", "DELETE", cookie, false, allowed, "cross-site", ""},
		{"a cookie write from a foreign site", "POST", cookie, false, foreign, "", fault.BadOrigin},
		{"a cookie write from a foreign site that claims otherwise", "POST", cookie, false, foreign, "same-origin", fault.BadOrigin},
		{"a cookie write without an origin", "PUT", cookie, false, "", "", fault.BadOrigin},
		{"a cookie write from null", "POST", cookie, false, "null", "", fault.BadOrigin},
		{"a cookie write with Sec-Fetch-Site alone", "POST", cookie, false, "", "same-origin", ""},
		{"a cookie write, a sister site", "POST", cookie, false, "", "same-site", fault.BadOrigin},
		{"a cookie write, a foreign site without Origin", "POST", cookie, false, "", "cross-site", fault.BadOrigin},
		{"a cookie read from anywhere", "GET", cookie, false, foreign, "cross-site", ""},
		{"a cookie upgrade from here", "GET", cookie, true, own, "", ""},
		{"a cookie upgrade from an allowed site", "GET", cookie, true, allowed, "", ""},
		{"a cookie upgrade from a foreign site", "GET", cookie, true, foreign, "", fault.BadOrigin},
		{"a cookie upgrade without an origin", "GET", cookie, true, "", "same-origin", fault.BadOrigin},
		{"a bearer write without an origin", "POST", bearer, false, "", "", ""},
		{"a bearer write from a foreign site", "POST", bearer, false, foreign, "cross-site", ""},
		{"a bearer upgrade without an origin", "GET", bearer, true, "", "", ""},
		{"a write without a session", "POST", "", false, foreign, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://tickets.example/", nil)
			switch c.credential {
			case bearer:
				r.Header.Set("Authorization", "Bearer x")
			case cookie:
				r.AddCookie(&http.Cookie{Name: sessionCookie, Value: "x"})
			}
			set := func(name, value string) {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			set("Origin", c.origin)
			set("Sec-Fetch-Site", c.site)
			if c.upgrade {
				set("Connection", "Upgrade")
				set("Upgrade", "WebSocket")
			}
			if got := fault.CodeOf(s.checkOrigin(r)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestForeignPagesCannotSignIn(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.PublicURL = "http://tickets.example" })
	const body = `{"email":"eve@example.com","name":"Eve"}`
	anonymous := s.anonymous()
	anonymous.with("Origin", "http://evil.example").post(t, "/auth/dev", body).wantsProblem(t, 403, fault.BadOrigin)
	anonymous.with("Sec-Fetch-Site", "cross-site").post(t, "/auth/dev", body).wantsProblem(t, 403, fault.BadOrigin)
	if n, err := s.stores.Mongo.Collection("users").CountDocuments(t.Context(), struct{}{}); err != nil || n != 0 {
		t.Fatalf("after a refused sign-in, MongoDB has %d users (%v)", n, err)
	}
}

func TestAllowedOriginsMayReadAnswers(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.AllowedOrigins = []string{"https://shop.example"} })
	anonymous := s.anonymous()

	shop := anonymous.with("Origin", "https://shop.example")
	answer := shop.get(t, "/healthz").wants(t, 200)
	if answer.header.Get("Access-Control-Allow-Origin") != "https://shop.example" || answer.header.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("an allowed page cannot read the answer: %v", answer.header)
	}
	preflight := shop.with("Access-Control-Request-Method", "POST").send(t, "OPTIONS", "/transactions", "", "").wants(t, 204)
	if got := preflight.header.Get("Access-Control-Allow-Headers"); got != "Authorization, Content-Type, Idempotency-Key, If-None-Match" {
		t.Errorf("preflight allows headers %q", got)
	}

	foreign := anonymous.with("Origin", "https://evil.example")
	for _, answer := range []*reply{foreign.get(t, "/healthz"), foreign.with("Access-Control-Request-Method", "POST").send(t, "OPTIONS", "/transactions", "", "")} {
		if got := answer.header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s: a foreign page may read the answer, as %q", answer.what, got)
		}
		if answer.header.Get("Vary") != "Origin" {
			t.Errorf("%s: a cache may give one origin's answer to another", answer.what)
		}
	}
}

// A browser does not send the session's cookie with a form that another site posts,
// but it would obey an answer that clears the cookie.
func TestOtherSitesCannotSignAFanOut(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	for name, c := range map[string]struct {
		header, value string
		cleared       bool
	}{
		"a page of another site":  {"Origin", "https://evil.example", false},
		"a page with origin null": {"Origin", "null", false},
		"another site, no Origin": {"Sec-Fetch-Site", "cross-site", false},
		"a page of this site":     {"Origin", s.url, true},
		"no page":                 {"Accept", "*/*", true},
	} {
		t.Run(name, func(t *testing.T) {
			answer := s.anonymous().with(c.header, c.value).post(t, "/auth/logout", "")
			answer.wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
			if cleared := answer.cookie(sessionCookie) != nil; cleared != c.cleared {
				t.Errorf("the cookie is cleared: %v, want %v", cleared, c.cleared)
			}
		})
	}
}

func TestOnlyPlainOriginsMayHoldAFrame(t *testing.T) {
	t.Parallel()
	const secure = "https://tickets.example"
	for _, good := range []string{"https://www.example", "https://www.example:8443", "https://xn--bhne-0qa.example", "https://192.0.2.7", "https://[2001:db8::1]:444", "https://localhost:3000"} {
		if err := CheckEmbedOrigin(good, secure); err != nil {
			t.Errorf("%s is refused: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "*", "https://*", "https://*.example", "https:", "https://", "www.example", "//www.example", "'self'", "null", "data:",
		"https://www.example/", "https://www.example/page", "https://www.example?x", "https://www.example#x", "https://a@www.example",
		"https://a.example https://b.example", "https://a.example;script-src", "https://a.example,b.example", "https://a.example\nX: y", "https://a.example:", "https://a.example:port",
		"https://Www.example", "ftp://www.example", "http://www.example", "https://bühne.example", "https://-a.example",
	} {
		if err := CheckEmbedOrigin(bad, secure); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", bad)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := CheckEmbedOrigin("http://127.0.0.1:3000", "http://127.0.0.1:8080"); err != nil {
		t.Errorf("while developing without https: %v", err)
	}
}
