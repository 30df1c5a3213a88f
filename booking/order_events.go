package booking

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/feed"
)

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
