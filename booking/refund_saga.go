package booking

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/trace"
)

// refunding is one refund in flight on this node. It outlives the request that began it.
// Recovery may repeat each step, on any node.
type refunding struct {
	b      *Booking
	order  *order
	refund *refund // replaced by the stored refund if another has this number

	ended    chan struct{} // closed at the end
	shown    chan struct{} // closed once the refund is decided and, if refunded, shown; guards the fields below
	decision *decision
	err      error
}

// refund makes a refund, or finishes the stored one with this number, and returns that with
// its decision. It waits until the seats are free, not for the money.
func (p *purchases) refund(ctx context.Context, o *order, r *refund) (*refund, *decision, error) {
	settled, err := p.b.refundSettled(ctx, r)
	if err != nil || settled != nil {
		return r, settled, err
	}
	one := &refunding{b: p.b, order: o, refund: r, shown: make(chan struct{}), ended: make(chan struct{})}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, nil, fault.New(fault.Draining, "this node is stopping; try again")
	}
	base, span := p.b.traceSaga(trace.Carry(p.base, ctx), "refund", o)
	p.wg.Go(func() {
		defer close(one.ended)
		ctx, cancel := context.WithTimeout(base, sagaTime)
		defer cancel()
		err := one.run(ctx)
		span.End(err)
		if err != nil && !errors.Is(err, errCrash) {
			p.b.log.WarnContext(ctx, "refund: a step failed: recovery continues", "refund", one.refund.ID.Hex(), "transaction", o.ID.Hex(), "error", err)
			p.recoverSoon(one.refund.ID, true)
		}
	})
	p.mu.Unlock()
	answer := one.shown
	if r.From.Cause == seasonCancelled {
		answer = one.ended // no fan waits, and the next refunds wait for the provider
	}
	select {
	case <-answer:
		return one.refund, one.decision, one.err
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// refundSettled returns the decision of a refund without open steps; nil when steps are
// open.
func (b *Booking) refundSettled(ctx context.Context, r *refund) (*decision, error) {
	d, err := b.findDecision(ctx, r.ID)
	if err != nil || d == nil {
		return nil, err
	}
	entry, err := store.Find[pendingEntry](ctx, b.o.Mongo.Collection(pendingName), r.ID)
	if err != nil || entry != nil {
		return nil, err
	}
	return d, nil
}

// run runs the refund from its entry in pending to its end, and returns the first error.
// Recovery continues after an error.
func (g *refunding) run(ctx context.Context) error {
	g.err = g.begin(ctx)
	if g.err == nil {
		g.decision, g.err = g.decide(ctx)
	}
	if g.err == nil && g.decision.voids() {
		g.err = g.b.showRefund(ctx, g.order, g.refund, g.decision)
	}
	failed := g.err
	close(g.shown)
	if failed == nil {
		failed = g.end(ctx)
	}
	if failed != nil && g.decision != nil && !errors.Is(failed, errCrash) {
		g.b.reinsertPending(ctx, g.entry()) // another node may have removed it; see settle
		g.b.noteFailure(ctx, g.refund.ID, failed)
	}
	if failed == nil {
		g.b.purchases.metrics.refunds.WithLabelValues(string(g.decision.Outcome)).Inc()
	}
	return failed
}

// begin inserts the entry and the refund. If another refund has this number, begin
// continues that one.
func (g *refunding) begin(ctx context.Context) error {
	err := g.b.step(ctx, StepRefundEnter, g.order, func(ctx context.Context, _ *order) error { return g.b.insertPending(ctx, g.entry()) })
	if err != nil {
		return err
	}
	known := false
	err = g.b.step(ctx, StepRefundBegin, g.order, func(ctx context.Context, _ *order) error {
		_, err := g.b.o.Mongo.Collection(refundsName).InsertOne(ctx, g.refund)
		if known = mongo.IsDuplicateKeyError(err); known {
			return nil
		}
		return err
	})
	if err != nil || !known {
		return err
	}
	there, err := g.b.findRefund(ctx, g.refund.ID)
	if err == nil && there == nil {
		err = errors.New("booking: reading an existing refund found none: " + g.refund.ID.Hex())
	}
	if err == nil {
		g.refund = there
	}
	return err
}

func (g *refunding) entry() pendingEntry {
	return pendingEntry{ID: g.refund.ID, Season: g.refund.Season, Order: *g.order, Refund: g.refund}
}

// decide inserts a void for each ticket, and then the decision that makes the voids count.
// If a ticket was used before, the decision is abandoned. A move reserves its new seat first.
func (g *refunding) decide(ctx context.Context) (*decision, error) {
	d, err := g.b.findDecision(ctx, g.refund.ID)
	if err != nil || d != nil {
		return d, err
	}
	outcome := refunded
	if g.refund.Move != nil {
		outcome = moved
		if err := g.reserveTarget(ctx); err != nil {
			if !moveRefused(err) {
				return nil, err
			}
			g.b.log.InfoContext(ctx, "move: the target seat cannot be had: the move is abandoned",
				"transaction", g.order.ID.Hex(), "from", seatList(g.refund.Lines), "to", g.refund.Move.Line.SeatNumber, "error", err)
			outcome = abandoned
		}
	}
	for i, seat := range g.refund.Seats {
		if outcome == abandoned {
			break
		}
		if err := g.b.at(StepRefundVoid, g.order); err != nil {
			return nil, err
		}
		there, _, err := g.b.insertState(ctx, ticketState{
			Ticket: g.refund.ticket(i), Season: g.refund.Season, Transaction: g.order.ID, Seat: seat,
			SeatNumber: g.refund.Lines[i].SeatNumber, Status: ticketVoid, Refund: &g.refund.ID, By: g.refund.by(), At: store.NowMilli(),
		}, false)
		if err != nil {
			return nil, err
		}
		used := there.Refund == nil
		switch {
		case used && g.refund.From.Cause == seasonCancelled: // who was in is paid back, too
		case used, *there.Refund != g.refund.ID:
			outcome = abandoned
		}
	}
	err = g.b.step(ctx, StepRefundDecide, g.order, func(ctx context.Context, _ *order) (err error) {
		d, err = g.b.decideRefund(ctx, g.refund.ID, g.refund.Season, outcome)
		return err
	})
	return d, err
}

// end records the event of a decided refund, returns the money, and removes the entry.
func (g *refunding) end(ctx context.Context) error {
	if !g.decision.voids() && g.refund.Move != nil {
		if err := g.endAbandoned(ctx); err != nil {
			return err
		}
	}
	if g.decision.voids() {
		err := g.b.step(ctx, StepRefundRecord, g.order, func(ctx context.Context, o *order) error {
			if err := g.b.recordRefund(ctx, o, g.refund, g.decision); err != nil {
				return err
			}
			return g.b.logRefund(ctx, g.refund, g.decision)
		})
		if err != nil {
			return err
		}
	}
	if g.decision.voids() && g.refund.Amount > 0 && g.order.atProvider() {
		id := g.order.ID.Hex()
		err := g.b.step(ctx, StepRefundReturn, g.order, func(ctx context.Context, _ *order) error {
			return g.b.provider(g.order.Season).Refund(ctx, id, g.refund.ID.Hex(), g.refund.Amount)
		})
		if err != nil {
			return fmt.Errorf("refund of %d of %s: %w", g.refund.Amount, id, err)
		}
	}
	return g.b.step(ctx, StepRefundLeave, g.order, func(ctx context.Context, _ *order) error {
		return g.b.removePending(ctx, g.refund.ID)
	})
}

// noteFailure writes why a refund could not be finished into its entry, for people.
func (b *Booking) noteFailure(ctx context.Context, id bson.ObjectID, failed error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reinsertTime)
	defer cancel()
	text := []rune(failed.Error())
	_, err := b.o.Mongo.Collection(pendingName).UpdateOne(ctx, store.ByID(id),
		bson.D{{Key: "$set", Value: bson.D{{Key: "error", Value: string(text[:min(len(text), 300)])}}}})
	if err != nil {
		b.log.DebugContext(ctx, "refund: noting a failure failed: the next attempt notes it", "refund", id.Hex(), "error", err)
	}
}

// advanceRefund continues a refund from the step it has reached. The fan has asked for the
// refund, so an undecided one is carried out once it is overdue.
func (r *recovery) advanceRefund(ctx context.Context, entry *pendingEntry, overdue bool) error {
	g := &refunding{b: r.b, order: &entry.Order, refund: entry.Refund, shown: make(chan struct{}), ended: make(chan struct{})}
	d, err := r.b.findDecision(ctx, g.refund.ID)
	if err != nil || d == nil && !overdue {
		return err
	}
	if err := g.run(ctx); err != nil {
		return err
	}
	r.b.log.InfoContext(ctx, "recovery: a refund was finished", "refund", g.refund.ID.Hex(), "transaction", g.order.ID.Hex(), "outcome", g.decision.Outcome)
	return nil
}
