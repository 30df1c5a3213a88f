package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"usher/internal/auth"
	"usher/internal/dev"
	"usher/internal/fault"
	"usher/internal/wire"
)

const (
	publicURL   = "http://tickets.example"
	redirectURI = publicURL + "/auth/google/callback"
)

// withProvider starts a local OpenID provider, and returns the setup of a site that
// signs users in with it.
func withProvider(t *testing.T) (issuer string, c setup) {
	t.Helper()
	var provider *dev.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	var err error
	provider, err = dev.NewProvider(dev.ProviderOptions{Issuer: server.URL, RedirectURIs: []string{redirectURI}})
	must(t, err)
	return server.URL, setup{
		auth: func(o *auth.Options) {
			o.Issuer, o.ClientID, o.ClientSecret = server.URL, dev.ClientID, dev.ClientSecret
		},
		options: func(o *Options) { o.PublicURL = publicURL },
	}
}

// choose signs in at the provider's page as Ann and returns the callback's path.
func choose(t *testing.T, location string) string {
	t.Helper()
	u, err := url.Parse(location)
	must(t, err)
	provider := &caller{url: u.Scheme + "://" + u.Host, header: http.Header{}}
	back := provider.send(t, "POST", u.RequestURI(), "application/x-www-form-urlencoded", "name=Ann").wants(t, http.StatusSeeOther)
	path, ours := strings.CutPrefix(back.header.Get("Location"), publicURL)
	if !ours {
		t.Fatalf("the provider redirected the browser to %q", back.header.Get("Location"))
	}
	return path
}

func TestTheRedirectFlowSignsInWithoutJoining(t *testing.T) {
	t.Parallel()
	_, c := withProvider(t)
	s := openSaleOf(t, c, oneAtATime)
	browser := s.anonymous().with("Host", "tickets.example")

	begun := browser.get(t, "/auth/google?season="+s.season).wants(t, http.StatusFound)
	query := queryOf(t, begun)
	if query.Get("code_challenge_method") != "S256" || query.Get("state") == "" || query.Get("nonce") == "" || query.Get("redirect_uri") != redirectURI {
		t.Fatalf("the redirect to the provider has the query %v", query)
	}
	stateCookie := signInCookieOf(query.Get("state"))
	state := begun.cookie(stateCookie)
	if state == nil || !state.HttpOnly || state.SameSite != http.SameSiteLaxMode {
		t.Fatalf("got cookie %v", state)
	}
	callback := choose(t, begun.header.Get("Location"))

	done := browser.with("Cookie", stateCookie+"="+state.Value).get(t, callback).wants(t, http.StatusFound)
	if got := done.header.Get("Location"); got != "/?season="+s.season {
		t.Errorf("after signing in, the redirect goes to %q", got)
	}
	session, cleared := done.cookie(sessionCookie), done.cookie(stateCookie)
	if session == nil || cleared == nil || cleared.MaxAge >= 0 {
		t.Fatalf("got cookies %v", done.cookies)
	}
	ann := browser.with("Cookie", sessionCookie+"="+session.Value)
	var me wire.User
	ann.get(t, "/auth/me").wants(t, http.StatusOK).into(t, &me)
	if me.Name != "Ann" {
		t.Errorf("signed in as %+v", me)
	}
	if got := ann.status(t); got.State != "none" {
		t.Errorf("the callback joined the line: %+v", got)
	}

	// The browser loads the callback again: it has a session, and no cookie of the
	// state any more.
	if again := ann.get(t, callback).wants(t, http.StatusFound); again.header.Get("Location") != "/" {
		t.Errorf("the second callback redirects to %q", again.header.Get("Location"))
	}
	// A code copied from the address bar does not sign in another browser.
	if stolen := browser.get(t, callback).wants(t, http.StatusFound); stolen.header.Get("Location") != signInFailed || stolen.cookie(sessionCookie) != nil {
		t.Errorf("another browser got %v and was redirected to %q", stolen.cookies, stolen.header.Get("Location"))
	}
}

