package web

import (
	"sync"

	"usher/booking"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/wire"
	"usher/queue"
)

// topic is something a client asks about and also hears of by itself. While a
// request about it is being answered its events wait, so that the answer comes
// first and what it already says is not said again.
type topic int

const (
	aboutLine topic = iota
	aboutCart
	aboutPurchase
	aboutSeats
	topics
)

// client is one socket's side of the protocol: it turns frames into acts and
// events into messages. It is the socket's hub.Handler.
type client struct {
	s       *Server
	session auth.Session
	key     hub.Key
	conn    int64 // set before the socket is registered

	invalid int // invalid frames in a row; Message's own

	mu        sync.Mutex
	socket    *hub.Socket
	answering [topics]int      // requests being answered
	held      [topics][]func() // events that wait for them
	newest    int64            // the user's newest connection, as far as was heard
	told      standing
	buying    int      // purchases under way
	cart      int64    // version of the cart last told
	settled   []string // the last purchases told, as tellingOf names them
	watching  bool     // it hears of seats
	seats     int64    // version of the seats last told
}

// newClient makes a client that has heard nothing: until welcomed, its events
// wait as they do for any other answer.
func newClient(s *Server, session auth.Session, key hub.Key) *client {
	c := &client{s: s, session: session, key: key}
	for t := range topics {
		c.answering[t] = 1
	}
	return c
}

// attach gives the client its socket and notes what the welcome tells.
func (c *client) attach(socket *hub.Socket, status queue.Status, cart booking.Cart) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.socket, c.told, c.cart = socket, standingOf(status), cart.Version
}

// welcomed lets flow what has waited for the welcome. Should a newer socket have
// replaced this one before the hub knew of it, the hub is told again.
func (c *client) welcomed() {
	for t := range topics {
		c.answer(t, func() {})
	}
	c.mu.Lock()
	newest := c.newest
	c.mu.Unlock()
	if newest > c.conn {
		c.s.o.Hub.Replace(c.key, newest)
	}
}

// hearOfNewer notes that the user has a socket newer than others.
func (c *client) hearOfNewer(conn int64) {
	c.mu.Lock()
	c.newest = max(c.newest, conn)
	c.mu.Unlock()
}

// begin makes the events about t wait until answer.
func (c *client) begin(t topic) {
	c.mu.Lock()
	c.answering[t]++
	c.mu.Unlock()
}

// answer ends what begin began: reply sends the answer, and the events that
// waited for it follow. It runs with the lock held.
func (c *client) answer(t topic, reply func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	reply()
	if c.answering[t]--; c.answering[t] > 0 {
		return
	}
	held := c.held[t]
	c.held[t] = nil
	for _, tell := range held {
		tell()
	}
}

// hear runs tell with the lock held, now or when nothing about t is being
// answered any more.
func (c *client) hear(t topic, tell func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answering[t] > 0 {
		c.held[t] = append(c.held[t], tell)
		return
	}
	tell()
}

func (c *client) sendLocked(m wire.Message) {
	c.s.metrics.sent(m.Type())
	c.socket.Send(wire.Encode(m))
}

func (c *client) send(m wire.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sendLocked(m)
}

// noteLocked remembers what the client is told of its place. Seats are for the
// active alone.
func (c *client) noteLocked(told standing) {
	c.told = told
	if told.state != queue.Active {
		c.unwatchLocked()
	}
}

// Closed implements hub.Handler.
func (c *client) Closed(*hub.Socket, string) { c.gone() }

// gone forgets the client and tells the queue that its socket is.
func (c *client) gone() {
	c.s.live.remove(c)
	c.s.o.Queue.Disconnect(c.key.Season, c.key.User, c.conn)
}
