package booking

import (
	"context"
	"strconv"

	"usher/internal/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// auditMoney: the provider holds the money of captured sales less what was given
// back, and of no other.
func (b *Booking) auditMoney(ctx context.Context, a *audit) error {
	back := map[bson.ObjectID]int64{}
	for i := range a.refunds {
		r := &a.refunds[i]
		if d := a.decisions[r.ID]; d != nil && d.Outcome == refunded {
			back[r.Transaction] += r.Amount
		}
	}
	for i := range a.sales {
		s := &a.sales[i]
		d := a.decisions[s.ID]
		if s.Total == 0 || d == nil || a.pending[s.ID] {
			continue
		}
		held, err := b.o.Provider.Held(ctx, s.ID.Hex())
		if err != nil {
			return err
		}
		a.checked.Charges++
		a.o.Progress("charges", a.checked.Charges)
		owed := int64(0)
		if d.Outcome == captured {
			owed = s.Total - back[s.ID]
		}
		if held != owed {
			a.find("transaction %s is %s and %d given back, but the provider holds %d of its %d", s.ID.Hex(), d.Outcome, back[s.ID], held, s.Total)
		}
	}
	return nil
}

// auditSeats: a seat's status says booked exactly when it is sold.
func (b *Booking) auditSeats(ctx context.Context, a *audit, season string) error {
	type seat struct {
		ID         bson.ObjectID `bson:"_id"`
		SeatNumber string        `bson:"seatNumber"`
		Status     string        `bson:"status"`
	}
	seats, err := store.FindAll[seat](ctx, b.o.Mongo.Collection(seatsName), season)
	if err != nil {
		return err
	}
	sold, moving, last := map[bson.ObjectID]bool{}, map[bson.ObjectID]bool{}, map[bson.ObjectID]int{}
	for i := range a.claims {
		c := &a.claims[i]
		last[c.Seat] = max(last[c.Seat], c.Generation)
		d := a.decisions[c.Transaction]
		sold[c.Seat] = sold[c.Seat] || d != nil && d.Outcome == captured && !a.over(c)
		moving[c.Seat] = moving[c.Seat] || a.pending[c.Transaction]
	}
	for _, s := range seats {
		if !moving[s.ID] && sold[s.ID] != (s.Status == Booked) {
			// The number of claims makes this sentence another one when the seat has
			// changed hands between the two looks.
			a.find("seat %s is shown as %s; sold: %v (after %d claims)", s.SeatNumber, s.Status, sold[s.ID], last[s.ID])
		}
	}
	return nil
}

// auditMarks: Redis marks exactly the seats that are claimed, for who claimed
// them.
func (b *Booking) auditMarks(ctx context.Context, a *audit, season string) error {
	if err := b.seats.EpochIsOpen(ctx, season); err != nil {
		return err
	}
	marks := map[string]string{}
	err := b.seats.Marks(ctx, season, func(index, mark string) error { marks[index] = mark; return nil })
	if err != nil {
		return err
	}
	booked, err := b.seats.Booked(ctx, season)
	if err != nil {
		return err
	}
	b.auditBooked(a, booked)
	if err := b.auditBought(ctx, a, season, marks); err != nil {
		return err
	}
	explained := map[string]bool{}
	for i := range a.claims {
		c := &a.claims[i]
		index := strconv.Itoa(c.Index)
		mark, mine := marks[index], c.Transaction.Hex()+" "+c.User.Hex()
		ended := a.over(c)
		explained[index] = explained[index] || a.pending[c.Transaction] || !ended
		switch {
		case a.pending[c.Transaction]:
		case ended && mark == mine:
			a.find("seat %s is marked taken by transaction %s, which is cancelled or has given it back", c.SeatNumber, c.Transaction.Hex())
			explained[index] = true
		case !ended && mark != mine:
			a.find("seat %s belongs to transaction %s, but Redis marks it %q", c.SeatNumber, c.Transaction.Hex(), mark)
		}
	}
	for index, mark := range marks {
		if !explained[index] {
			a.find("the seat with index %s is marked taken (%s) and nobody has claimed it", index, mark)
		}
	}
	return nil
}
