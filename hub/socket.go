package hub

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Key names whose socket it is: there is at most one live socket a key.
type Key struct{ Season, User string }

// Identity is what a registered socket belongs to.
type Identity struct {
	Key
	Session   string        // session id; CloseSession closes by it
	Conn      int64         // connection number; of two sockets of a key the higher wins
	ExpiresAt time.Time     // the socket is closed as expired then; zero: never
	Heartbeat time.Duration // ping a socket silent for so long; one silent for two is dead; 0: never
}

// Handler is told what a socket receives. Message is called in order, from one
// goroutine at a time, and the next frame is not read before it returns. frame
// is only valid during the call. Closed is called once, after the last Message,
// when the socket holds no goroutine any more.
type Handler interface {
	Message(s *Socket, frame []byte)
	Closed(s *Socket, reason string)
}

// Update is a message of which only the newest state matters. While a socket
// does not take it, newer ones merge into it.
type Update interface {
	// Merge returns one update that says what u and then newer said. It changes
	// neither; the hub may call it under a lock.
	Merge(newer Update) Update
	// Frame returns the encoded message, nil for none. For an update sent to many
	// it should be encoded once; the bytes are not changed by the hub.
	Frame() []byte
}

// Slot is a place in an outbox for one kind of Update.
type Slot int

// The slots a socket has.
const (
	SlotPosition Slot = iota
	SlotSeats
	SlotSale
	SlotWaiting
	slots
)

// Socket is one live connection: a WebSocket, or a stream of events, which only
// sends. Safe for concurrent use.
type Socket struct {
	hub    *Hub
	conn   net.Conn
	raw    syscall.RawConn // of a TCP connection where the system's calls are used directly; else nil
	stream bool            // it was made by Stream

	id      Identity // set by Register, then fixed
	handler Handler  // set by Register, nil before

	// Owned by the reading goroutine, of a polled socket the one with the claim.
	rest    []byte // the beginning of a frame that has not arrived in full
	message []byte // the fragments so far of a message that has not
	opcode  byte   // of that message; 0: none is open
	due     int64  // when the rate limit has forgotten what was received, hub time

	claims   atomic.Int32 // who reads a polled socket
	heard    atomic.Int64 // when the last frame came, hub time
	handling atomic.Bool  // a Message is running, so nothing is being read

	mu       sync.Mutex
	outbox   outbox
	flushing bool      // a write is under way; its writer also writes what is queued during it
	stuck    bool      // flushing, and the kernel takes no more for now
	reading  bool      // reading has started
	closing  bool      // nothing more is queued or delivered
	broken   bool      // the connection is cut: nothing more is written
	readDone bool      // reading has ended
	ended    bool      // Closed has been called, or will never be
	reason   string    // why it closes; the first one counts
	closeBy  time.Time // when the last frames must be written
	life     *life     // made when asked for

	slot int32 // one past its index in the poller's slots, 0: none; guarded by poller.mu

	// Guarded by Hub.mu.
	listed                       bool
	prevOfSession, nextOfSession *Socket

	pinged int64 // when the clock last pinged it, hub time; the clock's own

	// Guarded by clock.mu.
	alarm   int64 // hub time
	place   int   // one past its index among the sockets of that alarm, 0: none
	retired bool
}

type life struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// Identity returns whose socket it is. It is only meaningful once registered.
func (s *Socket) Identity() Identity { return s.id }

// Context is done when the socket has ended. It derives from the hub's context,
// never from the request that became the socket.
func (s *Socket) Context() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life == nil {
		ctx, cancel := context.WithCancel(s.hub.ctx)
		s.life = &life{ctx, cancel}
		if s.ended {
			cancel()
		}
	}
	return s.life.ctx
}
