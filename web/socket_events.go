package web

import (
	"slices"
	"strings"

	"usher/booking"
	"usher/hub"
	"usher/internal/wire"
	"usher/queue"
)

// QueueEvents sends clients what happened to their places. It never blocks, and is
// the queue's Options.Notify.
//
// QueueEvents owns the events it is called with.
func (s *Server) QueueEvents(events []queue.Event) {
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case queue.Replaced:
			for _, c := range s.live.of(e.Season, e.User) {
				c.noteNewer(e.Conn)
			}
			s.o.Hub.Replace(hub.Key{Season: e.Season, User: e.User}, e.Conn)
			continue
		case queue.Answered:
			s.o.Hub.Heard(hub.Key{Season: e.Season, User: e.User}, e.Echo)
			continue
		case queue.Lapsed:
			s.live.releases.add(e.Season, e.User)
		}
		for _, c := range s.live.of(e.Season, e.User) {
			c.handleLineEvent(e)
		}
	}
}

// handleLineEvent is handle without a closure for each position, because positions
// are many and most are sent at once.
func (c *client) handleLineEvent(e *queue.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answering[aboutLine] > 0 {
		c.held = append(c.held, heldEvent{aboutLine, func() { c.lineEventLocked(e) }})
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

// movedLocked sends a position, unless the client no longer waits or an answer has
// already shown a better one.
func (c *client) movedLocked(e *queue.Event) {
	if c.last.state != queue.Waiting && c.last.state != queue.Gathering {
		return
	}
	if c.last.position != 0 && e.Position > c.last.position {
		return
	}
	c.last.position = e.Position
	c.s.metrics.sent("position")
	c.socket.Update(hub.SlotPosition, position{Position: e.Position, Waiting: e.Waiting, ETASeconds: toETA(e.ETA)})
}

// position is a hub.Update: only the newest position counts.
type position wire.Position

// Merge implements hub.Update.
func (p position) Merge(newer hub.Update) hub.Update { return newer }

// Frame implements hub.Update.
func (p position) Frame() []byte { return wire.Encode(wire.Position(p)) }

// changedLocked sends a change of state, unless an answer has already sent it or a
// newer one. A turn and a lost place are sent even then, because their messages say
// more than the state.
func (c *client) changedLocked(e *queue.Event) {
	state := lastSentOf(e.Status)
	if state.before(c.last) {
		return
	}
	known := !c.last.before(state) || state.same(c.last)
	c.noteLocked(state)
	switch {
	case e.Kind == queue.TurnCame:
		c.sendLocked(wire.Turn{Status: toStatus(e.Status)})
	case e.Kind == queue.Lapsed:
		c.sendLocked(wire.Lapsed{Reason: string(e.Reason), Status: toStatus(e.Status)})
	case !known:
		c.sendLocked(wire.StatusMessage{Status: toStatus(e.Status)})
	}
}

// BookingEvents sends clients what happened to seats, carts and purchases. It never
// blocks, and is booking's Options.Notify.
func (s *Server) BookingEvents(events []booking.Event) {
	for _, e := range events {
		if e.Kind == booking.SeatsChanged {
			s.live.feed.add(e.Season, e.Delta)
			s.board.Wake()
			if e.Freed {
				s.o.Queue.SeatsFreed(e.Season)
			}
			continue
		}
		for _, c := range s.live.of(e.Season, e.User) {
			switch e.Kind {
			case booking.CartChanged:
				c.handle(aboutCart, func() { c.cartChangedLocked(*e.Cart, e.Reason) })
			case booking.TransactionSettled:
				c.handle(aboutPurchase, func() { c.settledLocked(*e.Transaction) })
			}
		}
	}
}

// cartChangedLocked sends a changed cart, unless an answer has already sent it or a
// newer one.
func (c *client) cartChangedLocked(cart booking.Cart, reason string) {
	if cart.Version <= c.cart {
		return
	}
	c.cart = cart.Version
	c.sendLocked(wire.CartMessage{Cart: toCart(cart), Reason: reason})
}

// settledLocked sends the outcome of a purchase, unless it was already sent.
func (c *client) settledLocked(t booking.Transaction) {
	if slices.Contains(c.settled, outcomeOf(t)) {
		return
	}
	c.noteSettledLocked(t)
	c.sendLocked(wire.TransactionMessage{Transaction: toTransaction(t)})
}

// noteSettledLocked records the outcome that was sent. The last few are enough: an
// announcement follows its answer closely, and a second announcement does no harm.
func (c *client) noteSettledLocked(t booking.Transaction) {
	if len(c.settled) == purchasesAtOnce {
		c.settled = c.settled[1:]
	}
	c.settled = append(c.settled, outcomeOf(t))
}

// outcomeOf identifies a purchase together with everything about it that may
// change.
func outcomeOf(t booking.Transaction) string {
	parts := []string{t.ID, string(t.Status)}
	for _, ticket := range t.Tickets {
		parts = append(parts, ticket.Status)
	}
	return strings.Join(parts, " ")
}

// SessionRevoked closes the sockets of a session that was revoked on any node. It
// never blocks, and is auth's Options.Revoked.
func (s *Server) SessionRevoked(sid string) {
	s.o.Hub.CloseSession(sid, hub.CloseLoggedOut, reasonLoggedOut)
}

// SessionsCutOff checks the sessions of all sockets at once, because the sessions of a user
// or of all users were ended. It never blocks, and is auth's Options.CutOff.
func (s *Server) SessionsCutOff() {
	select {
	case s.live.recheck <- struct{}{}:
	default: // a check is due already
	}
}
