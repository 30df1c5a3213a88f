// Package wire is Usher's protocol as Go types: the JSON shapes that HTTP and the
// socket share, the messages of the socket in both directions, and its close codes.
// It owns the shapes and their strict decoding; it never decides what a message
// does.
//
// # Protocol flow
//
//	client                          server
//	GET /ws?season=S  ───────────▶
//	                  ◀───────────  101, then welcome (status, cart, user)
//	{"type":"join"}   ───────────▶
//	                  ◀───────────  status, re
//	                  ◀───────────  position … position
//	                  ◀───────────  turn
//	{"type":"enter"}  ───────────▶
//	                  ◀───────────  status (active), re
//	{"type":"seats"}  ───────────▶
//	                  ◀───────────  seats, re; then changes … changes
//	{"type":"hold"}   ───────────▶
//	                  ◀───────────  cart, re
//	{"type":"purchase"} ─────────▶
//	                  ◀───────────  transaction, re
//	                  ◀───────────  bye, then a close frame, if the server ends it
//
// Every frame is one JSON object on one line. An answer carries the request's id as
// re.
//
// Entry points: [Decode] reads a client's frame strictly; [Encode] writes the
// server's; [Parse] and [EncodeRequest] are for clients written in Go. The files in
// testdata contain every message once; the browser app's tests read them too.
package wire

// Protocol is the name of this version of the socket's protocol, and of the
// optional WebSocket subprotocol.
const Protocol = "usher.v1"

// MaxFrame is the longest frame a client may send, in bytes.
const MaxFrame = 8 << 10
