package web

import (
	"context"
	"fmt"
	"runtime/debug"

	"usher/booking"
	"usher/booking/payment"
	"usher/hub"
	"usher/internal/fault"
	"usher/internal/trace"
	"usher/internal/wire"
	"usher/queue"
)

const (
	// invalidInRow is how many invalid frames in a row close a socket.
	invalidInRow = 10
	// purchasesAtOnce is how many purchases one socket may have in flight: one, and
	// repeats of it by an impatient client.
	purchasesAtOnce = 4
)

// Message implements hub.Handler. Requests are answered in the order in which they
// arrive, except purchases: the socket answers other requests while one is in
// flight.
func (c *client) Message(socket *hub.Socket, frame []byte) {
	request, err := wire.Decode(frame)
	if err != nil {
		c.s.metrics.received("invalid")
		c.refuse(c.s.live.ctx, request, err)
		if c.invalid++; c.invalid == invalidInRow {
			socket.Close(hub.CloseFlooding, hub.ReasonFlooding)
		}
		return
	}
	c.invalid = 0
	c.s.metrics.received(request.Type)
	ctx, cancel := context.WithTimeout(c.s.live.ctx, requestTime)
	defer cancel()
	if request.Type == wire.RequestPurchase {
		c.answerPurchase(request) // it has a longer time, and a span of its own
		return
	}
	ctx, span := c.traceRequest(ctx, request)
	span.End(c.serve(ctx, request))
}

// serve answers a request that is no purchase. It returns the error that it answered with.
func (c *client) serve(ctx context.Context, request wire.Request) error {
	season := c.key.Season
	switch request.Type {
	case wire.RequestStatus:
		return c.answerStatus(ctx, request, func() (queue.Status, error) { return c.s.status(ctx, c.session, season) })
	case wire.RequestJoin:
		return c.answerStatus(ctx, request, func() (queue.Status, error) {
			return c.s.join(ctx, c.session, season, joining{place: request.Place, code: request.Code, challenge: request.Challenge, address: c.address})
		})
	case wire.RequestEnter:
		return c.answerStatus(ctx, request, func() (queue.Status, error) { return c.s.enter(ctx, c.session, season) })
	case wire.RequestLeave:
		return c.answerStatus(ctx, request, func() (queue.Status, error) { return c.s.leave(ctx, c.session, season) })
	case wire.RequestWish:
		return c.answerStatus(ctx, request, func() (queue.Status, error) { return c.s.wish(ctx, c.session, season, *request.Wish) })
	case wire.RequestUnwish:
		return c.answerStatus(ctx, request, func() (queue.Status, error) { return c.s.unwish(ctx, c.session, season) })
	case wire.RequestSeats:
		return c.answerSeats(ctx, request)
	case wire.RequestHold:
		return c.answerCart(ctx, request, func() (booking.Cart, error) {
			if b := request.Best; b != nil {
				return c.s.holdBest(ctx, c.session, season, toBest(*b))
			}
			return c.s.hold(ctx, c.session, season, wire.SeatChoices{Seats: request.Seats, Types: request.Types}, request.Areas)
		})
	case wire.RequestRelease:
		return c.answerCart(ctx, request, func() (booking.Cart, error) { return c.s.release(ctx, c.session, season, request.Seats) })
	case wire.RequestExtend:
		return c.answerCart(ctx, request, func() (booking.Cart, error) { return c.s.extend(ctx, c.session, season) })
	case wire.RequestPing:
		c.send(wire.Pong{Re: request.ID})
	case wire.RequestHelp:
		c.send(wire.NewHelp(request.ID))
	}
	return nil
}

// answerStatus answers with the status that act returns.
func (c *client) answerStatus(ctx context.Context, request wire.Request, act func() (queue.Status, error)) error {
	c.begin(aboutLine)
	status, err := act()
	c.answer(aboutLine, func() {
		if err != nil {
			c.refuseLocked(ctx, request, err)
			return
		}
		// The answer is always sent, but it must not overwrite a newer state that
		// the client has already received.
		if state := lastSentOf(status); !state.before(c.last) {
			c.noteLocked(state)
		}
		c.sendLocked(wire.StatusMessage{Re: request.ID, Status: toStatus(status)})
	})
	return err
}

// answerCart answers with the cart that act returns. Seat changes wait as well: a
// client that holds a seat should see its cart before it sees that the seat is
// held.
func (c *client) answerCart(ctx context.Context, request wire.Request, act func() (booking.Cart, error)) error {
	c.begin(aboutCart)
	c.begin(aboutSeats)
	defer c.answer(aboutSeats, func() {})
	cart, err := act()
	c.answer(aboutCart, func() {
		if err != nil {
			c.refuseLocked(ctx, request, err)
			return
		}
		c.cart = max(c.cart, cart.Version)
		c.sendLocked(wire.CartMessage{Re: request.ID, Cart: toCart(cart)})
	})
	return err
}

// answerPurchase buys while the socket answers other requests. The purchase
// continues when the socket closes.
func (c *client) answerPurchase(request wire.Request) {
	c.mu.Lock()
	tooMany := c.buying == purchasesAtOnce
	if !tooMany {
		c.buying++
	}
	c.mu.Unlock()
	if tooMany {
		c.refuse(c.s.live.ctx, request, fault.New(fault.RateLimited, "%d purchases of this socket are in flight; wait for an answer", purchasesAtOnce))
		return
	}
	c.begin(aboutPurchase)
	began := c.s.live.begin(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, purchaseTime)
		defer cancel()
		ctx, span := c.traceRequest(ctx, request)
		bought, err := c.buy(ctx, request)
		c.bought(ctx, request, bought, err)
		span.End(err)
	})
	if !began {
		c.bought(c.s.live.ctx, request, booking.Transaction{}, fault.New(fault.Draining, "this node is shutting down; buy again with the same key on another one"))
	}
}

// buy buys, and turns a panic into an error. It runs in a goroutine of its own,
// where an uncaught panic would end the process.
func (c *client) buy(ctx context.Context, request wire.Request) (bought booking.Transaction, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("buying panicked: %v\n%s", caught, debug.Stack())
		}
	}()
	details := payment.Details{Method: request.Payment.Method, Token: request.Payment.Token}
	return c.s.buy(ctx, c.session, c.language, c.key.Season, request.Key, wire.SeatChoices{Seats: request.Seats, Types: request.Types}, details)
}

func (c *client) bought(ctx context.Context, request wire.Request, bought booking.Transaction, err error) {
	c.answer(aboutPurchase, func() {
		c.buying--
		if err != nil {
			c.refuseLocked(ctx, request, err)
			return
		}
		c.noteSettledLocked(bought)
		c.sendLocked(wire.TransactionMessage{Re: request.ID, Transaction: toTransaction(bought)})
	})
}

// refuse answers with an error; the socket stays open. ctx is the request's.
func (c *client) refuse(ctx context.Context, request wire.Request, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuseLocked(ctx, request, err)
}

func (c *client) refuseLocked(ctx context.Context, request wire.Request, err error) {
	// Of the request's context only the trace: faultOf must log a request that ran out of
	// time.
	f := c.s.faultOf(trace.Carry(c.s.live.ctx, ctx), err)
	c.sendLocked(wire.Error{Re: request.ID, Code: string(f.Code), Detail: f.Detail, Seats: f.Seats})
}
