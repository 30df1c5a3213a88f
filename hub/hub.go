package hub

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CloseCode is a WebSocket close code; its reason is its name in the contract.
type CloseCode int

// The close codes of the contract, section 5.
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

// Options configures a Hub. Zero values mean the defaults.
type Options struct {
	MaxSockets   int           // default 0: no limit
	OutboxBytes  int           // default 64 KiB: more pending than this is too slow
	WriteTimeout time.Duration // default 10 s: pending longer than this is too slow
	MaxFrame     int64         // default 8 KiB
	Rate         float64       // messages a second a socket may sustain; default 20
	Burst        int           // default 40
	// Bye encodes the frame sent just before a close the server starts.
	Bye        func(reason string, reconnectAfter time.Duration) []byte
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Key names whose socket it is: there is at most one live socket a key.
type Key struct{ Season, User string }

// Identity is what a registered socket belongs to.
type Identity struct {
	Key
	Session   string        // session id; CloseSession closes by it
	Conn      int64         // connection number; of two sockets of a key the higher wins
	ExpiresAt time.Time     // the socket is closed as expired then
	Heartbeat time.Duration // ping a socket silent for so long; one silent for two is dead
}

// Handler is told what a socket receives. Message is called in order, from one
// goroutine a socket, and its next frame is not read before it returns. frame is
// only valid during the call. Closed is called once, after the last Message.
type Handler interface {
	Message(s *Socket, frame []byte)
	Closed(s *Socket, reason string)
}

// Update is a message of which only the newest state matters. While a socket
// does not take it, newer ones merge into it.
type Update interface {
	// Merge returns one update that says what u and then newer said.
	Merge(newer Update) Update
	// Frame returns the encoded message. For an update sent to many it should be
	// encoded once; the bytes are not changed by the hub.
	Frame() []byte
}

// Slot is a place in an outbox for one kind of Update.
type Slot int

// The slots a socket has.
const (
	SlotPosition Slot = iota
	SlotSeats
	slots
)

// Hub holds the sockets of this node. Safe for concurrent use.
type Hub struct{ o Options }

// Socket is one live connection. Safe for concurrent use.
type Socket struct{ id Identity }

// New makes a hub.
func New(o Options) *Hub { return &Hub{o: o} }

// Upgrade turns a request into a socket that is not yet anybody's: it reads and
// sends nothing until Register. On an error the HTTP answer has been written.
// Origin and session are the caller's to check, before.
func (h *Hub) Upgrade(w http.ResponseWriter, r *http.Request) (*Socket, error) {
	panic("hub: not built")
}

// Register makes the socket live under its identity, with first as its first
// frame, closes an older one of the same key as replaced, and starts reading. It
// does not block. A socket older than the one already there is closed as
// replaced itself.
func (h *Hub) Register(s *Socket, id Identity, handler Handler, first []byte) {
	panic("hub: not built")
}

// Abort closes a socket that was never registered, with a frame (nil: none)
// before the close.
func (h *Hub) Abort(s *Socket, code CloseCode, reason string, last []byte) { panic("hub: not built") }

// Get returns the live socket of a key, nil if there is none here.
func (h *Hub) Get(key Key) *Socket { panic("hub: not built") }

// Full reports whether another socket would pass MaxSockets.
func (h *Hub) Full() bool { panic("hub: not built") }

// Replace closes the socket of a key as replaced if its number is below newest.
func (h *Hub) Replace(key Key, newest int64) { panic("hub: not built") }

// CloseSession closes every socket of a session.
func (h *Hub) CloseSession(session string, code CloseCode, reason string) { panic("hub: not built") }

// Sockets returns how many sockets are live here, all seasons together.
func (h *Hub) Sockets() int { panic("hub: not built") }

// Drain says bye to every socket with a reconnect delay spread over spread,
// closes them with 1012 in parallel, and waits for them until ctx ends.
func (h *Hub) Drain(ctx context.Context, spread time.Duration) { panic("hub: not built") }

// Identity returns whose socket it is.
func (s *Socket) Identity() Identity { return s.id }

// Send queues one message. It never blocks: a socket whose outbox overflows is
// closed as too slow. The bytes are the hub's from then on, and may be shared
// among sockets.
func (s *Socket) Send(frame []byte) { panic("hub: not built") }

// Update queues an update, merging it with one of the same slot still pending.
// It never blocks. u may be shared among sockets.
func (s *Socket) Update(slot Slot, u Update) { panic("hub: not built") }

// Close says bye with a reason and closes with the code, once what was queued
// before is sent or the write timeout has passed. It does not block; a second
// call does nothing.
func (s *Socket) Close(code CloseCode, reason string) { panic("hub: not built") }
