package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"usher/internal/auth"
	"usher/internal/fault"
)

const (
	signInFailed = "/?signin=failed"
	signInLife   = 10 * time.Minute // how long a user may take at the provider
	rehosted     = "rehosted"       // set after the browser was redirected to the public URL
)

// SignInButton is a sign-in provider on the page.
type SignInButton struct {
	Name  string // as in auth.ProviderOptions
	Label string // the text after "Continue with"
}

// signInsOf returns the sign-in providers for the page, as JSON: a list of [path, label].
// The first one's label is null: the page has its text. Without any provider the page
// shows the first one's button, which says what is wrong.
func (s *Server) signInsOf() string {
	shown := [][2]any{}
	if s.o.FirstSignIn || len(s.o.SignIns) == 0 {
		shown = append(shown, [2]any{pathOf(auth.First), nil})
	}
	for _, one := range s.o.SignIns {
		shown = append(shown, [2]any{pathOf(one.Name), one.Label})
	}
	text, err := json.Marshal(shown)
	if err != nil {
		panic("web: texts are always JSON: " + err.Error())
	}
	return string(text)
}

// pathOf returns the path of a provider's sign-in; its callback is below it.
func pathOf(provider string) string {
	if provider == "" || provider == auth.First {
		return "/auth/google"
	}
	return "/auth/with/" + provider
}

const callback = "/callback"

// getProvider redirects the browser to the provider, which redirects back to the
// callback, and from there to ?returnTo or the page of ?season.
func (s *Server) getProvider(w http.ResponseWriter, r *http.Request) error {
	provider, err := s.providerOf(r)
	if err != nil {
		return err
	}
	path := pathOf(pathValue(r, "provider"))
	query := r.URL.Query()
	if s.elsewhere(r) && !query.Has(rehosted) {
		query.Set(rehosted, "1")
		redirect(w, r, s.o.PublicURL+path+"?"+query.Encode())
		return nil
	}
	returnTo := query.Get("returnTo")
	if season := query.Get("season"); returnTo == "" && season != "" {
		returnTo = "/?" + url.Values{"season": {season}}.Encode()
	}
	location, cookie, err := provider.BeginRedirect(r.Context(), s.siteOf(r)+path+callback, returnTo)
	if err != nil {
		s.redirectFailed(w, r, err)
		return nil
	}
	s.dropOldSignIns(w, r)
	s.setCookie(w, signInCookieOf(stateOf(location)), cookie, signInLife)
	redirect(w, r, location)
	return nil
}

// maxSignIns is how many sign-ins one browser may have in progress, in as many
// tabs. Their cookies must fit into a request header.
const maxSignIns = 4

// signInCookieOf returns the cookie name of one sign-in in progress. It contains
// the state, so that two tabs do not use each other's cookie.
func signInCookieOf(state string) string { return signInCookie + "_" + state }

func stateOf(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	return u.Query().Get("state")
}

// dropOldSignIns makes room for one more sign-in. Browsers send older cookies
// first.
func (s *Server) dropOldSignIns(w http.ResponseWriter, r *http.Request) {
	var inProgress []string
	for _, c := range r.Cookies() {
		if state, is := strings.CutPrefix(c.Name, s.cookieName(signInCookie)+"_"); is {
			inProgress = append(inProgress, state)
		}
	}
	for len(inProgress) >= maxSignIns {
		s.clearCookie(w, signInCookieOf(inProgress[0]))
		inProgress = inProgress[1:]
	}
}

// getCallback receives the browser back from the provider. It does not join
// the line; the page does so once its socket is open. When the callback is loaded a
// second time, its cookie is gone: with a session the browser just continues.
func (s *Server) getCallback(w http.ResponseWriter, r *http.Request) error {
	provider, err := s.providerOf(r)
	if err != nil {
		return err
	}
	var began string
	cookie := signInCookieOf(r.URL.Query().Get("state"))
	if c, err := r.Cookie(s.cookieName(cookie)); err == nil {
		began = c.Value
		s.clearCookie(w, cookie)
	}
	user, returnTo, err := provider.FinishRedirect(r.Context(), s.siteOf(r)+pathOf(pathValue(r, "provider"))+callback, began, r.URL.Query())
	if err != nil {
		if _, signedOut := s.authenticate(r); began == "" && signedOut == nil {
			redirect(w, r, "/")
			return nil
		}
		// A sign-in that began here is refused by address only after it failed,
		// because a whole stadium may share an address.
		if err = s.refusedSignIn(r, err); fault.Is(err, fault.RateLimited) {
			return err
		}
		s.redirectFailed(w, r, err)
		return nil
	}
	if err := s.limitHit(r, s.spendSignIn(r.Context(), user)); err != nil {
		return err
	}
	session, token, err := s.o.Auth.Issue(user)
	if err == nil {
		err = s.o.Auth.Record(r.Context(), session)
	}
	if err != nil {
		s.redirectFailed(w, r, err)
		return nil
	}
	s.loggedSignIn(r, session)
	s.setSession(w, session, token)
	redirect(w, r, returnTo)
	return nil
}

// redirectFailed returns the browser to the app, which shows that the sign-in
// failed. A person is looking, who cannot use a problem in JSON.
func (s *Server) redirectFailed(w http.ResponseWriter, r *http.Request, err error) {
	s.faultOf(r.Context(), err)
	redirect(w, r, signInFailed)
}

func redirect(w http.ResponseWriter, r *http.Request, location string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, location, http.StatusFound)
}

// siteOf returns the scheme and host that browsers use for this site.
func (s *Server) siteOf(r *http.Request) string {
	switch {
	case s.o.PublicURL != "":
		return s.o.PublicURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// elsewhere reports whether the browser used another host than the public URL's,
// such as localhost for 127.0.0.1. The provider redirects to the public URL, where
// a cookie set here would be missing. A proxy that rewrites hosts looks the same,
// so act on this only once.
func (s *Server) elsewhere(r *http.Request) bool {
	public, err := url.Parse(s.o.PublicURL)
	return err == nil && public.Host != "" && public.Host != r.Host
}
