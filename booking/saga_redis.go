package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seats"
	"usher/internal/fault"
)

// seatOrder returns the part of an order that package seats uses.
func (o *order) seatOrder() seats.Order {
	ref := seats.Order{Season: o.Season, User: o.User.Hex(), Transaction: o.ID.Hex(), Plan: o.Plan}
	for _, l := range o.Lines {
		ref.Seats = append(ref.Seats, seats.Ref{Number: l.SeatNumber, Index: l.Index, Type: l.Type})
	}
	return ref
}

// fromSale is seatOrder without the seats from allotments, which are neither held nor
// reserved.
func (o *order) fromSale() seats.Order {
	ref := o.seatOrder()
	ref.Seats = slices.DeleteFunc(ref.Seats, func(r seats.Ref) bool { return o.Lines[o.indexOf(r.Number)].Allotment != "" })
	return ref
}

// pin pins the holds of an order for the time live. Errors: as seats.Store.Pin.
func (b *Booking) pin(ctx context.Context, o *order, live time.Duration) error {
	return b.pinFault(ctx, o, b.seats.Pin(ctx, o.seatOrder(), live, b.o.Budgets.Declines))
}

// checkPin checks that the holds of an order can be pinned, and returns the types of prices
// in the cart.
func (b *Booking) checkPin(ctx context.Context, o *order) ([]string, error) {
	held, err := b.seats.Check(ctx, o.seatOrder(), b.o.Budgets.Declines)
	return held, b.pinFault(ctx, o, err)
}

func (b *Booking) pinFault(ctx context.Context, o *order, err error) error {
	if errors.Is(err, seats.ErrEnded) {
		return errNothingBought()
	}
	if fault.Is(err, fault.RateLimited) {
		b.noteBudget(ctx, budgetDeclines, o.User.Hex())
	}
	return err
}

// keepPinned extends the pins of an order whose outcome is unknown. The claims reserve the
// seats in any case, so a failure waits for the next round.
func (b *Booking) keepPinned(ctx context.Context, o *order) {
	if err := b.seats.KeepPinned(ctx, o.seatOrder(), o.pinned()); err != nil {
		b.log.DebugContext(ctx, "recovery: extending the pins failed: the next round tries again", "transaction", o.ID.Hex(), "error", err)
	}
}

// take marks the order's seats as taken. Seats from an allotment keep its mark until the
// order is captured: they are on sale for no fan in any case.
func (b *Booking) take(ctx context.Context, o *order) error {
	fromSale := o.fromSale()
	if len(fromSale.Seats) == 0 {
		return nil
	}
	return b.mark(ctx, o, func() ([]seats.ForeignMark, error) { return b.seats.Take(ctx, fromSale) })
}

// markSold marks the order's seats as sold and notifies the buyer.
func (b *Booking) markSold(ctx context.Context, o *order, t Transaction) error {
	message, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := b.leaveAllotments(ctx, o); err != nil {
		return err
	}
	return b.mark(ctx, o, func() ([]seats.ForeignMark, error) { return b.seats.Sell(ctx, o.seatOrder(), message) })
}

// mirrorCancelled frees the order's seats and returns the holds to the cart. It notifies
// only a buyer who may have seen the transaction pending.
func (b *Booking) mirrorCancelled(ctx context.Context, o *order, t Transaction) error {
	unpaid := slices.Contains(unpaidReasons, o.Reason)
	freeing := seats.Freeing{Grace: graceTime, Declined: unpaid, CartDeclines: b.o.Budgets.CartDeclines}
	if unpaid || o.Reason == reasonUnavailable {
		var err error
		if freeing.Transaction, err = json.Marshal(t); err != nil {
			return err
		}
	}
	declines, err := b.seats.Free(ctx, o.seatOrder(), freeing)
	if most := int64(freeing.CartDeclines); err == nil && freeing.Declined && most > 0 && declines == most {
		b.noteBudget(ctx, budgetCart, o.User.Hex())
	}
	return err
}

// freeRefunded frees the seats of a refund and notifies the buyer.
func (b *Booking) freeRefunded(ctx context.Context, o *order, r *refund) error {
	t, err := b.withTickets(ctx, o)
	if err != nil {
		return err
	}
	message, err := json.Marshal(t)
	if err != nil {
		return err
	}
	byOwner := map[bson.ObjectID]*seats.Order{}
	var owners []bson.ObjectID
	for i, l := range r.Lines {
		if used, err := b.paidBackUsed(ctx, r, i); used || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		owner := r.owner(i)
		if byOwner[owner] == nil {
			byOwner[owner] = &seats.Order{Season: o.Season, User: o.User.Hex(), Transaction: owner.Hex(), Plan: o.Plan}
			owners = append(owners, owner)
		}
		byOwner[owner].Seats = append(byOwner[owner].Seats, seats.Ref{Number: l.SeatNumber, Index: l.Index})
	}
	for _, owner := range owners {
		if err := b.seats.Refund(ctx, *byOwner[owner], message); err != nil {
			return err
		}
	}
	return nil
}

