package web

import "context"

// CloseRevokedOnce is one round of the loop that closes the sockets of revoked
// sessions.
func (s *Server) CloseRevokedOnce(ctx context.Context) { s.closeRevokedOnce(ctx) }
