package booking

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seatmap"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
)

// Seats in an allotment are not on sale: they are kept under a name, for a promoter or for
// the box office. A change moves seats between the sale and allotments:
//
//  1. The change is inserted into allotment_changes.
//  2. allot.lua takes the seats that are on sale off sale, all or none. From here on no fan
//     can hold them.
//  3. A claim for each seat is inserted, of the generation after the seat's last. A seat that
//     another change has put on sale since step 2 is not claimed, because a fan may hold it:
//     the change is cancelled and starts again.
//  4. The decision is inserted: applied, or cancelled when a claim could not be inserted.
//  5. The seats are shown: in the collection seats, in Redis (hand_over.lua), in the audit
//     log and in the feed. Then the change is settled.
//
// Steps 3 and 4 decide. Seats that leave an allotment keep its mark in Redis until step 5,
// so no fan sees a seat that is not on sale yet. Any node finishes a decided change, and
// cancels an undecided one whose node died; see allotment_recovery.go.
//
// An order sells a seat from an allotment when its line says so; see orderLine.Allotment.

// AllotmentsMax is how many seats one change may name.
const AllotmentsMax = 5000

// AllotSeat is a seat and where it shall be.
type AllotSeat struct {
	Number    string
	Allotment string // a name of 1–32 characters; "": on sale
}

// Allotment is a name with the seats under it, A-2 before A-10.
type Allotment struct {
	Name  string
	Seats []string
}

// CheckAllotment checks the name of an allotment.
func CheckAllotment(name string) error { return seatmap.CheckName(name) }

// Allot moves seats between the sale and allotments, all of them or none, and returns how
// many it moved: seats that are there already stay as they are, so a repeat changes
// nothing. A seat may move from one allotment to another. Errors: not_found;
// invalid_request; unknown_seat; seat_taken with the seats that are held, being bought or
// sold, or that the plan does not sell; unavailable; draining.
func (b *Booking) Allot(ctx context.Context, season string, want []AllotSeat, by string) (int, error) {
	moved, err := b.allot(ctx, season, want, by)
	return moved, store.Fault(err)
}

func (b *Booking) allot(ctx context.Context, season string, want []AllotSeat, by string) (int, error) {
	if _, err := b.Season(ctx, season); err != nil {
		return 0, err
	}
	if err := checkAllotSeats(want); err != nil {
		return 0, err
	}
	for attempt := 0; ; attempt++ {
		c, err := b.draftChange(ctx, season, want, by)
		if err == nil && c == nil {
			return 0, nil
		}
		if err == nil {
			err = b.checkChange(ctx, c)
		}
		if err == nil {
			err = b.purchases.change(ctx, c)
		}
		if err == nil {
			return len(c.Lines), nil
		}
		var moved *movedError
		switch {
		case attempt > 1:
			return 0, err
		case errors.Is(err, seats.ErrNotOnSale):
			if err := b.seats.Reconfigure(ctx, season); err != nil {
				return 0, err
			}
		case !errors.As(err, &moved):
			return 0, err
		}
	}
}

func checkAllotSeats(want []AllotSeat) error {
	switch {
	case len(want) == 0:
		return fault.New(fault.InvalidRequest, "seats must name at least one seat")
	case len(want) > AllotmentsMax:
		return fault.New(fault.InvalidRequest, "seats names %d seats; at most %d can be moved at once", len(want), AllotmentsMax)
	}
	named, twice := map[string]bool{}, []string(nil)
	for _, w := range want {
		if err := checkTarget(w.Allotment); err != nil {
			return err
		}
		if w.Number == "" {
			return fault.New(fault.InvalidRequest, "seats has an empty number; want numbers of seats as in the plan")
		}
		if named[w.Number] {
			twice = append(twice, w.Number)
		}
		named[w.Number] = true
	}
	if twice != nil {
		return fault.Seats(fault.InvalidRequest, twice, "named twice: %s", strings.Join(twice, ", "))
	}
	return nil
}

// checkTarget checks where seats shall be: the name of an allotment, or "" for the sale.
func checkTarget(name string) error {
	if name == "" {
		return nil
	}
	if err := CheckAllotment(name); err != nil {
		return fault.New(fault.InvalidRequest, "the name of the allotment %.40q is invalid: %v", name, err)
	}
	return nil
}

