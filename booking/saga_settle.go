package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/feed"
	"usher/booking/payment"
	"usher/internal/store"
)

// reinsertTime is the time-out for reinserting an entry after a failure.
const reinsertTime = 3 * time.Second

// settle writes everything that follows from a decision. Its writes are the same on every
// node and may be repeated. It returns the transaction's present state; after an error the
// entry in pending exists.
//
// A late node writes after other nodes have finished, when its writes may be outdated:
// seats refunded in between show as sold until the node has reached showRefunds. If it
// fails before, the entry that the others have removed must exist again.
func (b *Booking) settle(ctx context.Context, o *order, d *decision) (Transaction, error) {
	settled := *o
	settled.CompletedAt = &d.At
	settled.Reason = d.Reason
	end := b.settleCancelled
	if d.Outcome == captured {
		end = b.settleCaptured
	}
	t, err := end(ctx, &settled, d)
	if err != nil && !errors.Is(err, errCrash) {
		b.reinsertPending(ctx, pendingEntry{ID: o.ID, Season: o.Season, Order: *o})
	}
	return t, err
}

// settleLate is settle for callers who do not know whether the entry still exists. It
// inserts the entry first, so that recovery continues after a crash.
func (b *Booking) settleLate(ctx context.Context, o *order, d *decision) (Transaction, error) {
	if err := b.enterPending(ctx, o); err != nil {
		return o.transaction(nil), err
	}
	return b.settle(ctx, o, d)
}

// reinsertPending makes sure that the entry of an unfinished order or refund exists, even
// after the context has timed out.
func (b *Booking) reinsertPending(ctx context.Context, entry pendingEntry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reinsertTime)
	defer cancel()
	if err := b.insertPending(ctx, entry); err != nil {
		b.log.WarnContext(ctx, "purchase: reinserting the pending entry failed: a later repair finds the difference", "id", entry.ID.Hex(), "error", err)
	}
}

func (b *Booking) settleCaptured(ctx context.Context, o *order, d *decision) (Transaction, error) {
	o.Status = Pending
	var tickets []Ticket
	err := b.traced(ctx, StepTicket, o, func(ctx context.Context, o *order) (err error) {
		tickets, err = b.issueTickets(ctx, o, d)
		return err
	})
	if err != nil {
		return o.transaction(nil), err
	}
	err = b.step(ctx, StepBook, o, func(ctx context.Context, o *order) error { return b.showSeats(ctx, o, Booked) })
	if err != nil {
		return o.transaction(nil), err
	}
	err = b.step(ctx, StepComplete, o, func(ctx context.Context, o *order) error {
		o.Status = Completed
		return b.showStatus(ctx, o)
	})
	if err != nil {
		o.Status = Pending
		return o.transaction(nil), err
	}
	// The purchase is complete for every reader; only Redis is left.
	t := o.transaction(tickets)
	err = b.step(ctx, StepMark, o, func(ctx context.Context, o *order) error {
		if err := b.markSold(ctx, o, t); err != nil {
			return err
		}
		// A late settle, by a slow node or after Reconcile, has just shown refunded seats
		// as sold.
		return b.showRefunds(ctx, o)
	})
	if err != nil {
		return t, err
	}
	return t, b.finish(ctx, o)
}

func (b *Booking) settleCancelled(ctx context.Context, o *order, d *decision) (Transaction, error) {
	o.Status = Cancelled
	t := o.transaction(nil)
	if err := b.step(ctx, StepRevoke, o, b.showStatus); err != nil {
		return t, err
	}
	err := b.step(ctx, StepClear, o, func(ctx context.Context, o *order) error { return b.mirrorCancelled(ctx, o, t) })
	if err != nil {
		return t, err
	}
	if err := b.step(ctx, StepReturn, o, b.returnMoney); err != nil {
		return t, err
	}
	if err := b.logGivenUp(ctx, o, d); err != nil {
		return t, err
	}
	return t, b.finish(ctx, o)
}

// finish records the order's event for the feed, and a sale at the desk in the audit log,
// and removes its entry.
func (b *Booking) finish(ctx context.Context, o *order) error {
	if err := b.step(ctx, StepRecord, o, b.recordSettled); err != nil {
		return err
	}
	return b.step(ctx, StepLeave, o, func(ctx context.Context, o *order) error { return b.removePending(ctx, o.ID) })
}

// showSeats writes the status of the order's seats, a projection.
func (b *Booking) showSeats(ctx context.Context, o *order, status string) error {
	writes := make([]mongo.WriteModel, len(o.Seats))
	for i, seat := range o.Seats {
		writes[i] = mongo.NewUpdateOneModel().SetFilter(store.ByID(seat)).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: status}}}})
	}
	_, err := b.o.Mongo.Collection(seatsName).BulkWrite(ctx, writes)
	return err
}

// showStatus writes the transaction's status, a projection.
func (b *Booking) showStatus(ctx context.Context, o *order) error {
	_, err := b.o.Mongo.Collection(transactionsName).UpdateOne(ctx, store.ByID(o.ID), bson.D{{Key: "$set", Value: bson.D{
		{Key: "status", Value: o.Status}, {Key: "completedAt", Value: o.CompletedAt}, {Key: "reason", Value: o.Reason},
	}}})
	return err
}

