package web

import (
	"net/http"
	"sync"
	"time"

	"usher/internal/auth"
	"usher/internal/fault"
)

// Security events are logged at info with the prefix "security:", without tokens
// and without whole addresses: sign-ins with a role, refusals, ended sessions,
// removed users.

// limitLogPause is the shortest interval between two lines of one kind; lines in
// between are counted.
const limitLogPause = 10 * time.Second

// sampled lets one line pass per limitLogPause. Safe for concurrent use.
type sampled struct {
	mu     sync.Mutex
	last   time.Time
	missed int
}

// next reports whether to log now, and how many lines were dropped since the last
// one.
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

// limitHit logs a rate_limited error, and returns err.
func (s *Server) limitHit(r *http.Request, err error) error {
	if !fault.Is(err, fault.RateLimited) {
		return err
	}
	if missed, ok := s.limitLog.next(time.Now()); ok {
		s.log.Info("security: limit hit", "route", routeOf(r), "network", coarse(addressOf(r.Context())), "more", missed, "request", requestID(r.Context()))
	}
	return err
}

// loggedSignIn logs the sign-in of a user with a role.
func (s *Server) loggedSignIn(r *http.Request, session auth.Session) {
	if len(session.User.Roles) > 0 {
		s.log.Info("security: signed in with a role", "user", session.User.ID, "roles", session.User.Roles,
			"network", coarse(addressOf(r.Context())), "request", requestID(r.Context()))
	}
}

// loggedRefusal logs a request that was refused because the user lacks a role.
func (s *Server) loggedRefusal(r *http.Request, session auth.Session, role string) {
	s.log.Info("security: refused for lack of a role", "user", session.User.ID, "wanted", role, "method", r.Method, "route", routeOf(r),
		"network", coarse(addressOf(r.Context())), "request", requestID(r.Context()))
}
