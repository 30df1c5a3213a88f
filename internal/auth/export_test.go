package auth

import "time"

// SetSilence shortens how long a subscription may be silent. Call it before Run.
func (a *Auth) SetSilence(d time.Duration) { a.silence = d }
