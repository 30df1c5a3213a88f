package web

import (
	"slices"
	"strings"

	"usher/booking"
	"usher/hub"
	"usher/internal/wire"
	"usher/queue"
)

// QueueEvents tells clients what happened to their places. It never blocks, and
// is the queue's Options.Notify.
//
// The events are the server's from then on.
func (s *Server) QueueEvents(events []queue.Event) {
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case queue.Replaced:
			for _, c := range s.live.of(e.Season, e.User) {
				c.hearOfNewer(e.Conn)
			}
			s.o.Hub.Replace(hub.Key{Season: e.Season, User: e.User}, e.Conn)
			continue
		case queue.Lapsed:
			s.live.releases.add(e.Season, e.User)
		}
		for _, c := range s.live.of(e.Season, e.User) {
			c.hearOfLine(e)
		}
	}
}

// hearOfLine is hear, without making a closure for each of the many positions
// that nothing has to wait for.
func (c *client) hearOfLine(e *queue.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answering[aboutLine] > 0 {
		c.held[aboutLine] = append(c.held[aboutLine], func() { c.lineEventLocked(e) })
		return
	}
	c.lineEventLocked(e)
}

func (c *client) lineEventLocked(e *queue.Event) {
	if e.Kind == queue.Moved {
		c.movedLocked(e)
		return
	}
	c.changedLocked(e)
}

// movedLocked tells a position, unless the client does not wait any more or was
// shown a better one by an answer.
func (c *client) movedLocked(e *queue.Event) {
	if c.told.state != queue.Waiting && c.told.state != queue.Gathering {
		return
	}
	if c.told.position != 0 && e.Position > c.told.position {
		return
	}
	c.told.position = e.Position
	c.s.metrics.sent("position")
	c.socket.Update(hub.SlotPosition, position{Position: e.Position, Waiting: e.Waiting, ETASeconds: toETA(e.ETA)})
}

// position is the hub.Update of a place in line: the newest is all that counts.
type position wire.Position

// Merge implements hub.Update.
func (p position) Merge(newer hub.Update) hub.Update { return newer }

// Frame implements hub.Update.
func (p position) Frame() []byte { return wire.Encode(wire.Position(p)) }

// changedLocked tells a change of state, unless an answer has told it already or
// something later. That a turn came or a place was lost is told even when the
// answer to a request happened to show it first: its message says what the
// state alone does not.
func (c *client) changedLocked(e *queue.Event) {
	told := standingOf(e.Status)
	if told.before(c.told) {
		return
	}
	known := !c.told.before(told) || told.same(c.told)
	c.noteLocked(told)
	switch {
	case e.Kind == queue.TurnCame:
		c.sendLocked(wire.Turn{Status: toStatus(e.Status)})
	case e.Kind == queue.Lapsed:
		c.sendLocked(wire.Lapsed{Reason: string(e.Reason), Status: toStatus(e.Status)})
	case !known:
		c.sendLocked(wire.StatusMessage{Status: toStatus(e.Status)})
	}
}

// BookingEvents tells clients what happened to seats, carts and purchases. It
// never blocks, and is booking's Options.Notify.
func (s *Server) BookingEvents(events []booking.Event) {
	for _, e := range events {
		if e.Kind == booking.SeatsChanged {
			s.live.feed.add(e.Season, e.Changes)
			continue
		}
		for _, c := range s.live.of(e.Season, e.User) {
			switch e.Kind {
			case booking.CartChanged:
				c.hear(aboutCart, func() { c.cartChangedLocked(*e.Cart, e.Reason) })
			case booking.TransactionSettled:
				c.hear(aboutPurchase, func() { c.settledLocked(*e.Transaction) })
			}
		}
	}
}

// cartChangedLocked tells a change of the cart, unless an answer has told it
// already or something later.
func (c *client) cartChangedLocked(cart booking.Cart, reason string) {
	if cart.Version <= c.cart {
		return
	}
	c.cart = cart.Version
	c.sendLocked(wire.CartMessage{Cart: toCart(cart), Reason: reason})
}

// settledLocked tells how a purchase was settled, unless its answer has.
func (c *client) settledLocked(t booking.Transaction) {
	if slices.Contains(c.settled, tellingOf(t)) {
		return
	}
	c.noteSettledLocked(t)
	c.sendLocked(wire.TransactionMessage{Transaction: toTransaction(t)})
}

// noteSettledLocked remembers what a client was told of a purchase. The last few
// are enough: an announcement follows its answer closely, and one too many does
// no harm.
func (c *client) noteSettledLocked(t booking.Transaction) {
	if len(c.settled) == purchasesAtOnce {
		c.settled = c.settled[1:]
	}
	c.settled = append(c.settled, tellingOf(t))
}

// tellingOf names a purchase together with what may change about it.
func tellingOf(t booking.Transaction) string {
	parts := []string{t.ID, string(t.Status)}
	for _, ticket := range t.Tickets {
		parts = append(parts, ticket.Status)
	}
	return strings.Join(parts, " ")
}

// SessionRevoked closes the sockets of a session that was logged out, on
// whatever node. It never blocks, and is auth's Options.Revoked.
func (s *Server) SessionRevoked(sid string) {
	s.o.Hub.CloseSession(sid, hub.CloseLoggedOut, reasonLoggedOut)
}
