package wire

import "encoding/json"

// Message is a frame that the server sends. [Encode] writes it, [Parse] reads it.
//
// A message that answers a request carries the request's id as Re, unchanged; other
// messages have none.
type Message interface {
	// Type is the value of "type".
	Type() string
}

// Welcome is the first frame: everything that a page shows, so that a client
// resumes by reconnecting.
type Welcome struct {
	Status           Status `json:"status"`
	Cart             Cart   `json:"cart"`
	User             User   `json:"user"`
	Season           string `json:"season"`
	Protocol         string `json:"protocol"`
	HeartbeatSeconds int    `json:"heartbeatSeconds"` // between two pings of the server
	Sale             *Sale  `json:"sale"`             // null while this node has not read the seats
}

// SaleMessage announces a change of the sale's public state, to every socket of the
// season.
type SaleMessage struct {
	Sale Sale `json:"sale"`
}

// Waiting announces how many are in line, or have gathered for the opening: to every
// socket of the season.
type Waiting struct {
	Waiting int `json:"waiting"`
}

// StatusMessage announces a change of state, or answers status, join, enter, leave.
type StatusMessage struct {
	Re     json.RawMessage `json:"re,omitempty"`
	Status Status          `json:"status"`
}

// Position announces a waiting user's position, counted from 1.
type Position struct {
	Position   int  `json:"position"`
	Waiting    int  `json:"waiting"`
	ETASeconds *ETA `json:"etaSeconds"` // null while no rate is known
}

// Turn announces the user's turn: enter before the status' deadline.
type Turn struct {
	Status Status `json:"status"`
}

// Lapsed announces that a place or a turn was lost, and why.
type Lapsed struct {
	Reason string `json:"reason"` // turn_missed, idle, session_ended, put_out, absent, season_closed
	Status Status `json:"status"`
}

// CartMessage announces a change of the cart, or answers hold and release.
type CartMessage struct {
	Re     json.RawMessage `json:"re,omitempty"`
	Cart   Cart            `json:"cart"`
	Reason string          `json:"reason,omitempty"` // expired
}

// SeatNames answers seats in the format names: every seat that is not available,
// with its status.
type SeatNames struct {
	Re      json.RawMessage   `json:"re,omitempty"`
	Version int64             `json:"version"`
	Seats   map[string]string `json:"seats"` // never null
	Areas   []Area            `json:"areas,omitempty"`
}

// SeatBitmaps answers seats in the format bitmap: a bit per index of the plan,
// base64; bit 7 of byte 0 is index 0. A seat in no bitmap is available. A bitmap
// may end before Count: missing bits are 0.
type SeatBitmaps struct {
	Re            json.RawMessage `json:"re,omitempty"`
	Version       int64           `json:"version"`
	Count         int             `json:"count"` // seats in the plan
	Unavailable   []byte          `json:"unavailable"`
	InTransaction []byte          `json:"inTransaction"`
	Booked        []byte          `json:"booked"`
	Areas         []Area          `json:"areas,omitempty"`
}

// Changes are the seats whose status changed, with their status at Version. With
// Plan the seat plan has changed: there may be new seats and prices.
type Changes struct {
	Version int64             `json:"version"`
	Plan    int64             `json:"plan,omitempty"`  // the plan's version
	Seats   map[string]string `json:"seats"`           // never null
	Areas   []Area            `json:"areas,omitempty"` // of which a count or the offer changed
}

// TransactionMessage answers purchase, or announces the outcome of a purchase.
type TransactionMessage struct {
	Re          json.RawMessage `json:"re,omitempty"`
	Transaction Transaction     `json:"transaction"`
}

// Error says why a request was refused. The socket stays open.
type Error struct {
	Re     json.RawMessage `json:"re,omitempty"`
	Code   string          `json:"code"`
	Detail string          `json:"detail"`
	Seats  []string        `json:"seats,omitempty"` // the seats that prevent the request, if the code has seats
}

// Bye is sent before a close that the server starts.
type Bye struct {
	Reason           string `json:"reason"`           // the Reason of a Close
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

// HelpType is one type of request. The examples are plain JSON in the frame, so
// that they can be copied from a terminal and sent.
type HelpType struct {
	Type    string          `json:"type"`
	With    []string        `json:"with"` // its fields except type and id; never null
	Answer  string          `json:"answer"`
	Example json.RawMessage `json:"example"`
	Another json.RawMessage `json:"another,omitempty"` // a second example, if one does not show every field
}

// Type implements Message.
func (Welcome) Type() string { return "welcome" }

// Type implements Message.
func (SaleMessage) Type() string { return "sale" }

// Type implements Message.
func (Waiting) Type() string { return "waiting" }

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
