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

// reinsertTime is how long a node that failed takes to say so.
const reinsertTime = 3 * time.Second

// settle derives from a decision all that follows from it. Everything it writes
// is the same whoever writes it and however often. It returns the transaction as
// far as it has come; after an error the entry in pending is there.
//
// A node that is late writes after others have finished, when what it writes may
// be true no longer: seats given back meanwhile show as sold until it has come to
// the refunds. If it fails before that, the entry that others have removed must be
// there again.
func (b *Booking) settle(ctx context.Context, o *order, d *decision) (Transaction, error) {
	settled := *o
	settled.CompletedAt = &d.At
	settled.Reason = d.Reason
	end := b.settleCancelled
	if d.Outcome == captured {
		end = func(ctx context.Context, o *order) (Transaction, error) { return b.settleCaptured(ctx, o, d) }
	}
	t, err := end(ctx, &settled)
	if err != nil && !errors.Is(err, errCrash) {
		b.reinsertPending(ctx, pendingEntry{ID: o.ID, Season: o.Season, Order: *o})
	}
	return t, err
}

// settleLate is settle for whoever cannot know that the entry is still there. It
// enters the sale first, so that its death in the middle is noticed, too.
func (b *Booking) settleLate(ctx context.Context, o *order, d *decision) (Transaction, error) {
	if err := b.enterPending(ctx, o); err != nil {
		return o.transaction(nil), err
	}
	return b.settle(ctx, o, d)
}

// reinsertPending makes sure of the entry of what could not be brought to its end, also
// when that was for want of time.
func (b *Booking) reinsertPending(ctx context.Context, entry pendingEntry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reinsertTime)
	defer cancel()
	if err := b.insertPending(ctx, entry); err != nil {
		b.log.WarnContext(ctx, "what is not settled could not be entered again", "id", entry.ID.Hex(), "error", err)
	}
}

func (b *Booking) settleCaptured(ctx context.Context, o *order, d *decision) (Transaction, error) {
	o.Status = Pending
	tickets, err := b.issueTickets(ctx, o, d)
	if err != nil {
		return o.transaction(nil), err
	}
	if err := b.at(StepBook, o); err != nil {
		return o.transaction(nil), err
	}
	if err := b.showSeats(ctx, o, Booked); err != nil {
		return o.transaction(nil), err
	}
	if err := b.at(StepComplete, o); err != nil {
		return o.transaction(nil), err
	}
	o.Status = Completed
	if err := b.showStatus(ctx, o); err != nil {
		o.Status = Pending
		return o.transaction(nil), err
	}
	// From here on the purchase is complete to everybody; what is left is Redis.
	t := o.transaction(tickets)
	if err := b.at(StepMirror, o); err != nil {
		return t, err
	}
	if err := b.mirrorCaptured(ctx, o, t); err != nil {
		return t, err
	}
	// Whoever settles late, a node that slept or was nudged, has just shown as sold
	// what may have been given back since.
	if err := b.showRefunds(ctx, o); err != nil {
		return t, err
	}
	return t, b.finish(ctx, o)
}

func (b *Booking) settleCancelled(ctx context.Context, o *order) (Transaction, error) {
	o.Status = Cancelled
	t := o.transaction(nil)
	if err := b.at(StepRevoke, o); err != nil {
		return t, err
	}
	if err := b.showStatus(ctx, o); err != nil {
		return t, err
	}
	if err := b.at(StepClear, o); err != nil {
		return t, err
	}
	if err := b.mirrorCancelled(ctx, o, t); err != nil {
		return t, err
	}
	if err := b.at(StepReturn, o); err != nil {
		return t, err
	}
	if err := b.returnMoney(ctx, o); err != nil {
		return t, err
	}
	return t, b.finish(ctx, o)
}

// finish records for the feed how the sale ended, and removes its entry.
func (b *Booking) finish(ctx context.Context, o *order) error {
	if err := b.at(StepRecord, o); err != nil {
		return err
	}
	if err := b.recordSettled(ctx, o); err != nil {
		return err
	}
	if err := b.at(StepLeave, o); err != nil {
		return err
	}
	return b.removePending(ctx, o.ID)
}

// showSeats writes the seats' status, which decides nothing, by their ids.
func (b *Booking) showSeats(ctx context.Context, o *order, status string) error {
	writes := make([]mongo.WriteModel, len(o.Seats))
	for i, seat := range o.Seats {
		writes[i] = mongo.NewUpdateOneModel().SetFilter(store.ByID(seat)).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: status}}}})
	}
	_, err := b.o.Mongo.Collection(seatsName).BulkWrite(ctx, writes)
	return err
}

