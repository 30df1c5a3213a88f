package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"usher/internal/fault"
)

const (
	redirectPath = "/auth/google"
	callbackPath = "/auth/google/callback"
	signInFailed = "/?signin=failed"
	signInLife   = 10 * time.Minute // how long somebody may take at the provider
	rehosted     = "rehosted"       // set once the browser has been sent to the public URL
)

// getGoogle sends the browser to the provider, to come back to the callback and
// from there to ?returnTo, or else to the page of ?season.
func (s *Server) getGoogle(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	if s.elsewhere(r) && !query.Has(rehosted) {
		query.Set(rehosted, "1")
		redirect(w, r, s.o.PublicURL+redirectPath+"?"+query.Encode())
		return nil
	}
	returnTo := query.Get("returnTo")
	if season := query.Get("season"); returnTo == "" && season != "" {
		returnTo = "/?" + url.Values{"season": {season}}.Encode()
	}
	location, cookie, err := s.o.Auth.BeginRedirect(r.Context(), s.siteOf(r)+callbackPath, returnTo)
	if err != nil {
		s.redirectFailed(w, r, err)
		return nil
	}
	s.dropOldSignIns(w, r)
	s.setCookie(w, signInCookieOf(stateOf(location)), cookie, signInLife)
	redirect(w, r, location)
	return nil
}

// maxSignIns is how many sign-ins one browser may have under way, in as many tabs:
// their cookies must fit into a request's header.
const maxSignIns = 4

// signInCookieOf is the cookie of one sign-in under way, named by its state, so that
// two tabs do not take each other's.
func signInCookieOf(state string) string { return signInCookie + "_" + state }

func stateOf(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	return u.Query().Get("state")
}

// dropOldSignIns makes room for one more sign-in. Browsers send older cookies first.
func (s *Server) dropOldSignIns(w http.ResponseWriter, r *http.Request) {
	var underWay []string
	for _, c := range r.Cookies() {
		if state, is := strings.CutPrefix(c.Name, s.cookieName(signInCookie)+"_"); is {
			underWay = append(underWay, state)
		}
	}
	for len(underWay) >= maxSignIns {
		s.clearCookie(w, signInCookieOf(underWay[0]))
		underWay = underWay[1:]
	}
}

// getGoogleCallback takes the browser back from the provider. It joins nothing:
// the page does, once its socket is open. A callback that is loaded again finds
// its cookie gone; with the session of the first time it just goes on.
func (s *Server) getGoogleCallback(w http.ResponseWriter, r *http.Request) error {
	var began string
	cookie := signInCookieOf(r.URL.Query().Get("state"))
	if c, err := r.Cookie(s.cookieName(cookie)); err == nil {
		began = c.Value
		s.clearCookie(w, cookie)
	}
	user, returnTo, err := s.o.Auth.FinishRedirect(r.Context(), s.siteOf(r)+callbackPath, began, r.URL.Query())
	if err != nil {
		if _, signedOut := s.authenticate(r); began == "" && signedOut == nil {
			redirect(w, r, "/")
			return nil
		}
		// A sign-in that began here and has not come back before is never refused by
		// its address: a stadium may share one.
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

// redirectFailed shows the browser the app again, which says that signing in
// failed: a person is looking, and can do nothing with a problem in JSON.
func (s *Server) redirectFailed(w http.ResponseWriter, r *http.Request, err error) {
	s.faultOf(r.Context(), err)
	redirect(w, r, signInFailed)
}

func redirect(w http.ResponseWriter, r *http.Request, location string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, location, http.StatusFound)
}

// siteOf returns the scheme and host under which browsers reach this site.
func (s *Server) siteOf(r *http.Request) string {
	switch {
	case s.o.PublicURL != "":
		return s.o.PublicURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// elsewhere reports whether the browser came under another name than the public
// URL's, as with localhost for 127.0.0.1. The provider will send it back to the
// public one, where a cookie set here would be missing. A proxy that renames
// hosts looks the same, so this may be acted on only once.
func (s *Server) elsewhere(r *http.Request) bool {
	public, err := url.Parse(s.o.PublicURL)
	return err == nil && public.Host != "" && public.Host != r.Host
}
