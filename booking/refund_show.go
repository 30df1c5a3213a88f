package booking

import (
	"context"
	"slices"

	"usher/internal/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// showRefunds shows every refund of a sale that was decided for.
func (b *Booking) showRefunds(ctx context.Context, s *sale) error {
	for number := 1; ; number++ {
		r, err := b.findRefund(ctx, refundID(s.ID, number))
		if err != nil || r == nil {
			return err
		}
		d, err := b.findDecision(ctx, r.ID)
		if err != nil {
			return err
		}
		if d == nil || d.Outcome != refunded {
			continue
		}
		if err := b.showRefund(ctx, s, r); err != nil {
			return err
		}
	}
}

// showRefund derives from a refund that was decided for what everybody sees:
// tickets, transaction and seats, and last Redis, which puts the seats on sale.
func (b *Booking) showRefund(ctx context.Context, s *sale, r *refund) error {
	if err := b.at(StepRefundShow, s); err != nil {
		return err
	}
	for _, seat := range r.Seats {
		if err := b.showTicket(ctx, ticketIDOf(s.ID, seat), ticketVoid); err != nil {
			return err
		}
	}
	shown := *s
	whole, err := b.allGivenBack(ctx, s)
	if err != nil {
		return err
	}
	if whole {
		shown.Status, shown.Reason = Cancelled, reasonRefunded
		if err := b.showEnd(ctx, &shown); err != nil {
			return err
		}
	}
	for i, seat := range s.Seats {
		if !slices.Contains(r.Seats, seat) {
			continue
		}
		if err := b.showSeat(ctx, s.Season, s.Lines[i].SeatNumber); err != nil {
			return err
		}
	}
	if err := b.at(StepRefundClear, s); err != nil {
		return err
	}
	return b.mirrorRefund(ctx, &shown, r)
}

func (b *Booking) allGivenBack(ctx context.Context, s *sale) (bool, error) {
	for _, seat := range s.Seats {
		back, err := b.givenBack(ctx, s.ID, seat)
		if err != nil || !back {
			return false, err
		}
	}
	return true, nil
}

// showTicket writes a ticket's status, which decides nothing.
func (b *Booking) showTicket(ctx context.Context, id bson.ObjectID, status string) error {
	_, err := b.o.Mongo.Collection(ticketsName).UpdateOne(ctx, store.ByID(id), bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: status}}}})
	return err
}

// showEnd writes a sale's status and reason alone: when it was completed stays.
func (b *Booking) showEnd(ctx context.Context, s *sale) error {
	_, err := b.o.Mongo.Collection(transactionsName).UpdateOne(ctx, store.ByID(s.ID), bson.D{{Key: "$set", Value: bson.D{
		{Key: "status", Value: s.Status}, {Key: "reason", Value: s.Reason},
	}}})
	return err
}

// showSeat writes a seat's status by its last claim. Others may claim and sell the
// seat meanwhile and write too, so it looks again until what it wrote is true.
func (b *Booking) showSeat(ctx context.Context, season, number string) error {
	seat, written := seatID(season, number), ""
	for {
		sold, err := b.sold(ctx, seat)
		if err != nil {
			return err
		}
		plan, err := b.plan(ctx, season)
		if err != nil {
			return err
		}
		status := unsold(plan, number)
		if sold {
			status = Booked
		}
		if status == written {
			return nil
		}
		_, err = b.o.Mongo.Collection(seatsName).UpdateOne(ctx, store.ByID(seat), bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: status}}}})
		if err != nil {
			return err
		}
		written = status
	}
}

// unsold is the status of a seat while it is not sold.
func unsold(plan *Plan, number string) string {
	if index, known := plan.ByName[number]; known && plan.Seats[index].Blocked {
		return Unavailable
	}
	return Available
}

// sold reports whether a seat's last claim is captured and not given back.
func (b *Booking) sold(ctx context.Context, seat bson.ObjectID) (bool, error) {
	last, err := b.lastClaim(ctx, seat)
	if err != nil {
		return false, err
	}
	if last == nil {
		return false, nil
	}
	d, err := b.findDecision(ctx, last.Transaction)
	if err != nil || d == nil || d.Outcome != captured {
		return false, err
	}
	back, err := b.givenBack(ctx, last.Transaction, seat)
	return !back, err
}
