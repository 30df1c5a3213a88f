package web

import (
	"context"
	"fmt"
	"runtime/debug"

	"usher/booking"
	"usher/booking/payment"
	"usher/hub"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

const (
	// invalidInRow is how many invalid frames in a row close a socket.
	invalidInRow = 10
	// purchasesAtOnce is how many purchases a socket may have under way: one,
	// and repeats of it by a client that grew impatient.
	purchasesAtOnce = 4
)

// Message implements hub.Handler. Requests are answered in the order in which
// they came, but for purchases: the socket goes on answering meanwhile.
func (c *client) Message(socket *hub.Socket, frame []byte) {
	request, err := wire.Decode(frame)
	if err != nil {
		c.s.metrics.received("invalid")
		c.refuse(request, err)
		if c.invalid++; c.invalid == invalidInRow {
			socket.Close(hub.CloseFlooding, hub.ReasonFlooding)
		}
		return
	}
	c.invalid = 0
	c.s.metrics.received(request.Type)
	ctx, cancel := context.WithTimeout(c.s.live.ctx, requestTime)
	defer cancel()
	season := c.key.Season
	switch request.Type {
	case wire.RequestStatus:
		c.answerStatus(request, func() (queue.Status, error) { return c.s.status(ctx, c.session, season) })
	case wire.RequestJoin:
		c.answerStatus(request, func() (queue.Status, error) { return c.s.join(ctx, c.session, season, request.Place) })
	case wire.RequestEnter:
		c.answerStatus(request, func() (queue.Status, error) { return c.s.enter(ctx, c.session, season) })
	case wire.RequestLeave:
		c.answerStatus(request, func() (queue.Status, error) { return c.s.leave(ctx, c.session, season) })
	case wire.RequestSeats:
		c.answerSeats(ctx, request)
	case wire.RequestHold:
		c.answerCart(request, func() (booking.Cart, error) {
			if b := request.Best; b != nil {
				best := booking.Best{Count: b.Count, Category: booking.Category(b.Category), Adjacent: b.Adjacent}
				return c.s.holdBest(ctx, c.session, season, best)
			}
			return c.s.hold(ctx, c.session, season, request.Seats)
		})
	case wire.RequestRelease:
		c.answerCart(request, func() (booking.Cart, error) { return c.s.release(ctx, c.session, season, request.Seats) })
	case wire.RequestPurchase:
		c.answerPurchase(request)
	case wire.RequestPing:
		c.send(wire.Pong{Re: request.ID})
	case wire.RequestHelp:
		c.send(wire.NewHelp(request.ID))
	}
}

// answerStatus answers with the standing that act returns.
func (c *client) answerStatus(request wire.Request, act func() (queue.Status, error)) {
	c.begin(aboutLine)
	status, err := act()
	c.answer(aboutLine, func() {
		if err != nil {
			c.refuseLocked(request, err)
			return
		}
		// An answer is always given, but what is already known to be later is not
		// forgotten over it.
		if told := standingOf(status); !told.before(c.told) {
			c.noteLocked(told)
		}
		c.sendLocked(wire.StatusMessage{Re: request.ID, Status: toStatus(status)})
	})
}

// answerCart answers with the cart that act returns. Changes of seats wait too:
// whoever holds a seat should not first see that somebody does.
func (c *client) answerCart(request wire.Request, act func() (booking.Cart, error)) {
	c.begin(aboutCart)
	c.begin(aboutSeats)
	defer c.answer(aboutSeats, func() {})
	cart, err := act()
	c.answer(aboutCart, func() {
		if err != nil {
			c.refuseLocked(request, err)
			return
		}
		c.cart = max(c.cart, cart.Version)
		c.sendLocked(wire.CartMessage{Re: request.ID, Cart: toCart(cart)})
	})
}

// answerPurchase buys without making the socket's other requests wait. The
// purchase goes on when the socket closes: what was begun is settled.
func (c *client) answerPurchase(request wire.Request) {
	c.mu.Lock()
	tooMany := c.buying == purchasesAtOnce
	if !tooMany {
		c.buying++
	}
	c.mu.Unlock()
	if tooMany {
		c.refuse(request, fault.New(fault.RateLimited, "%d purchases of this socket are under way; wait for an answer", purchasesAtOnce))
		return
	}
	c.begin(aboutPurchase)
	began := c.s.live.begin(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, purchaseTime)
		defer cancel()
		bought, err := c.buy(ctx, request)
		c.bought(request, bought, err)
	})
	if !began {
		c.bought(request, booking.Transaction{}, fault.New(fault.Draining, "this node is shutting down; buy again with the same key on another one"))
	}
}

// buy buys, and turns a panic into an error: it runs in a goroutine of its own,
// where nobody else would keep a bug from ending the process.
func (c *client) buy(ctx context.Context, request wire.Request) (bought booking.Transaction, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("buying panicked: %v\n%s", caught, debug.Stack())
		}
	}()
	details := payment.Details{Method: request.Payment.Method, Token: request.Payment.Token}
	return c.s.buy(ctx, c.session, c.key.Season, request.Key, request.Seats, details)
}

func (c *client) bought(request wire.Request, bought booking.Transaction, err error) {
	c.answer(aboutPurchase, func() {
		c.buying--
		if err != nil {
			c.refuseLocked(request, err)
			return
		}
		c.noteSettledLocked(bought)
		c.sendLocked(wire.TransactionMessage{Re: request.ID, Transaction: toTransaction(bought)})
	})
}

// refuse answers with an error; the socket stays open.
func (c *client) refuse(request wire.Request, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuseLocked(request, err)
}

func (c *client) refuseLocked(request wire.Request, err error) {
	// Not the request's context: that it ran out is for the log to show.
	f := c.s.faultOf(c.s.live.ctx, err)
	c.sendLocked(wire.Error{Re: request.ID, Code: string(f.Code), Detail: f.Detail, Seats: f.Seats})
}
