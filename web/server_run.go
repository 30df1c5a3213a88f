package web

import (
	"context"
	"sync"
	"time"
)

const (
	// revokedPause is how often live sessions are compared with the revoked
	// ones, should a message between nodes have been lost.
	revokedPause = 5 * time.Second
	// revokedBatch is how many sessions are asked for in one call.
	revokedBatch = 1000
	// endGrace is how long purchases under way may go on undisturbed at the end.
	endGrace = 5 * time.Second
)

// Run does what the sockets need done beside their requests, until ctx ends;
// then it waits for purchases under way and returns. The hub should have been
// drained before.
func (s *Server) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	loops.Go(func() { s.broadcastSeats(ctx) })
	loops.Go(func() { s.releaseLapsed(ctx) })
	loops.Go(func() { every(ctx, revokedPause, s.closeRevokedOnce) })
	loops.Wait()
	s.live.end(endGrace)
	return nil
}

// every does once after each pause until ctx ends.
func every(ctx context.Context, pause time.Duration, once func(context.Context)) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			once(ctx)
		}
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
			// The next round asks again.
			if ctx.Err() == nil {
				s.log.Warn("not known which sessions are revoked", "error", err)
			}
			return
		}
		for _, sid := range revoked {
			s.SessionRevoked(sid)
		}
	}
}

// releases are users whose places lapsed and whose holds are to be given back.
// Those of a season go in one call.
type releases struct {
	wake chan struct{} // holds one token while somebody is pending

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

// releaseLapsed gives back the holds of lapsed users until ctx ends. What fails
// is not tried again here, for booking's tick does it anyway.
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
