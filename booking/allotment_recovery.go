package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seats"
	"usher/internal/store"
)

// recoverAllotments finishes the changes of allotments that their nodes have left: a
// decided one is settled, an undecided one is cancelled once it is overdue, because its
// admin got no answer. Until then its seats are off sale.
func (r *recovery) recoverAllotments(ctx context.Context) error {
	found, err := r.b.o.Mongo.Collection(allotmentChangesName).Find(ctx, bson.D{{Key: "settled", Value: false}})
	if err != nil {
		return err
	}
	var all []allotmentChange
	if err := found.All(ctx, &all); err != nil {
		return err
	}
	now, there := time.Now(), make(map[bson.ObjectID]time.Time, len(all))
	var failed error
	for i := range all {
		c := &all[i]
		first, known := r.changes[c.ID]
		if !known {
			first = now
		}
		there[c.ID] = first
		age := now.Sub(first)
		if age < r.overdue || r.b.purchases.isChanging(c.ID) {
			continue
		}
		if err := r.advanceChange(ctx, c, age >= r.allotOverdue); err != nil {
			failed = errors.Join(failed, fmt.Errorf("change %s: %w", c.ID.Hex(), err))
		}
	}
	r.changes = there
	return failed
}

func (r *recovery) advanceChange(ctx context.Context, stored *allotmentChange, overdue bool) error {
	ctx, cancel := context.WithTimeout(ctx, sagaTime)
	defer cancel()
	c := &changing{b: r.b, allotmentChange: stored}
	if err := json.Unmarshal([]byte(c.Text), &c.Lines); err != nil {
		return err
	}
	d, err := r.b.findDecision(ctx, c.ID)
	if err == nil && d == nil && overdue {
		d, err = c.insertDecision(ctx, cancelled, reasonUnavailable)
	}
	if err != nil || d == nil {
		return err
	}
	if d.Outcome == applied {
		if err := c.readFrom(ctx); err != nil {
			return err
		}
	}
	if err := c.settle(ctx, d, true); err != nil {
		return err
	}
	r.b.log.InfoContext(ctx, "recovery: a change of allotments was finished", "change", c.ID.Hex(), "outcome", d.Outcome)
	return nil
}

// readFrom reads from the claims where the seats were.
func (c *changing) readFrom(ctx context.Context) error {
	claims, err := findClaims(ctx, c.b, bson.D{{Key: "season", Value: c.Season}, {Key: "transactionId", Value: c.ID}})
	if err != nil {
		return err
	}
	from := make(map[string]*allotment, len(claims))
	for i := range claims {
		from[claims[i].SeatNumber] = claims[i].From
	}
	for i := range c.Lines {
		c.Lines[i].from = from[c.Lines[i].Number]
	}
	return nil
}

// leaveAllotments hands the seats of a captured order that were in allotments over to the
// order, in Redis.
func (b *Booking) leaveAllotments(ctx context.Context, o *order) error {
	var moved []seats.Moved
	for i, l := range o.Lines {
		if l.Allotment == "" {
			continue
		}
		last, err := b.lastClaim(ctx, o.Seats[i])
		if err != nil {
			return err
		}
		if last == nil || last.Transaction != o.ID || last.From == nil {
			continue // the seat was refunded and claimed again since
		}
		moved = append(moved, seats.Moved{Ref: seats.Ref{Number: l.SeatNumber, Index: l.Index}, From: last.From.Change.Hex()})
	}
	if len(moved) == 0 {
		return nil
	}
	// Marks of others are left to the caller, which marks all seats of the order.
	_, err := b.seats.HandOver(ctx, o.Season, o.ID.Hex(), o.User.Hex(), moved)
	return err
}

// repairAllotted removes marks of allotments from seats that are not in them. A node that
// was frozen for longer than tombstones are kept may have left such a mark.
func (b *Booking) repairAllotted(ctx context.Context, season string) error {
	marks := map[string]string{}
	err := b.seats.Marks(ctx, season, func(index, mark string) error {
		if strings.HasSuffix(mark, " "+seats.AllotmentUser) {
			marks[index] = mark
		}
		return nil
	})
	if err != nil || len(marks) == 0 {
		return err
	}
	in, err := b.allottedSeats(ctx, season)
	if err != nil {
		return err
	}
	right := make(map[string]bool, len(in))
	for _, a := range in {
		right[strconv.Itoa(a.index)+" "+a.in.Change.Hex()+" "+seats.AllotmentUser] = true
	}
	var failed error
	for index, mark := range marks {
		if right[index+" "+mark] {
			continue
		}
		// The seat may have moved between the two reads, or be in a change in flight.
		_, err := b.clearAllotted(ctx, season, index, mark)
		failed = errors.Join(failed, err)
	}
	return failed
}

// clearAllotted removes the mark "<change> @" from a seat that is not, and will not be, in
// an allotment by that change, and reports whether it did. The seat gets the mark that it
// must have.
func (b *Booking) clearAllotted(ctx context.Context, season, index, mark string) (bool, error) {
	position, err := strconv.Atoi(index)
	if err != nil {
		return false, fmt.Errorf("booking: a seat of %s with index %q is marked %q: %w", season, index, mark, err)
	}
	plan, err := b.plan(ctx, season)
	if err != nil {
		return false, err
	}
	if position >= len(plan.Seats) {
		return false, nil // this node does not know the newest plan yet
	}
	number := plan.Seats[position].Number
	state, err := b.readSeat(ctx, seatID(season, number))
	if err != nil {
		return false, err
	}
	want, marked := state.mark()
	change, _, _ := strings.Cut(mark, " ")
	if marked && want.Transaction == change {
		return false, nil
	}
	id, err := bson.ObjectIDFromHex(change)
	if err != nil {
		return false, fmt.Errorf("booking: a seat of %s is marked %q: %w", season, mark, err)
	}
	c, err := store.Find[allotmentChange](ctx, b.o.Mongo.Collection(allotmentChangesName), id)
	if err != nil {
		return false, err
	}
	if c != nil && !c.Settled {
		return false, nil // in flight: it takes seats off sale before it claims them
	}
	b.log.WarnContext(ctx, "repair: a seat has the mark of an allotment that it is not in: correcting it", "season", season, "seat", number, "change", change)
	if !marked {
		return true, b.seats.Withdraw(ctx, season, change, false, []int{position})
	}
	moved := seats.Moved{Ref: seats.Ref{Number: number, Index: position}, From: change}
	if _, err := b.seats.HandOver(ctx, season, want.Transaction, want.User, []seats.Moved{moved}); err != nil {
		return false, err
	}
	_, err = b.seats.Mark(ctx, season, want)
	return true, err
}

// numberAt returns the number of the seat with an index of Redis.
func numberAt(numbers map[int]string, index string) (string, error) {
	position, err := strconv.Atoi(index)
	if err != nil || numbers[position] == "" {
		return "", fmt.Errorf("booking: Redis names a seat with index %q, which the change does not have", index)
	}
	return numbers[position], nil
}
