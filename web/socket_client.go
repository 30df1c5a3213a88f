package web

import (
	"net/netip"
	"sync"

	"usher/booking"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/wire"
	"usher/queue"
)

// topic is a subject of both requests and events. While a request on a topic is
// being answered, the topic's events wait, so that the answer comes first and
// nothing is sent twice.
type topic int

const (
	aboutLine topic = iota
	aboutCart
	aboutPurchase
	aboutSeats
	topics
)

// client is the server's side of one socket: it turns frames into acts and events
// into messages. It is the socket's hub.Handler.
type client struct {
	s        *Server
	session  auth.Session
	key      hub.Key
	address  netip.Addr // of the client; zero: unknown
	stream   bool       // the socket is a stream of events, on which nothing is asked
	language string     // of the browser, as a tag
	conn     int64      // set before the socket is registered

	invalid int // invalid frames in a row; owned by Message

	mu        sync.Mutex
	socket    *hub.Socket
	answering [topics]uint16 // requests being answered
	held      []heldEvent    // events that wait for the answers
	newest    int64          // the number of the user's newest known connection
	last      lastSent
	buying    int      // purchases in flight
	cart      int64    // version of the cart that was last sent
	settled   []string // the last outcomes sent, see outcomeOf
	watching  bool     // it receives seat changes
	seats     int64    // version of the seats that were last sent
}

// heldEvent is an event that waits until no request about its topic is being
// answered.
type heldEvent struct {
	topic topic
	send  func()
}

// newClient makes a client that has received nothing. Until welcomed, its events
// wait as they do for any answer.
func newClient(s *Server, session auth.Session, key hub.Key) *client {
	c := &client{s: s, session: session, key: key}
	for t := range topics {
		c.answering[t] = 1
	}
	return c
}

// attach sets the client's socket and records what the welcome contains.
func (c *client) attach(socket *hub.Socket, status queue.Status, cart booking.Cart) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.socket, c.last, c.cart = socket, lastSentOf(status), cart.Version
}

// welcomed sends the events that waited for the welcome. When a newer socket
// replaced this one before the hub knew this one, the hub is notified again.
func (c *client) welcomed() {
	for t := range topics {
		c.answer(t, func() {})
	}
	c.mu.Lock()
	newest := c.newest
	c.followSeatsLocked()
	c.mu.Unlock()
	if newest > c.conn {
		c.s.o.Hub.Replace(c.key, newest)
	}
}

// noteNewer records that the user has a newer connection.
func (c *client) noteNewer(conn int64) {
	c.mu.Lock()
	c.newest = max(c.newest, conn)
	c.mu.Unlock()
}

// begin makes the events about t wait until answer is called.
func (c *client) begin(t topic) {
	c.mu.Lock()
	c.answering[t]++
	c.mu.Unlock()
}

// answer ends begin: reply sends the answer, and then the waiting events are sent.
// Both run with the lock held.
func (c *client) answer(t topic, reply func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	reply()
	if c.answering[t]--; c.answering[t] > 0 {
		return
	}
	held := c.held
	c.held = nil
	for _, event := range held {
		if event.topic == t {
			event.send()
		} else {
			c.held = append(c.held, event)
		}
	}
}

// handle runs send with the lock held: at once, or when no request about t is being
// answered any more.
func (c *client) handle(t topic, send func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answering[t] > 0 {
		c.held = append(c.held, heldEvent{t, send})
		return
	}
	send()
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

// noteLocked records the state that is sent to the client. Only active users
// receive seat changes; a stream receives them without asking.
func (c *client) noteLocked(state lastSent) {
	c.last = state
	if state.state != queue.Active {
		c.unwatchLocked()
	}
	c.followSeatsLocked()
}

// Closed implements hub.Handler.
func (c *client) Closed(*hub.Socket, string) { c.gone() }

// gone removes the client and tells the queue that its socket is closed.
func (c *client) gone() {
	c.s.live.remove(c)
	c.s.o.Queue.Disconnect(c.key.Season, c.key.User, c.conn)
}
