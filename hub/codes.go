package hub

import (
	"math/rand/v2"
	"time"
)

// CloseCode is a WebSocket close code.
type CloseCode int

// The close codes that docs/protocol.md lists.
const (
	CloseReplaced  CloseCode = 4001 // a newer socket of the same user
	CloseLoggedOut CloseCode = 4002
	CloseExpired   CloseCode = 4003 // the token ran out
	CloseTooSlow   CloseCode = 4008 // it did not read
	CloseFlooding  CloseCode = 4009
	CloseTooLarge  CloseCode = 1009
	CloseRestart   CloseCode = 1012
	CloseBusy      CloseCode = 1013
)

// Codes of RFC 6455 for clients that break the protocol, and for internal errors.
const (
	CloseProtocol    CloseCode = 1002
	CloseUnsupported CloseCode = 1003 // a binary message
	CloseInvalidText CloseCode = 1007 // text that is not UTF-8
	CloseInternal    CloseCode = 1011

	closeNone CloseCode = 1005 // a close frame without a code; never on the wire
)

// Reasons the hub itself closes for: in the bye, in the close frame, given to
// Handler.Closed, and the label of usher_ws_closes_total. Callers of Close
// bring their own.
const (
	ReasonReplaced    = "replaced"
	ReasonExpired     = "expired"
	ReasonTooSlow     = "too_slow"
	ReasonFlooding    = "flooding"
	ReasonTooLarge    = "too_large"
	ReasonRestart     = "restarting"
	ReasonProtocol    = "protocol_error"
	ReasonUnsupported = "text_only"
	ReasonInvalidText = "invalid_text"
	ReasonInternal    = "internal"

	ReasonLeft = "left" // the client closed, with a close frame
	ReasonGone = "gone" // the connection broke
	ReasonDead = "dead" // silent for two heartbeats
)

// reconnectAfter is how long a bye tells a client to wait. Where docs/protocol.md
// says "with jitter" the delay is random, so that a crowd which is closed at once
// does not come back at once.
func reconnectAfter(code CloseCode) time.Duration {
	switch code {
	case CloseFlooding:
		return 30 * time.Second
	case CloseTooSlow, CloseBusy, CloseInternal:
		return time.Second + rand.N(4*time.Second)
	default:
		return 0
	}
}
