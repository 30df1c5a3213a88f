package web

import (
	"net/http"
	"sync"
	"time"

	"usher/internal/auth"
	"usher/internal/fault"
)

// What bears on security is logged at info, without tokens and without whole
// addresses: who signed in with a role, who was refused what, whose sessions were
// ended and who was put out.

// limitLogPause is how often limits that are hit are logged; what came between is
// counted.
const limitLogPause = 10 * time.Second

// sampled lets one line through in a while. Safe for concurrent use.
type sampled struct {
	mu     sync.Mutex
	last   time.Time
	missed int
}

// next reports whether to log now, and how many were not logged since the last.
func (l *sampled) next(now time.Time) (missed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.last.IsZero() && now.Sub(l.last) < limitLogPause {
		l.missed++
		return 0, false
	}
	missed, l.missed, l.last = l.missed, 0, now
	return missed, true
}

// limitHit logs a refusal by a limit and returns it.
func (s *Server) limitHit(r *http.Request, err error) error {
	if !fault.Is(err, fault.RateLimited) {
		return err
	}
	if missed, ok := s.limitLog.next(time.Now()); ok {
		s.log.Info("security: limit hit", "route", routeOf(r), "network", coarse(addressOf(r.Context())), "more", missed, "request", requestID(r.Context()))
	}
	return err
}

// loggedSignIn logs that somebody with a role has signed in.
func (s *Server) loggedSignIn(r *http.Request, session auth.Session) {
	if len(session.User.Roles) > 0 {
		s.log.Info("security: signed in with a role", "user", session.User.ID, "roles", session.User.Roles,
			"network", coarse(addressOf(r.Context())), "request", requestID(r.Context()))
	}
}

// loggedRefusal logs that somebody asked for what only a role may do.
func (s *Server) loggedRefusal(r *http.Request, session auth.Session, role string) {
	s.log.Info("security: refused for lack of a role", "user", session.User.ID, "wanted", role, "method", r.Method, "route", routeOf(r),
		"network", coarse(addressOf(r.Context())), "request", requestID(r.Context()))
}
