package booking

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seatmap"
	"usher/booking/seats"
	"usher/internal/fault"
)

// deskChoices is how often seats are chosen again because a fan took one in between, or a
// plan was published.
const deskChoices = 8

// prepareAtDesk makes the order of a sale at the desk, after checking that it could succeed
// now.
func (b *Booking) prepareAtDesk(ctx context.Context, req PurchaseRequest, id bson.ObjectID, n int) (*order, error) {
	for attempt := 1; ; attempt++ {
		o, err := b.draftAtDesk(ctx, req, id, n)
		if err == nil {
			err = b.checkSellable(ctx, o)
		}
		if err == nil {
			err = b.checkUnderSale(ctx, o)
		}
		switch {
		case errors.Is(err, seats.ErrNotOnSale) && attempt < deskChoices:
			if err := b.seats.Reconfigure(ctx, req.Season); err != nil {
				return nil, err
			}
		case fault.Is(err, fault.SeatTaken) && o != nil && o.chosen && attempt < deskChoices:
			// Named seats that are taken stay taken: the check of them alone refuses.
			if err := b.checkNamed(ctx, req, o); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		default:
			return o, nil
		}
	}
}

// checkNamed checks the seats of an order that the request has named.
func (b *Booking) checkNamed(ctx context.Context, req PurchaseRequest, o *order) error {
	named := *o
	named.Lines = slices.DeleteFunc(slices.Clone(o.Lines), func(l orderLine) bool { return !slices.Contains(req.Seats, l.SeatNumber) })
	return b.checkSellable(ctx, &named)
}

// checkSellable checks that the seats of a sale at the desk are free, or in the allotment
// that they are sold from.
func (b *Booking) checkSellable(ctx context.Context, o *order) error {
	if name := o.Desk.Allotment; name != "" {
		return b.checkInAllotment(ctx, o.Season, name, o.seatNumbers())
	}
	return b.seats.CheckFree(ctx, o.seatOrder())
}

// draftAtDesk builds the order of a sale at the desk. It chooses the seats that the request
// leaves to the server.
func (b *Booking) draftAtDesk(ctx context.Context, req PurchaseRequest, id bson.ObjectID, n int) (*order, error) {
	season, err := b.Season(ctx, req.Season)
	if err != nil {
		return nil, err
	}
	if season.Cancelled != nil {
		return nil, errShowCancelled(&season)
	}
	plan, found, err := b.lookUp(ctx, season.ID, req.Seats)
	if err != nil {
		return nil, err
	}
	picked := make([]seats.Chosen, len(found))
	for i, index := range found {
		picked[i] = seats.Chosen{Index: index, Type: req.Types[req.Seats[i]]}
	}
	chosen := len(req.desk.Areas) > 0 || req.desk.Best != nil
	if chosen {
		want := seats.Wanted{Named: req.Seats, Types: req.Types, Areas: req.desk.Areas, Best: req.desk.Best}
		if name := req.desk.Sale.Allotment; name != "" {
			if want.Among, err = b.indexesIn(ctx, season.ID, name); err != nil {
				return nil, err
			}
		}
		plan, picked, err = b.seats.Choose(ctx, season.ID, want)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(picked, func(a, c seats.Chosen) int {
			return seatmap.BySeat(plan.Seats[a.Index].Number, plan.Seats[c.Index].Number)
		})
	}
	var unsold []string
	for _, one := range picked {
		if seat := &plan.Seats[one.Index]; seat.Blocked {
			unsold = append(unsold, seat.Number)
		}
	}
	if len(unsold) > 0 {
		return nil, fault.Seats(fault.SeatTaken, unsold, "%s: not for sale in the seat plan", strings.Join(unsold, ", "))
	}
	o, err := newOrder(req, id, n, season, plan, picked)
	if err != nil {
		return nil, err
	}
	sale := req.desk.Sale
	o.Desk, o.Email, o.chosen = &sale, req.desk.Email, chosen
	for i := range o.Lines {
		o.Lines[i].Allotment = sale.Allotment
	}
	if o.givenAway() {
		for i := range o.Lines {
			o.Lines[i].ListPrice, o.Lines[i].Price = o.Lines[i].Price, 0
		}
		o.Total = 0
	}
	return o, nil
}

// indexesIn returns the indexes of the seats in an allotment, in the order of their numbers.
func (b *Booking) indexesIn(ctx context.Context, season, name string) ([]int, error) {
	in, err := b.allottedSeats(ctx, season)
	if err != nil {
		return nil, err
	}
	var there []allotted
	for _, seat := range in {
		if seat.in.Name == name {
			there = append(there, seat)
		}
	}
	slices.SortFunc(there, func(a, c allotted) int { return seatmap.BySeat(a.number, c.number) })
	indexes := make([]int, len(there))
	for i, seat := range there {
		indexes[i] = seat.index
	}
	return indexes, nil
}

// reserve marks the seats of a sale at the desk as taken, if they are free. Seats in an
// allotment are on sale for no fan: the claims alone decide.
func (b *Booking) reserve(ctx context.Context, o *order) error {
	if o.Desk.Allotment != "" {
		return nil
	}
	err := b.seats.Reserve(ctx, o.seatOrder())
	if errors.Is(err, seats.ErrEnded) {
		return errNothingBought()
	}
	return err
}