// mark calls a script that marks an order's seats. If seats carry marks of other orders,
// mark clears those whose claims are released, because this order has the claims now, and
// calls the script once more. A mark that remains is right if this order was refunded for
// that seat.
func (b *Booking) mark(ctx context.Context, o *order, script func() ([]seats.ForeignMark, error)) error {
	for attempt := 0; ; attempt++ {
		others, err := script()
		if errors.Is(err, seats.ErrEnded) {
			return errNothingBought()
		}
		if err != nil || len(others) == 0 {
			return err
		}
		for _, other := range others {
			if attempt == 0 {
				if _, err := b.clearStale(ctx, o.Season, other.Index, other.Mark); err != nil {
					return err
				}
				continue
			}
			isRefunded, err := b.indexRefunded(ctx, o.ID, other.Index)
			if err != nil {
				return err
			}
			if !isRefunded {
				return fmt.Errorf("booking: seats of transaction %s carry marks of other transactions: %v", o.ID.Hex(), others)
			}
		}
		if attempt > 0 {
			return nil
		}
	}
}

// clearStale removes a mark "<transaction> <user>" from a seat if its claim is released,
// and reports whether it is.
func (b *Booking) clearStale(ctx context.Context, season, index, mark string) (bool, error) {
	text, user, _ := strings.Cut(mark, " ")
	if user == seats.AllotmentUser {
		return b.clearAllotted(ctx, season, index, mark)
	}
	id, err := bson.ObjectIDFromHex(text)
	if err != nil {
		return false, fmt.Errorf("booking: a seat of %s is marked %q: %w", season, mark, err)
	}
	d, err := b.findDecision(ctx, id)
	if err != nil || d == nil {
		return false, err
	}
	position, err := strconv.Atoi(index)
	if err != nil {
		return false, fmt.Errorf("booking: a seat of %s with index %q is marked %q: %w", season, index, mark, err)
	}
	seatOrder := seats.Order{Season: season, User: user, Transaction: text, Seats: []seats.Ref{{Index: position}}}
	if d.Outcome == cancelled || d.Outcome == abandoned {
		_, err = b.seats.Free(ctx, seatOrder, seats.Freeing{})
		return true, err
	}
	isRefunded, err := b.indexRefunded(ctx, id, index)
	if err != nil || !isRefunded {
		return false, err
	}
	return true, b.seats.Refund(ctx, seatOrder, nil)
}

// indexRefunded reports whether an order was refunded for the seat with this index, or its
// ticket was moved away. owner is the order, or the move that brought the ticket there.
func (b *Booking) indexRefunded(ctx context.Context, owner bson.ObjectID, index string) (bool, error) {
	o, err := b.findOrder(ctx, owner)
	if err != nil {
		return false, err
	}
	if o == nil {
		r, err := b.findRefund(ctx, owner)
		if err != nil || r == nil || r.Move == nil || strconv.Itoa(r.Move.Line.Index) != index {
			return false, err
		}
		return b.seatRefunded(ctx, owner, r.Move.Seat)
	}
	for i := range o.Lines {
		if strconv.Itoa(o.Lines[i].Index) == index {
			return b.seatRefunded(ctx, o.ID, o.Seats[i])
		}
	}
	return false, nil
}

// markForOwner marks a seat that Redis showed as free although another order or an
// allotment has it: as sold if that order is captured, because then its last script has run
// long ago, otherwise as taken. A failure is harmless: the seat's next buyer is refused in
// the same way and marks it again.
func (b *Booking) markForOwner(ctx context.Context, season string, taken *takenError) {
	mark, is := taken.state.mark()
	if !is {
		return
	}
	var err error
	if mark.Captured || mark.User == seats.AllotmentUser {
		_, err = b.seats.Mark(ctx, season, mark)
	} else {
		_, err = b.seats.Take(ctx, seats.Order{Season: season, User: mark.User, Transaction: mark.Transaction, Seats: []seats.Ref{{Number: mark.SeatNumber, Index: mark.Index}}})
	}
	if err != nil {
		b.log.Warn("purchase: marking a claimed seat failed: its next buyer tries again", "season", season, "seat", taken.number, "error", err)
	}
}