// returnMoney refunds money that a provider captured for a cancelled order. The payment was
// closed before the decision, so this only happens if a provider captures a closed payment. A
// refused order was never charged.
func (b *Booking) returnMoney(ctx context.Context, o *order) error {
	if !o.atProvider() || slices.Contains(refusalReasons, o.Reason) {
		return nil
	}
	id := o.ID.Hex()
	outcome, err := b.provider(o.Season).Outcome(ctx, id)
	if err != nil || outcome != payment.Captured {
		return err
	}
	b.log.ErrorContext(ctx, "purchase: the provider captured money of a cancelled order: refunding it", "transaction", id, "amount", o.Total)
	if err := b.provider(o.Season).Refund(ctx, id, id+"/cancelled", o.Total); err != nil {
		return fmt.Errorf("refund of %s: %w", id, err)
	}
	return nil
}

// feedTransaction is the order's state for the feed, after its refunds and moves.
func (o *order) feedTransaction(version int, decided []decidedRefund) feed.Transaction {
	here := o.present()
	t := feed.Transaction{
		ID: o.ID.Hex(), Season: o.Season, UserID: o.User.Hex(), Holder: o.Holder, Version: version,
		Status: string(o.Status), Reason: o.Reason, Total: o.Total, Currency: o.Currency,
		CreatedAt: feed.Time(o.CreatedAt), Seats: make([]feed.Seat, len(here)),
	}
	if o.CompletedAt != nil {
		t.CompletedAt = feed.Time(*o.CompletedAt)
	}
	if o.Desk != nil {
		t.Desk = &feed.Desk{
			By: o.Desk.By, Method: string(o.Desk.Method), Reference: textOrNull(o.Desk.Reference), Allotment: textOrNull(o.Desk.Allotment),
			Email: textOrNull(o.Email), ListTotal: o.listTotal(),
		}
	}
	returned := map[bson.ObjectID]bool{} // tickets
	for _, r := range decided {
		if r.counts() {
			t.Refunded += r.Amount
		}
		if r.decision.Outcome != refunded {
			continue
		}
		for i := range r.Seats {
			returned[r.ticket(i)] = true
		}
	}
	for i, p := range here {
		l := p.Line
		t.Seats[i] = feed.Seat{SeatNumber: l.SeatNumber, Category: string(l.Category), Price: l.Price, Type: textOrNull(l.Type), Refunded: returned[p.ticket()]}
		if o.Status == Completed || len(decided) > 0 {
			t.Seats[i].TicketID = p.ticket().Hex()
		}
	}
	return t
}

// textOrNull returns nil for "".
func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// recordSettled records the event of a settled order; o has the status after its decision.
// An order refused before its buyer saw a transaction has no event.
func (b *Booking) recordSettled(ctx context.Context, o *order) error {
	if err := b.logDeskSale(ctx, o); err != nil {
		return err
	}
	if IsShadow(o.Season) {
		return nil // no shop hears of a rehearsal
	}
	t := o.feedTransaction(1, nil)
	body := feed.Body{ID: o.ID.Hex(), Type: feed.Completed, Timestamp: feed.Time(*o.CompletedAt), Data: feed.Data{Transaction: &t}}
	if o.Status == Cancelled {
		if slices.Contains(refusalReasons, o.Reason) {
			return nil
		}
		body.Type = feed.Cancelled
	}
	e, err := feed.NewEvent(body, *o.CompletedAt)
	if err != nil {
		return err
	}
	return b.feed.Record(ctx, e)
}

// recordRefund records the event of a refund or a move. Every earlier refund of the order is
// decided, so every node builds the same event.
func (b *Booking) recordRefund(ctx context.Context, o *order, r *refund, d *decision) error {
	if IsShadow(o.Season) {
		return nil
	}
	decided, err := b.decidedRefunds(ctx, o.ID)
	if err != nil {
		return err
	}
	if len(decided) < r.Number {
		return fmt.Errorf("booking: only %d of %d refunds of transaction %s are decided", len(decided), r.Number, o.ID.Hex())
	}
	decided = decided[:r.Number]
	left := *o
	left.Status, left.Reason, left.Moved = Completed, "", movesOf(decided)
	state := left.feedTransaction(1+r.Number, decided)
	if !slices.ContainsFunc(state.Seats, func(s feed.Seat) bool { return !s.Refunded }) {
		state.Status, state.Reason = string(Cancelled), reasonRefunded
	}
	body := feed.Body{ID: r.ID.Hex(), Type: feed.Refunded, Timestamp: feed.Time(d.At), Data: feed.Data{Transaction: &state}}
	if r.Move != nil {
		body.Type = feed.Moved
		body.Data.Move = &feed.Move{
			ID: r.ID.Hex(), Number: r.Number, Amount: r.Amount, From: r.Lines[0].SeatNumber, To: r.Move.Line.SeatNumber,
			VoidID: r.ticket(0).Hex(), TicketID: ticketIDOf(r.ID, r.Move.Seat).Hex(),
		}
	} else {
		given := &feed.Refund{ID: r.ID.Hex(), Number: r.Number, Amount: r.Amount, Seats: make([]string, len(r.Lines))}
		for i, l := range r.Lines {
			given.Seats[i] = l.SeatNumber
		}
		body.Data.Refund = given
	}
	e, err := feed.NewEvent(body, d.At)
	if err != nil {
		return err
	}
	return b.feed.Record(ctx, e)
}
