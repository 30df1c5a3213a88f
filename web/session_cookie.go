package web

import (
	"net/http"
	"strings"
	"time"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/limit"
	"usher/internal/text"
)

// The cookies. Under https their names begin with __Host-, so that no other host of
// the domain can set them.
const (
	sessionCookie = "usher_session"
	signInCookie  = "usher_signin" // prefix of the cookies of sign-ins in progress, see signInCookieOf
)

// source is where a session token was found.
type source int

const (
	fromNowhere source = iota
	fromBearer
	fromCookie
)

// tokenOf returns the session token of a request. A bearer token takes precedence
// over the cookie, even an invalid one, because the client has named a session
// explicitly.
func tokenOf(r *http.Request, cookie string) (string, source) {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && text.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token), fromBearer
	}
	if c, err := r.Cookie(cookie); err == nil && c.Value != "" {
		return c.Value, fromCookie
	}
	return "", fromNowhere
}

// authenticate returns the caller's session, by bearer token or cookie, and takes
// one from each budget of the user. For writes and upgrades call checkOrigin too.
func (s *Server) authenticate(r *http.Request, budgets ...limit.Budget) (auth.Session, error) {
	token, from := tokenOf(r, s.cookieName(sessionCookie))
	if from == fromNowhere {
		return auth.Session{}, fault.New(fault.Unauthenticated, "sign in first: send a bearer token or the session cookie")
	}
	session, err := s.o.Auth.Authenticate(r.Context(), token, budgets...)
	return session, s.limitHit(r, err)
}

func (s *Server) cookieName(base string) string {
	if s.origins.secure() {
		return "__Host-" + base
	}
	return base
}

// setCookie sets a cookie for this host only, which scripts cannot read and which
// writes from other sites do not carry.
func (s *Server) setCookie(w http.ResponseWriter, base, value string, life time.Duration) {
	c := &http.Cookie{
		Name: s.cookieName(base), Value: value, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.origins.secure(),
		MaxAge: int(life.Seconds()),
	}
	if value == "" || c.MaxAge <= 0 {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
}

func (s *Server) clearCookie(w http.ResponseWriter, base string) { s.setCookie(w, base, "", 0) }
