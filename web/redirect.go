package web

import (
	"net/http"
	"strings"
	"time"
)

const (
	callbackPath   = "/auth/google/callback"
	signInLife     = 10 * time.Minute // how long the redirect flow may take at the provider
	signInFailed   = "/?signin=failed"
	maxReturnTo    = 512
	defaultLanding = "/"
)

// getGoogle sends the browser to the provider, to come back to the callback and
// from there to ?returnTo.
func (s *Server) getGoogle(w http.ResponseWriter, r *http.Request) error {
	location, cookie, err := s.o.Auth.BeginRedirect(r.Context(), s.siteOf(r)+callbackPath, localPath(r.URL.Query().Get("returnTo")))
	if err != nil {
		s.redirectFailed(w, r, err)
		return nil
	}
	s.setCookie(w, signInCookie, cookie, signInLife)
	redirect(w, r, location)
	return nil
}

// getGoogleCallback takes the browser back from the provider. It joins nothing:
// the page does, once its socket is open. A callback that is loaded again finds
// its cookie gone; with the session of the first time it just goes on.
func (s *Server) getGoogleCallback(w http.ResponseWriter, r *http.Request) error {
	var state string
	if c, err := r.Cookie(s.cookieName(signInCookie)); err == nil {
		state = c.Value
	}
	s.clearCookie(w, signInCookie)
	user, returnTo, err := s.o.Auth.FinishRedirect(r.Context(), s.siteOf(r)+callbackPath, state, r.URL.Query())
	if err != nil {
		if _, signedIn := s.authenticate(r); state == "" && signedIn == nil {
			redirect(w, r, defaultLanding)
			return nil
		}
		s.redirectFailed(w, r, err)
		return nil
	}
	session, token, err := s.o.Auth.Issue(user)
	if err != nil {
		s.redirectFailed(w, r, err)
		return nil
	}
	s.setSession(w, session, token)
	redirect(w, r, localPath(returnTo))
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

// siteOf returns the scheme and host under which the browser reached this site.
func (s *Server) siteOf(r *http.Request) string {
	switch {
	case s.o.PublicURL != "":
		return s.o.PublicURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// localPath returns a path of this site, "/" for anything that a browser might
// take for another one.
func localPath(path string) string {
	if len(path) > maxReturnTo || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") ||
		strings.ContainsFunc(path, func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }) {
		return defaultLanding
	}
	return path
}
