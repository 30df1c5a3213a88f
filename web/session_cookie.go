package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/limit"
	"usher/internal/text"
)

// The cookies. Under https their names begin with __Host-, so that no other host of
// the domain can set them. The session cookie of a domain has no such name: its other
// hosts get the cookie too.
const (
	sessionCookie = "usher_session"
	guestCookie   = "usher_guest"  // who a browser without an account is
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
	if s.origins.secure() && s.cookieDomain(base) == "" {
		return "__Host-" + base
	}
	return base
}

// cookieDomain returns the domain of a cookie, "" for this host alone.
func (s *Server) cookieDomain(base string) string {
	if base == sessionCookie {
		return s.o.CookieDomain
	}
	return ""
}

// CheckCookieDomain returns what is wrong with a domain for the session cookie of a site.
func CheckCookieDomain(domain, publicURL string) error {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" {
		return fmt.Errorf("%q needs --public-url, whose host the domain must contain", domain)
	}
	host := strings.ToLower(u.Hostname())
	_, err = netip.ParseAddr(domain)
	switch {
	case err == nil, !strings.Contains(domain, "."), strings.HasPrefix(domain, "."), strings.ContainsAny(domain, ":/ "):
		return fmt.Errorf("%q is not a domain such as example.org", domain)
	case host != strings.ToLower(domain) && !strings.HasSuffix(host, "."+strings.ToLower(domain)):
		return fmt.Errorf("%q does not contain %s, the host of --public-url: browsers would refuse the cookie", domain, host)
	}
	return nil
}

// setCookie sets a cookie for this host or its domain, which scripts cannot read and which
// writes from other sites do not carry.
func (s *Server) setCookie(w http.ResponseWriter, base, value string, life time.Duration) {
	c := &http.Cookie{
		Name: s.cookieName(base), Value: value, Path: "/", Domain: s.cookieDomain(base),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.origins.secure(),
		MaxAge: int(life.Seconds()),
	}
	if value == "" || c.MaxAge <= 0 {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
}

func (s *Server) clearCookie(w http.ResponseWriter, base string) { s.setCookie(w, base, "", 0) }
