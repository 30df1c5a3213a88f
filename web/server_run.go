package web

import (
	"context"
	"sync"
	"time"
)

const (
	// revokedPause is how often the sessions of live sockets are compared with the
	// revoked ones, in case a message between nodes was lost.
	revokedPause = 5 * time.Second
	// revokedBatch is how many sessions one call checks.
	revokedBatch = 1000
	// endGrace is how long purchases in flight may continue undisturbed at the end.
	endGrace = 5 * time.Second
)

// Run does the background work of sockets until ctx ends. Then it waits for
// purchases in flight and returns. Drain the hub before.
func (s *Server) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	loops.Go(func() { s.broadcastSeats(ctx) })
	loops.Go(func() { s.releaseLapsed(ctx) })
	loops.Go(func() { s.board.Run(ctx) })
	loops.Go(func() { s.board.RunWaiting(ctx) })
	loops.Go(func() { s.closeRevoked(ctx) })
	loops.Wait()
	s.live.end(endGrace)
	return nil
}

// closeRevoked closes the sockets of revoked sessions after each pause, and at once when
// SessionsCutOff asks, until ctx ends.
func (s *Server) closeRevoked(ctx context.Context) {
	ticker := time.NewTicker(revokedPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.live.recheck:
		}
		s.closeRevokedOnce(ctx)
	}
}

// closeRevokedOnce closes the sockets of revoked sessions.
func (s *Server) closeRevokedOnce(ctx context.Context) {
	for sessions := s.live.sessions(); len(sessions) > 0; {
		batch := sessions[:min(len(sessions), revokedBatch)]
		sessions = sessions[len(batch):]
		bounded, cancel := context.WithTimeout(ctx, requestTime)
		revoked, err := s.o.Auth.RevokedAmong(bounded, batch)
		cancel()
		if err != nil {
			// The next round checks again.
			if ctx.Err() == nil {
				s.log.Warn("checking for revoked sessions failed: the next round checks again", "error", err)
			}
			return
		}
		for _, sid := range revoked {
			s.SessionRevoked(sid)
		}
	}
}

// releases are users whose places lapsed and whose holds are to be released. Those
// of one season are released in one call.
type releases struct {
	wake chan struct{} // has a token while users are pending

	mu      *sync.Mutex
	pending map[string]map[string]bool // season → users
}

func newReleases() releases {
	return releases{wake: make(chan struct{}, 1), mu: &sync.Mutex{}, pending: map[string]map[string]bool{}}
}

func (r *releases) add(season, user string) {
	r.mu.Lock()
	if r.pending[season] == nil {
		r.pending[season] = map[string]bool{}
	}
	r.pending[season][user] = true
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *releases) take() map[string]map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	pending := r.pending
	r.pending = map[string]map[string]bool{}
	return pending
}

// releaseLapsed releases the holds of lapsed users until ctx ends. A failure is not
// retried, because booking's tick releases the holds anyway.
func (s *Server) releaseLapsed(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.live.releases.wake:
		}
		for season, pending := range s.live.releases.take() {
			users := make([]string, 0, len(pending))
			for user := range pending {
				users = append(users, user)
			}
			bounded, cancel := context.WithTimeout(ctx, requestTime)
			s.releaseInactive(bounded, season, users...)
			cancel()
		}
	}
}
