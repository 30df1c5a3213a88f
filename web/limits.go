package web

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httprate"

	"usher/internal/fault"
)

// limits bound how often one caller may ask; nil is off. They are counted on
// this node alone.
type limits struct {
	signIn   *httprate.RateLimiter // a minute and address
	requests *httprate.RateLimiter // a second and session
	upgrades *httprate.RateLimiter // a minute and session: an address may be a whole stadium
}

func newLimits(o Options) limits {
	limiter := func(limit int, window time.Duration) *httprate.RateLimiter {
		if limit <= 0 {
			return nil
		}
		return httprate.NewRateLimiter(limit, window,
			httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}))
	}
	return limits{
		signIn:   limiter(o.LimitSignIn, time.Minute),
		requests: limiter(o.LimitRequests, time.Second),
		upgrades: limiter(o.LimitUpgrades, time.Minute),
	}
}

// spend takes one request from a limiter's budget for key, or answers
// rate_limited, with Retry-After set.
func spend(w http.ResponseWriter, r *http.Request, limiter *httprate.RateLimiter, key string) error {
	if limiter == nil || !limiter.OnLimit(w, r, key) {
		return nil
	}
	return fault.New(fault.RateLimited, "too many requests; wait as long as Retry-After says")
}

// spendSession counts by the token, of which a session has exactly one, before
// anything is asked of a store. Whoever has none is told to sign in instead.
func (s *Server) spendSession(w http.ResponseWriter, r *http.Request, limiter *httprate.RateLimiter) error {
	token, from := tokenOf(r, s.cookieName(sessionCookie))
	if from == fromNowhere {
		return nil
	}
	return spend(w, r, limiter, token)
}

// limitedSignIn bounds sign-ins by address.
func (s *Server) limitedSignIn(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		address := httprate.CanonicalizeIP(middleware.GetClientIP(r.Context()))
		if err := spend(w, r, s.limits.signIn, address); err != nil {
			return err
		}
		return next(w, r)
	}
}

// upgrade bounds upgrades by session and hands them to the socket.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) error {
	if err := s.spendSession(w, r, s.limits.upgrades); err != nil {
		return err
	}
	s.socket(w, r)
	return nil
}

// clientAddress is the middleware that knows whose X-Forwarded-For to believe.
func (s *Server) clientAddress() func(http.Handler) http.Handler {
	if len(s.o.TrustedProxies) == 0 {
		return middleware.ClientIPFromRemoteAddr
	}
	trusted := make([]string, len(s.o.TrustedProxies))
	for i, prefix := range s.o.TrustedProxies {
		trusted[i] = prefix.String()
	}
	return middleware.ClientIPFromXFF(trusted...)
}
