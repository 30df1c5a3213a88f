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

// reenterTime is how long a node that failed takes to say so.
const reenterTime = 3 * time.Second

// settle derives from a decision all that follows from it. Everything it writes
// is the same whoever writes it and however often. It returns the transaction as
// far as it has come; after an error the entry in pending is there.
//
// A node that is late writes after others have finished, when what it writes may
// be true no longer: seats given back meanwhile show as sold until it has come to
// the refunds. If it fails before that, the entry that others have removed must be
// there again.
func (b *Booking) settle(ctx context.Context, s *sale, d *decision) (Transaction, error) {
	settled := *s
	settled.CompletedAt = &d.At
	settled.Reason = d.Reason
	end := b.settleCancelled
	if d.Outcome == captured {
		end = func(ctx context.Context, s *sale) (Transaction, error) { return b.settleCaptured(ctx, s, d) }
	}
	t, err := end(ctx, &settled)
	if err != nil && !errors.Is(err, errCrash) {
		b.reenter(ctx, pendingSale{ID: s.ID, Season: s.Season, Sale: *s})
	}
	return t, err
}

// settleLate is settle for whoever cannot know that the entry is still there. It
// enters the sale first, so that its death in the middle is noticed, too.
func (b *Booking) settleLate(ctx context.Context, s *sale, d *decision) (Transaction, error) {
	if err := b.enterPending(ctx, s); err != nil {
		return s.transaction(nil), err
	}
	return b.settle(ctx, s, d)
}

// reenter makes sure of the entry of what could not be brought to its end, also
// when that was for want of time.
func (b *Booking) reenter(ctx context.Context, entry pendingSale) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reenterTime)
	defer cancel()
	if err := b.insertPending(ctx, entry); err != nil {
		b.log.WarnContext(ctx, "what is not settled could not be entered again", "id", entry.ID.Hex(), "error", err)
	}
}

func (b *Booking) settleCaptured(ctx context.Context, s *sale, d *decision) (Transaction, error) {
	s.Status = Pending
	tickets, err := b.issueTickets(ctx, s, d)
	if err != nil {
		return s.transaction(nil), err
	}
	if err := b.at(StepBook, s); err != nil {
		return s.transaction(nil), err
	}
	if err := b.showSeats(ctx, s, Booked); err != nil {
		return s.transaction(nil), err
	}
	if err := b.at(StepComplete, s); err != nil {
		return s.transaction(nil), err
	}
	s.Status = Completed
	if err := b.showStatus(ctx, s); err != nil {
		s.Status = Pending
		return s.transaction(nil), err
	}
	// From here on the purchase is complete to everybody; what is left is Redis.
	t := s.transaction(tickets)
	if err := b.at(StepMirror, s); err != nil {
		return t, err
	}
	if err := b.mirrorCaptured(ctx, s, t); err != nil {
		return t, err
	}
	// Whoever settles late, a node that slept or was nudged, has just shown as sold
	// what may have been given back since.
	if err := b.showRefunds(ctx, s); err != nil {
		return t, err
	}
	return t, b.leave(ctx, s)
}

func (b *Booking) settleCancelled(ctx context.Context, s *sale) (Transaction, error) {
	s.Status = Cancelled
	t := s.transaction(nil)
	if err := b.at(StepRevoke, s); err != nil {
		return t, err
	}
	if err := b.showStatus(ctx, s); err != nil {
		return t, err
	}
	if err := b.at(StepClear, s); err != nil {
		return t, err
	}
	if err := b.mirrorCancelled(ctx, s, t); err != nil {
		return t, err
	}
	if err := b.at(StepReturn, s); err != nil {
		return t, err
	}
	if err := b.returnMoney(ctx, s); err != nil {
		return t, err
	}
	return t, b.leave(ctx, s)
}

// leave records for the feed how the sale ended, and removes its entry.
func (b *Booking) leave(ctx context.Context, s *sale) error {
	if err := b.at(StepRecord, s); err != nil {
		return err
	}
	if err := b.recordSettled(ctx, s); err != nil {
		return err
	}
	if err := b.at(StepLeave, s); err != nil {
		return err
	}
	return b.leavePending(ctx, s.ID)
}

// showSeats writes the seats' status, which decides nothing, by their ids.
func (b *Booking) showSeats(ctx context.Context, s *sale, status string) error {
	writes := make([]mongo.WriteModel, len(s.Seats))
	for i, seat := range s.Seats {
		writes[i] = mongo.NewUpdateOneModel().SetFilter(store.ByID(seat)).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: status}}}})
	}
	_, err := b.o.Mongo.Collection(seatsName).BulkWrite(ctx, writes)
	return err
}

