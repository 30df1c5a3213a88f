package auth_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/internal/auth"
	"usher/internal/fault"
)

// begin starts the redirect flow and follows it to the sign-in page.
func begin(t *testing.T, w *world, a *auth.Auth, returnTo string) (location *url.URL, cookie string) {
	t.Helper()
	text, cookie, err := a.BeginRedirect(context.Background(), w.callback, returnTo)
	if err != nil {
		t.Fatal(err)
	}
	return must(url.Parse(text))(t), cookie
}

func TestTheRedirectFlowSignsInOnAnyNode(t *testing.T) {
	w := newWorld(t, "")
	location, cookie := begin(t, w, w.node(t), "/admin?tab=line")
	query := location.Query()
	for name, want := range map[string]string{
		"client_id": "usher-dev", "redirect_uri": w.callback, "response_type": "code",
		"code_challenge_method": "S256", "prompt": "select_account", "scope": "openid email profile",
	} {
		if query.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, query.Get(name), want)
		}
	}
	if len(query.Get("state")) < 20 || len(query.Get("nonce")) < 20 || query.Get("state") == query.Get("nonce") {
		t.Errorf("state %q, nonce %q", query.Get("state"), query.Get("nonce"))
	}
	back := choose(t, location.String(), url.Values{"person": {"fan2"}})

	other := w.node(t)
	user, returnTo, err := other.FinishRedirect(context.Background(), w.callback, cookie, back.Query())
	if err != nil {
		t.Fatal(err)
	}
	if user.Name != "Fan 2" || user.Email != "fan2@usher.test" || returnTo != "/admin?tab=line" {
		t.Errorf("%+v, back to %s", user, returnTo)
	}
	// The browser's back button, or a lost answer, repeats the callback.
	_, _, err = other.FinishRedirect(context.Background(), w.callback, cookie, back.Query())
	wantCode(t, err, fault.InvalidCredential)
}

func TestTheRedirectFlowBelongsToOneBrowser(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	_, session, err := a.Issue(ada)
	if err != nil {
		t.Fatal(err)
	}
	// good returns a valid answer; each case changes its own copy.
	good := func(t *testing.T) (cookie string, query url.Values) {
		location, cookie := begin(t, w, a, "/")
		return cookie, choose(t, location.String(), url.Values{"person": {"fan1"}}).Query()
	}
	tests := []struct {
		name   string
		change func(t *testing.T, cookie *string, query url.Values)
		want   fault.Code
	}{
		{"sound", func(*testing.T, *string, url.Values) {}, ""},
		{"no cookie", func(_ *testing.T, cookie *string, _ url.Values) { *cookie = "" }, fault.InvalidCredential},
		{"a session as cookie", func(_ *testing.T, cookie *string, _ url.Values) { *cookie = session }, fault.InvalidCredential},
		{"another browser's cookie", func(t *testing.T, cookie *string, _ url.Values) { *cookie, _ = good(t) }, fault.InvalidCredential},
		{"no state", func(_ *testing.T, _ *string, query url.Values) { query.Del("state") }, fault.InvalidCredential},
		{"no code", func(_ *testing.T, _ *string, query url.Values) { query.Del("code") }, fault.InvalidCredential},
		{"the provider refused", func(_ *testing.T, _ *string, query url.Values) { query.Set("error", "access_denied") }, fault.InvalidCredential},
		{"another sign-in's code", func(t *testing.T, _ *string, query url.Values) {
			_, other := good(t)
			query.Set("code", other.Get("code"))
		}, fault.InvalidCredential},
		{"a code for another nonce", func(t *testing.T, cookie *string, query url.Values) {
			location, own := begin(t, w, a, "/")
			changed := location.Query()
			changed.Set("nonce", "another-nonce")
			location.RawQuery = changed.Encode()
			back := choose(t, location.String(), url.Values{"person": {"fan1"}}).Query()
			*cookie = own
			query.Set("state", back.Get("state"))
			query.Set("code", back.Get("code"))
		}, fault.InvalidCredential},
		{"too late", func(*testing.T, *string, url.Values) { w.clock.advance(11 * time.Minute) }, fault.InvalidCredential},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cookie, query := good(t)
			test.change(t, &cookie, query)
			_, _, err := a.FinishRedirect(context.Background(), w.callback, cookie, query)
			wantCode(t, err, test.want)
		})
	}
}

func TestTheRedirectFlowReturnsToThisSiteOnly(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	tests := map[string]string{
		"/":                             "/",
		"/admin":                        "/admin",
		"/?season=demo#map":             "/?season=demo#map",
		"":                              "/",
		"admin":                         "/",
		"https://evil.example/":         "/",
		"//evil.example":                "/",
		"///evil.example":               "/",
		`/\evil.example`:                "/",
		"/\t/evil.example":              "/",
		"/\n/evil.example":              "/",
		"javascript:alert(1)":           "/",
		" /admin":                       "/",
		"/" + strings.Repeat("a", 2000): "/",
		"/redirect?to=//evil.example":   "/redirect?to=//evil.example",
		"/%2f/evil.example":             "/%2f/evil.example",
		"/seats/../admin":               "/seats/../admin",
		"/a:b@evil.example/%zz":         "/",
	}
	for returnTo, want := range tests {
		location, cookie := begin(t, w, a, returnTo)
		back := choose(t, location.String(), url.Values{"person": {"fan1"}})
		_, got, err := a.FinishRedirect(context.Background(), w.callback, cookie, back.Query())
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q leads to %q, want %q", returnTo, got, want)
		}
	}
}
