package web

import (
	"context"
	"time"
)

// CloseRevokedOnce is one round of the loop that closes the sockets of revoked
// sessions.
func (s *Server) CloseRevokedOnce(ctx context.Context) { s.closeRevokedOnce(ctx) }

// SetUpgrades changes how many requests become sockets at once, and how long
// a further request waits. Call it before the first request.
func (s *Server) SetUpgrades(room int, patience time.Duration) {
	s.upgrades = newWorkQueue("sockets", room, 0, patience)
}