// showStatus writes the transaction's status, which decides nothing.
func (b *Booking) showStatus(ctx context.Context, s *sale) error {
	_, err := b.o.Mongo.Collection(transactionsName).UpdateOne(ctx, store.ByID(s.ID), bson.D{{Key: "$set", Value: bson.D{
		{Key: "status", Value: s.Status}, {Key: "completedAt", Value: s.CompletedAt}, {Key: "reason", Value: s.Reason},
	}}})
	return err
}

// returnMoney gives back money that a provider holds for a cancelled sale. The
// payment was closed before the decision, so there is none, unless a provider
// does not keep its word. For a sale that was refused none was ever asked for.
func (b *Booking) returnMoney(ctx context.Context, s *sale) error {
	if s.Total == 0 || slices.Contains(refusals, s.Reason) {
		return nil
	}
	id := s.ID.Hex()
	outcome, err := b.o.Provider.Outcome(ctx, id)
	if err != nil || outcome != payment.Captured {
		return err
	}
	b.log.Error("money came for a cancelled purchase; it is given back", "transaction", id, "amount", s.Total)
	if err := b.o.Provider.Refund(ctx, id, id+"/cancelled", s.Total); err != nil {
		return fmt.Errorf("refund of %s: %w", id, err)
	}
	return nil
}

// transactionEvent is the state of a sale for the feed; back are the seats refunded.
func (s *sale) transactionEvent(version int, back map[bson.ObjectID]bool) feed.Transaction {
	t := feed.Transaction{
		ID: s.ID.Hex(), Season: s.Season, UserID: s.User.Hex(), Holder: s.Holder, Version: version,
		Status: string(s.Status), Reason: s.Reason, Total: s.Total, Currency: s.Currency,
		CreatedAt: feed.Time(s.CreatedAt), Seats: make([]feed.Seat, len(s.Lines)),
	}
	if s.CompletedAt != nil {
		t.CompletedAt = feed.Time(*s.CompletedAt)
	}
	for i, l := range s.Lines {
		t.Seats[i] = feed.Seat{SeatNumber: l.SeatNumber, Category: string(l.Category), Price: l.Price, Refunded: back[s.Seats[i]]}
		if s.Status == Completed || len(back) > 0 {
			t.Seats[i].TicketID = ticketID(s, i).Hex()
		}
		if back[s.Seats[i]] {
			t.Refunded += l.Price
		}
	}
	return t
}

// recordSettled records how a purchase ended; s is the sale after its decision. A
// purchase that was refused before its buyer saw a transaction has no event.
func (b *Booking) recordSettled(ctx context.Context, s *sale) error {
	body := feed.Body{ID: s.ID.Hex(), Type: feed.Completed, Timestamp: feed.Time(*s.CompletedAt), Data: feed.Data{Transaction: s.transactionEvent(1, nil)}}
	if s.Status == Cancelled {
		if slices.Contains(refusals, s.Reason) {
			return nil
		}
		body.Type = feed.Cancelled
	}
	e, err := feed.NewEvent(body, *s.CompletedAt)
	if err != nil {
		return err
	}
	return b.feed.Record(ctx, e)
}

// recordRefund records a refund. Every earlier refund of the sale is decided, so
// every node that records this one builds the same event.
func (b *Booking) recordRefund(ctx context.Context, s *sale, r *refund, d *decision) error {
	left := *s
	left.Status, left.Reason = Completed, ""
	back := map[bson.ObjectID]bool{}
	for number := 1; number <= r.Number; number++ {
		one, ruling := r, d
		if number < r.Number {
			var err error
			if one, err = b.findRefund(ctx, refundID(s.ID, number)); err == nil && one != nil {
				ruling, err = b.findDecision(ctx, one.ID)
			}
			if err != nil {
				return err
			}
		}
		if one == nil || ruling == nil || ruling.Outcome != refunded {
			continue
		}
		for _, seat := range one.Seats {
			back[seat] = true
		}
	}
	if len(back) == len(s.Seats) {
		left.Status, left.Reason = Cancelled, reasonRefunded
	}
	given := &feed.Refund{ID: r.ID.Hex(), Number: r.Number, Amount: r.Amount, Seats: make([]string, len(r.Lines))}
	for i, l := range r.Lines {
		given.Seats[i] = l.SeatNumber
	}
	e, err := feed.NewEvent(feed.Body{
		ID: r.ID.Hex(), Type: feed.Refunded, Timestamp: feed.Time(d.At),
		Data: feed.Data{Transaction: left.transactionEvent(1+r.Number, back), Refund: given},
	}, d.At)
	if err != nil {
		return err
	}
	return b.feed.Record(ctx, e)
}
