package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"usher/internal/fault"
	"usher/internal/text"
)

// origins decides which pages may act in the name of a signed-in user.
type origins struct {
	public  string   // scheme and host of this site; "" when only the Host header tells them
	allowed []string // other sites whose pages may act
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

// allows reports whether a page of this origin may act here. A page with the host
// of the request belongs to this site, because a cookie is sent to its own host
// only. Exception: when this site is https, a page over plain http does not belong
// to it.
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

// ours reports whether a URL belongs to this site or an allowed one.
func (s *Server) ours(address, host string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	return (u.Scheme == "http" || u.Scheme == "https") && s.origins.allows(u.Scheme+"://"+u.Host, host)
}

// secure reports whether browsers use https for this site.
func (o origins) secure() bool { return strings.HasPrefix(o.public, "https://") }

// checkOrigin refuses writes and upgrades that carry the session cookie but come
// from a page of another site. A bearer token needs no Origin, because browsers do
// not attach one by themselves.
func (s *Server) checkOrigin(r *http.Request) error {
	if _, from := tokenOf(r, s.cookieName(sessionCookie)); from != fromCookie {
		return nil
	}
	if isUpgrade(r) {
		// Browsers always send the origin of an upgrade, so an upgrade without one
		// is refused when it carries a cookie.
		return s.checkSite(r, false)
	}
	if isSafe(r.Method) {
		return nil
	}
	return s.checkSite(r, true)
}

// checkReader applies the rule of upgrades to a stream of events, because a new stream
// closes the user's older socket. With a GET to its own site a browser sends no Origin
// but Sec-Fetch-Site, or, if it is older than that header, a Referer: this site's pages
// ask for one.
func (s *Server) checkReader(r *http.Request) error {
	if _, from := tokenOf(r, s.cookieName(sessionCookie)); from != fromCookie {
		return nil
	}
	if r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
		if u, err := url.Parse(r.Referer()); err == nil && u.Host != "" && s.ours(u.Scheme+"://"+u.Host, r.Host) {
			return nil
		}
	}
	return s.checkSite(r, true)
}

// checkForeign refuses requests from pages of other sites, with or without a
// cookie: a forged sign-in would put the victim into the attacker's session.
// Programs other than browsers send neither header and pass.
func (s *Server) checkForeign(r *http.Request) error {
	if r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
		return nil
	}
	return s.checkSite(r, true)
}

// checkSite requires an allowed Origin, or, if metadata is true, Sec-Fetch-Site:
// same-origin.
func (s *Server) checkSite(r *http.Request, metadata bool) error {
	origin := r.Header.Get("Origin")
	switch {
	case origin != "" && s.origins.allows(origin, r.Host):
		return nil
	case origin != "":
		return fault.New(fault.BadOrigin, "pages of %.100q may not send this request; allow the origin with --allowed-origin", origin)
	case metadata && r.Header.Get("Sec-Fetch-Site") == "same-origin":
		return nil
	}
	return fault.New(fault.BadOrigin, "a request with a cookie needs an Origin header of this site; a request with a bearer token does not")
}

func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// cors lets pages of allowed origins read answers, and answers the preflight
// requests of their browsers. Other origins get no CORS headers, so their browsers
// refuse.
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

// CheckEmbedOrigin returns what is wrong with an origin whose pages shall hold /embed in a
// frame. The origin becomes part of a header, so it has the letters of a host name or an
// address and of a port only: no wildcard, no separator. On a site with https the page
// around the frame needs https too, for one over plain http can be changed on its way.
func CheckEmbedOrigin(origin, publicURL string) error {
	shape := regexp.MustCompile(`^https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$`)
	switch {
	case !shape.MatchString(origin):
		return fmt.Errorf("%q must be a scheme and a host in small letters only, as https://www.example, without a wildcard and without a slash at the end", origin)
	case strings.HasPrefix(text.Fold(publicURL), "https://") && !strings.HasPrefix(origin, "https://"):
		return fmt.Errorf("%q must begin with https://, because this site does", origin)
	}
	return nil
}

// challengeWidget is the widget that shows challenges; the zero value is none.
type challengeWidget struct{ SiteKey, Script string }

// origin is the only origin besides this site's that the widget may load from.
func (w challengeWidget) origin() string {
	u, err := url.Parse(w.Script)
	if err != nil {
		return "'none'" // the options were checked
	}
	return u.Scheme + "://" + u.Host
}

// allowedBy returns a page's policy that allows the widget too.
func (w challengeWidget) allowedBy(policy string) string {
	return strings.Replace(policy, "script-src 'self'", "script-src 'self' "+w.origin(), 1) + "; frame-src " + w.origin()
}