// showStatus writes the transaction's status, which decides nothing.
func (b *Booking) showStatus(ctx context.Context, o *order) error {
	_, err := b.o.Mongo.Collection(transactionsName).UpdateOne(ctx, store.ByID(o.ID), bson.D{{Key: "$set", Value: bson.D{
		{Key: "status", Value: o.Status}, {Key: "completedAt", Value: o.CompletedAt}, {Key: "reason", Value: o.Reason},
	}}})
	return err
}

// returnMoney gives back money that a provider holds for a cancelled sale. The
// payment was closed before the decision, so there is none, unless a provider
// does not keep its word. For a sale that was refused none was ever asked for.
func (b *Booking) returnMoney(ctx context.Context, o *order) error {
	if o.Total == 0 || slices.Contains(refusalReasons, o.Reason) {
		return nil
	}
	id := o.ID.Hex()
	outcome, err := b.o.Provider.Outcome(ctx, id)
	if err != nil || outcome != payment.Captured {
		return err
	}
	b.log.Error("money came for a cancelled purchase; it is given back", "transaction", id, "amount", o.Total)
	if err := b.o.Provider.Refund(ctx, id, id+"/cancelled", o.Total); err != nil {
		return fmt.Errorf("refund of %s: %w", id, err)
	}
	return nil
}

// feedTransaction is the state of a sale for the feed; back are the seats refunded.
func (o *order) feedTransaction(version int, back map[bson.ObjectID]bool) feed.Transaction {
	t := feed.Transaction{
		ID: o.ID.Hex(), Season: o.Season, UserID: o.User.Hex(), Holder: o.Holder, Version: version,
		Status: string(o.Status), Reason: o.Reason, Total: o.Total, Currency: o.Currency,
		CreatedAt: feed.Time(o.CreatedAt), Seats: make([]feed.Seat, len(o.Lines)),
	}
	if o.CompletedAt != nil {
		t.CompletedAt = feed.Time(*o.CompletedAt)
	}
	for i, l := range o.Lines {
		t.Seats[i] = feed.Seat{SeatNumber: l.SeatNumber, Category: string(l.Category), Price: l.Price, Refunded: back[o.Seats[i]]}
		if o.Status == Completed || len(back) > 0 {
			t.Seats[i].TicketID = ticketID(o, i).Hex()
		}
		if back[o.Seats[i]] {
			t.Refunded += l.Price
		}
	}
	return t
}

// recordSettled records how a purchase ended; s is the sale after its decision. A
// purchase that was refused before its buyer saw a transaction has no event.
func (b *Booking) recordSettled(ctx context.Context, o *order) error {
	body := feed.Body{ID: o.ID.Hex(), Type: feed.Completed, Timestamp: feed.Time(*o.CompletedAt), Data: feed.Data{Transaction: o.feedTransaction(1, nil)}}
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

// recordRefund records a refund. Every earlier refund of the sale is decided, so
// every node that records this one builds the same event.
func (b *Booking) recordRefund(ctx context.Context, o *order, r *refund, d *decision) error {
	left := *o
	left.Status, left.Reason = Completed, ""
	back := map[bson.ObjectID]bool{}
	for number := 1; number <= r.Number; number++ {
		one, refundDecision := r, d
		if number < r.Number {
			var err error
			if one, err = b.findRefund(ctx, refundID(o.ID, number)); err == nil && one != nil {
				refundDecision, err = b.findDecision(ctx, one.ID)
			}
			if err != nil {
				return err
			}
		}
		if one == nil || refundDecision == nil || refundDecision.Outcome != refunded {
			continue
		}
		for _, seat := range one.Seats {
			back[seat] = true
		}
	}
	if len(back) == len(o.Seats) {
		left.Status, left.Reason = Cancelled, reasonRefunded
	}
	given := &feed.Refund{ID: r.ID.Hex(), Number: r.Number, Amount: r.Amount, Seats: make([]string, len(r.Lines))}
	for i, l := range r.Lines {
		given.Seats[i] = l.SeatNumber
	}
	e, err := feed.NewEvent(feed.Body{
		ID: r.ID.Hex(), Type: feed.Refunded, Timestamp: feed.Time(d.At),
		Data: feed.Data{Transaction: left.feedTransaction(1+r.Number, back), Refund: given},
	}, d.At)
	if err != nil {
		return err
	}
	return b.feed.Record(ctx, e)
}
