package web

import "context"

// CloseRevokedOnce is one round of the loop that closes the sockets of revoked
// sessions.
func (s *Server) CloseRevokedOnce(ctx context.Context) { s.closeRevokedOnce(ctx) }

// FollowPurchasesOnce is one round of the loop that looks at pending purchases,
// and returns how many there still are.
func (s *Server) FollowPurchasesOnce(ctx context.Context) int {
	s.followPurchasesOnce(ctx)
	return len(s.live.pending.all())
}