// draftChange builds the change that puts seats where they shall be; nil when they are
// there. From here on the plan is under sale: the seats keep their indexes.
func (b *Booking) draftChange(ctx context.Context, season string, want []AllotSeat, by string) (*allotmentChange, error) {
	numbers := make([]string, len(want))
	for i, w := range want {
		numbers[i] = w.Number
	}
	plan, indexes, err := b.lookUp(ctx, season, numbers)
	if err != nil {
		return nil, err
	}
	current, err := b.putUnderSale(ctx, season)
	if err != nil {
		return nil, err
	}
	if current.Version != plan.Version {
		if plan, indexes, err = b.lookUp(ctx, season, numbers); err != nil {
			return nil, err
		}
	}
	ids := make([]bson.ObjectID, len(want))
	for i, number := range numbers {
		ids[i] = seatID(season, number)
	}
	states, err := b.readStates(ctx, season, ids)
	if err != nil {
		return nil, err
	}
	c := &allotmentChange{ID: bson.NewObjectID(), Season: season, By: by, At: store.NowMilli(), Plan: plan.Version}
	var taken, unsold []string
	for i, w := range want {
		state := states[ids[i]]
		in, now := state.allotment(), ""
		if in != nil {
			now = in.Name
		}
		switch {
		case now == w.Allotment && !state.moving():
			continue // it is there already
		case in == nil && !state.free():
			taken = append(taken, w.Number)
		case in == nil && plan.Seats[indexes[i]].Blocked:
			unsold = append(unsold, w.Number)
		}
		c.Lines = append(c.Lines, allotmentLine{Number: w.Number, Index: indexes[i], To: w.Allotment})
	}
	slices.SortFunc(c.Lines, func(a, b allotmentLine) int { return seatmap.BySeat(a.Number, b.Number) })
	switch {
	case taken != nil:
		slices.SortFunc(taken, seatmap.BySeat)
		return nil, seats.ErrNotFree(taken)
	case unsold != nil:
		slices.SortFunc(unsold, seatmap.BySeat)
		return nil, fault.Seats(fault.SeatTaken, unsold, "not for sale in the seat plan: %s", strings.Join(unsold, ", "))
	case len(c.Lines) == 0:
		return nil, nil
	}
	return c, nil
}

// checkChange checks that the seats are free in Redis, so that a change that is refused
// leaves no document.
func (b *Booking) checkChange(ctx context.Context, c *allotmentChange) error {
	return b.seats.CheckAllot(ctx, c.seatsChange(), c.toAllot())
}

// Allotments returns a season's allotments, sorted by name. Errors: not_found, unavailable.
func (b *Booking) Allotments(ctx context.Context, season string) ([]Allotment, error) {
	if _, err := b.Season(ctx, season); err != nil {
		return nil, err
	}
	in, err := b.allottedSeats(ctx, season)
	if err != nil {
		return nil, store.Fault(err)
	}
	byName := map[string][]string{}
	for _, s := range in {
		byName[s.in.Name] = append(byName[s.in.Name], s.number)
	}
	all := make([]Allotment, 0, len(byName))
	for name, numbers := range byName {
		slices.SortFunc(numbers, seatmap.BySeat)
		all = append(all, Allotment{Name: name, Seats: numbers})
	}
	slices.SortFunc(all, func(a, b Allotment) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// checkInAllotment checks that seats are in an allotment at this moment, so that an order
// from it can be refused before it leaves a document. Errors: seat_taken with the others.
func (b *Booking) checkInAllotment(ctx context.Context, season, name string, numbers []string) error {
	var others []string
	for _, number := range numbers {
		state, err := b.readSeat(ctx, seatID(season, number))
		if err != nil {
			return err
		}
		if in := state.allotment(); in == nil || in.Name != name {
			others = append(others, number)
		}
	}
	if others != nil {
		return errNotInAllotment(name, others)
	}
	return nil
}

func errNotInAllotment(name string, numbers []string) error {
	return fault.Seats(fault.SeatTaken, numbers, "not in the allotment %q: %s", name, strings.Join(numbers, ", "))
}

// movedError says that another change has put a seat on sale while this one was prepared.
// Fans may hold the seat by now, so the change starts again.
type movedError struct{ number string }

func (e *movedError) Error() string { return "seat " + e.number + " went on sale by another change" }

// Unwrap returns the answer to the admin whose change met such seats again and again.
func (e *movedError) Unwrap() error {
	return fault.Seats(fault.SeatTaken, []string{e.number}, "being moved by another change of allotments: %s; try again", e.number)
}

// allotmentOverdue is how long an undecided change may take before another node cancels it.
const allotmentOverdue = 90 * time.Second