func queryOf(t *testing.T, redirected *reply) url.Values {
	t.Helper()
	u, err := url.Parse(redirected.header.Get("Location"))
	must(t, err)
	return u.Query()
}

func TestAFailedRedirectLeadsBackToTheApp(t *testing.T) {
	t.Parallel()
	_, c := withProvider(t)
	s := build(t, c)
	browser := s.anonymous().with("Host", "tickets.example")
	begun := browser.get(t, "/auth/google").wants(t, http.StatusFound)
	cookie := signInCookieOf(queryOf(t, begun).Get("state"))
	state := cookie + "=" + begun.cookie(cookie).Value
	for name, query := range map[string]string{
		"a foreign state":      "code=x&state=y",
		"the provider refused": "error=access_denied&state=" + queryOf(t, begun).Get("state"),
		"a made-up code":       "code=x&state=" + queryOf(t, begun).Get("state"),
		"nothing":              "",
	} {
		t.Run(name, func(t *testing.T) {
			failed := browser.with("Cookie", state).get(t, "/auth/google/callback?"+query).wants(t, http.StatusFound)
			if failed.header.Get("Location") != signInFailed || failed.cookie(sessionCookie) != nil {
				t.Errorf("got %v and was redirected to %q", failed.cookies, failed.header.Get("Location"))
			}
		})
	}
	unset := openIdle(t, nil)
	if failed := unset.anonymous().get(t, "/auth/google").wants(t, http.StatusFound); failed.header.Get("Location") != signInFailed {
		t.Errorf("without a provider, the redirect goes to %q", failed.header.Get("Location"))
	}
}

func TestABrowserOnAnotherHostIsRedirectedOnce(t *testing.T) {
	t.Parallel()
	_, c := withProvider(t)
	s := build(t, c)
	moved := s.anonymous().get(t, "/auth/google?season=x").wants(t, http.StatusFound)
	if got := moved.header.Get("Location"); got != publicURL+"/auth/google?rehosted=1&season=x" {
		t.Fatalf("redirected to %q", got)
	}
	again := s.anonymous().get(t, "/auth/google?rehosted=1&season=x").wants(t, http.StatusFound)
	if queryOf(t, again).Get("redirect_uri") != redirectURI {
		t.Errorf("behind a proxy that changes the host, the second redirect goes to %q", again.header.Get("Location"))
	}
}

func TestAppsSignInWithTheirOwnCode(t *testing.T) {
	t.Parallel()
	issuer, c := withProvider(t)
	s := openSaleOf(t, c, oneAtATime)
	const verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789"
	sum := sha256.Sum256([]byte(verifier))
	callback := choose(t, issuer+"/authorize?"+url.Values{
		"client_id": {dev.ClientID}, "redirect_uri": {redirectURI}, "response_type": {"code"}, "scope": {"openid email profile"},
		"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "state": {"s"},
	}.Encode())
	u, err := url.Parse(callback)
	must(t, err)
	body := `{"code":"` + u.Query().Get("code") + `","codeVerifier":"` + verifier + `","redirectUri":"` + redirectURI + `"}`

	var in wire.SignIn
	answer := s.anonymous().post(t, "/auth/google", body).wants(t, http.StatusOK)
	answer.into(t, &in)
	if in.User.Name != "Ann" || in.Token == "" || in.Status.State != "active" || answer.cookie(sessionCookie) == nil {
		t.Errorf("got %s", answer.body)
	}
	s.anonymous().post(t, "/auth/google", body).wantsProblem(t, http.StatusUnauthorized, fault.InvalidCredential)
	s.anonymous().post(t, "/auth/google", `{"credential":"x"}`).wantsProblem(t, http.StatusUnauthorized, fault.InvalidCredential)
	for _, wrong := range []string{`{}`, `{"credential":"x","code":"y"}`, `{"code":"y"}`} {
		s.anonymous().post(t, "/auth/google", wrong).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
}

func TestDevSignInIsOffByDefault(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.DevSignIn = false })
	s.anonymous().post(t, "/auth/dev", `{"email":"a@example.com","name":"A"}`).wantsProblem(t, http.StatusNotFound, fault.NotFound)
}
