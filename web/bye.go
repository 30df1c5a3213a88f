package web

import (
	"time"

	"usher/internal/wire"
)

// Bye encodes the frame that goes before a close which the server starts; it is
// the hub's Options.Bye.
func Bye(reason string, reconnectAfter time.Duration) []byte {
	return wire.Encode(wire.Bye{Reason: reason, ReconnectAfterMs: reconnectAfter.Milliseconds()})
}
