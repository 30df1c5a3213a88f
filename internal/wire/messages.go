package wire

import "encoding/json"

// Message is a frame the server sends. [Encode] writes it, [Parse] reads it.
//
// A message that answers a request carries the request's id as Re, verbatim;
// one that comes by itself has none.
type Message interface {
	// Type is what stands under "type".
	Type() string
}

// Welcome is the first frame: everything a page needs to draw itself, so that
// reconnecting is resuming.
type Welcome struct {
	Status           Status `json:"status"`
	Cart             Cart   `json:"cart"`
	User             User   `json:"user"`
	Season           string `json:"season"`
	Protocol         string `json:"protocol"`
	HeartbeatSeconds int    `json:"heartbeatSeconds"` // between two pings of the server
}

// StatusMessage tells a change of state, or answers status, join, enter, leave.
type StatusMessage struct {
	Re     json.RawMessage `json:"re,omitempty"`
	Status Status          `json:"status"`
}

// Position tells a waiting user's place, counted from 1.
type Position struct {
	Position   int  `json:"position"`
	Waiting    int  `json:"waiting"`
	ETASeconds *ETA `json:"etaSeconds"` // null while no rate is known
}

// Turn says that the turn has come: enter before the status' deadline.
type Turn struct {
	Status Status `json:"status"`
}

// Lapsed says that a place or a turn was lost, and why.
type Lapsed struct {
	Reason string `json:"reason"` // turn_missed, idle, session_ended, put_out, absent
	Status Status `json:"status"`
}

// CartMessage tells a change of the cart, or answers hold and release.
type CartMessage struct {
	Re     json.RawMessage `json:"re,omitempty"`
	Cart   Cart            `json:"cart"`
	Reason string          `json:"reason,omitempty"` // expired
}

// SeatNames answers seats in the format names: every seat that is not
// available, with its status.
type SeatNames struct {
	Re      json.RawMessage   `json:"re,omitempty"`
	Version int64             `json:"version"`
	Seats   map[string]string `json:"seats"` // never null
}

// SeatBitmaps answers seats in the format bitmap: a bit per index of the plan,
// base64, bit 7 of byte 0 being index 0. A seat in none of them is available. A
// bitmap may end before Count: what is missing is 0.
type SeatBitmaps struct {
	Re            json.RawMessage `json:"re,omitempty"`
	Version       int64           `json:"version"`
	Count         int             `json:"count"` // seats in the plan
	Unavailable   []byte          `json:"unavailable"`
	InTransaction []byte          `json:"inTransaction"`
	Booked        []byte          `json:"booked"`
}

// Changes are the seats whose status changed, with their status at Version. With Plan
// the seat plan is another one: seats may be new, and prices may have changed.
type Changes struct {
	Version int64             `json:"version"`
	Plan    int64             `json:"plan,omitempty"` // the plan's version
	Seats   map[string]string `json:"seats"`          // never null
}

// TransactionMessage answers purchase, or tells how a purchase was settled.
type TransactionMessage struct {
	Re          json.RawMessage `json:"re,omitempty"`
	Transaction Transaction     `json:"transaction"`
}

// Error says why a request was refused. The socket stays open.
type Error struct {
	Re     json.RawMessage `json:"re,omitempty"`
	Code   string          `json:"code"`
	Detail string          `json:"detail"`
	Seats  []string        `json:"seats,omitempty"` // the ones in the way, where the code names seats
}

// Bye comes just before a close that the server starts.
type Bye struct {
	Reason           string `json:"reason"`           // a Close's
	ReconnectAfterMs int64  `json:"reconnectAfterMs"` // 0: no particular wait
}

// Pong answers ping.
type Pong struct {
	Re json.RawMessage `json:"re,omitempty"`
}

// Help answers help.
type Help struct {
	Re    json.RawMessage `json:"re,omitempty"`
	Types []HelpType      `json:"types"`
}

// HelpType is one type a client may send. The examples stand in the frame as
// plain JSON, so that what a terminal shows can be copied and sent.
type HelpType struct {
	Type    string          `json:"type"`
	With    []string        `json:"with"` // the fields it takes beside type and id; never null
	Answer  string          `json:"answer"`
	Example json.RawMessage `json:"example"`
	Another json.RawMessage `json:"another,omitempty"` // where one example does not show all
}

// Type implements Message.
func (Welcome) Type() string { return "welcome" }

// Type implements Message.
func (StatusMessage) Type() string { return "status" }

// Type implements Message.
func (Position) Type() string { return "position" }

// Type implements Message.
func (Turn) Type() string { return "turn" }

// Type implements Message.
func (Lapsed) Type() string { return "lapsed" }

// Type implements Message.
func (CartMessage) Type() string { return "cart" }

// Type implements Message.
func (SeatNames) Type() string { return "seats" }

// Type implements Message.
func (SeatBitmaps) Type() string { return "seats" }

// Type implements Message.
func (Changes) Type() string { return "changes" }

// Type implements Message.
func (TransactionMessage) Type() string { return "transaction" }

// Type implements Message.
func (Error) Type() string { return "error" }

// Type implements Message.
func (Bye) Type() string { return "bye" }

// Type implements Message.
func (Pong) Type() string { return "pong" }

// Type implements Message.
func (Help) Type() string { return "help" }
