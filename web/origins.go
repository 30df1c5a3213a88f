package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"usher/internal/fault"
	"usher/internal/text"
)

// origins decides which pages may act in a signed-in user's name.
type origins struct {
	public  string   // scheme and host of this site; "" when only the Host header tells
	allowed []string // other sites that may
}

func newOrigins(public string, allowed []string) origins {
	return origins{public: text.Fold(public), allowed: lower(allowed)}
}

func lower(texts []string) []string {
	out := make([]string, len(texts))
	for i, origin := range texts {
		out[i] = text.Fold(origin)
	}
	return out
}

// allows reports whether a page of this origin may act here. A page whose host
// is the one it was asked for is of this site too, for a cookie is only ever
// sent to its own host; but if this site is https, plain http is not.
func (o origins) allows(origin, host string) bool {
	origin = text.Fold(origin)
	if origin == o.public && origin != "" || slices.Contains(o.allowed, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Host != text.Fold(host) {
		return false
	}
	return !o.secure() || u.Scheme == "https"
}

// ours reports whether a URL lies on this site or on an allowed one.
func (s *Server) ours(address, host string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	return (u.Scheme == "http" || u.Scheme == "https") && s.origins.allows(u.Scheme+"://"+u.Host, host)
}

// secure reports whether browsers reach this site over https.
func (o origins) secure() bool { return strings.HasPrefix(o.public, "https://") }

// checkOrigin refuses what a page of another site makes a signed-in browser
// send: a write or an upgrade that brings the session's cookie. Whoever brings
// a bearer token has it from no browser's jar and needs no Origin.
func (s *Server) checkOrigin(r *http.Request) error {
	if _, from := tokenOf(r, s.cookieName(sessionCookie)); from != fromCookie {
		return nil
	}
	if isUpgrade(r) {
		// Browsers always name the origin of an upgrade, so one without it is
		// nothing a cookie should vouch for.
		return s.checkSite(r, false)
	}
	if isSafe(r.Method) {
		return nil
	}
	return s.checkSite(r, true)
}

// checkForeign refuses what a page of another site sends, with or without the
// cookie: a sign-in would put its victim into the attacker's session. Programs
// that are no browsers send neither header and pass.
func (s *Server) checkForeign(r *http.Request) error {
	if r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
		return nil
	}
	return s.checkSite(r, true)
}

// checkSite wants an allowed Origin, or, where metadata will do, the browser's
// word that the request comes from this very origin.
func (s *Server) checkSite(r *http.Request, metadata bool) error {
	origin := r.Header.Get("Origin")
	switch {
	case origin != "" && s.origins.allows(origin, r.Host):
		return nil
	case origin != "":
		return fault.New(fault.BadOrigin, "pages of %.100q may not act here", origin)
	case metadata && r.Header.Get("Sec-Fetch-Site") == "same-origin":
		return nil
	}
	return fault.New(fault.BadOrigin, "with a cookie this needs an Origin header of this site; a bearer token needs none")
}

func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// cors lets the pages of allowed origins read answers, and answers their
// browsers' preflights. Other origins get no such header: their browsers refuse
// by themselves.
func (s *Server) cors(next http.Handler) http.Handler {
	if len(s.origins.allowed) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if !slices.Contains(s.origins.allowed, text.Fold(origin)) {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "ETag, Location, Retry-After, X-Request-Id")
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-None-Match")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}
