package auth

import "time"

// RevokedKey is the key of a session's revocation.
func RevokedKey(session string) string { return revokedKey(session) }

// SetSilence shortens how long a subscription may be silent. Call it before Run.
func (a *Auth) SetSilence(d time.Duration) { a.silence = d }
