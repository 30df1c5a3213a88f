package booking

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
)

// refunding is one refund under way on this node. It outlives the request that
// began it; each step may be done again by recovery, here or elsewhere.
type refunding struct {
	b *Booking
	s *order
	r *refund // replaced by the one that holds under its number

	shown    chan struct{} // closed once it is decided, and shown if it came through; guards what follows
	decision *decision
	err      error
}

// refund makes a refund, or helps the one that holds under its number, and returns
// it with its decision. It waits until the seats are free, not for the money.
func (p *purchases) refund(ctx context.Context, o *order, r *refund) (*refund, *decision, error) {
	settled, err := p.b.refundSettled(ctx, r)
	if err != nil || settled != nil {
		return r, settled, err
	}
	one := &refunding{b: p.b, s: o, r: r, shown: make(chan struct{})}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, nil, fault.New(fault.Draining, "this node is stopping; try again in a moment")
	}
	p.wg.Go(func() {
		ctx, cancel := context.WithTimeout(p.base, sagaTime)
		defer cancel()
		if err := one.run(ctx); err != nil && !errors.Is(err, errCrash) {
			p.b.log.WarnContext(ctx, "a refund is left to recovery", "refund", one.r.ID.Hex(), "transaction", o.ID.Hex(), "error", err)
			p.recoverSoon(one.r.ID)
		}
	})
	p.mu.Unlock()
	select {
	case <-one.shown:
		return one.r, one.decision, one.err
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// refundSettled returns the decision of a refund of which nothing is left to do;
// nil when there is more to it.
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

// run takes the refund from its entry in pending to its end, and returns why it
// did not get there. What fails is left to recovery.
func (g *refunding) run(ctx context.Context) error {
	g.err = g.begin(ctx)
	if g.err == nil {
		g.decision, g.err = g.decide(ctx)
	}
	if g.err == nil && g.decision.Outcome == refunded {
		g.err = g.b.showRefund(ctx, g.s, g.r)
	}
	failed := g.err
	close(g.shown)
	if failed == nil {
		failed = g.end(ctx)
	}
	if failed != nil && g.decision != nil && !errors.Is(failed, errCrash) {
		g.b.reinsertPending(ctx, g.entry()) // others may have finished it; see settle
	}
	if failed == nil {
		g.b.purchases.metrics.refunds.WithLabelValues(string(g.decision.Outcome)).Inc()
	}
	return failed
}

// begin enters the refund, and finds out which one holds under its number.
func (g *refunding) begin(ctx context.Context) error {
	if err := g.b.at(StepRefundEnter, g.s); err != nil {
		return err
	}
	if err := g.b.insertPending(ctx, g.entry()); err != nil {
		return err
	}
	if err := g.b.at(StepRefundBegin, g.s); err != nil {
		return err
	}
	_, err := g.b.o.Mongo.Collection(refundsName).InsertOne(ctx, g.r)
	if !mongo.IsDuplicateKeyError(err) {
		return err
	}
	there, err := g.b.findRefund(ctx, g.r.ID)
	if err == nil && there == nil {
		err = errors.New("booking: a refund is there and cannot be read: " + g.r.ID.Hex())
	}
	if err == nil {
		g.r = there
	}
	return err
}

func (g *refunding) entry() pendingEntry {
	return pendingEntry{ID: g.r.ID, Season: g.r.Season, Order: *g.s, Refund: g.r}
}

// decide voids the tickets, all of them before the decision that makes the voids
// count. A ticket that was used first decides against the refund.
func (g *refunding) decide(ctx context.Context) (*decision, error) {
	d, err := g.b.findDecision(ctx, g.r.ID)
	if err != nil || d != nil {
		return d, err
	}
	outcome := refunded
	for i, seat := range g.r.Seats {
		if err := g.b.at(StepRefundVoid, g.s); err != nil {
			return nil, err
		}
		there, _, err := g.b.insertState(ctx, ticketState{
			Ticket: ticketIDOf(g.s.ID, seat), Season: g.r.Season, Transaction: g.s.ID, Seat: seat,
			SeatNumber: g.r.Lines[i].SeatNumber, Status: ticketVoid, Refund: &g.r.ID, By: g.r.User.Hex(), At: store.NowMilli(),
		}, false)
		if err != nil {
			return nil, err
		}
		if there.Refund == nil || *there.Refund != g.r.ID {
			outcome = abandoned
			break
		}
	}
	if err := g.b.at(StepRefundDecide, g.s); err != nil {
		return nil, err
	}
	return g.b.decideRefund(ctx, g.r.ID, g.r.Season, outcome)
}

// end returns the money of a refund that came through, and removes its entry.
func (g *refunding) end(ctx context.Context) error {
	if g.decision.Outcome == refunded {
		if err := g.b.at(StepRefundRecord, g.s); err != nil {
			return err
		}
		if err := g.b.recordRefund(ctx, g.s, g.r, g.decision); err != nil {
			return err
		}
	}
	if g.decision.Outcome == refunded && g.r.Amount > 0 {
		if err := g.b.at(StepRefundReturn, g.s); err != nil {
			return err
		}
		id := g.s.ID.Hex()
		if err := g.b.o.Provider.Refund(ctx, id, g.r.ID.Hex(), g.r.Amount); err != nil {
			return fmt.Errorf("refund of %d of %s: %w", g.r.Amount, id, err)
		}
	}
	if err := g.b.at(StepRefundLeave, g.s); err != nil {
		return err
	}
	return g.b.removePending(ctx, g.r.ID)
}

// advanceRefund takes a refund on from whatever step it has reached. The fan has
// asked for it, so one that nobody has decided is carried out once it is overdue.
func (r *recovery) advanceRefund(ctx context.Context, entry *pendingEntry, overdue bool) error {
	g := &refunding{b: r.b, s: &entry.Order, r: entry.Refund, shown: make(chan struct{})}
	d, err := r.b.findDecision(ctx, g.r.ID)
	if err != nil || d == nil && !overdue {
		return err
	}
	if err := g.run(ctx); err != nil {
		return err
	}
	r.b.log.InfoContext(ctx, "a refund was recovered", "refund", g.r.ID.Hex(), "transaction", g.s.ID.Hex(), "outcome", g.decision.Outcome)
	return nil
}
