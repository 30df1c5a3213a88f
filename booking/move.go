package booking

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seatmap"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
)

// The box office moves a ticket to another seat: the old code is void, the new seat has a
// ticket of its own. A move is one of the order's numbered refunds, so that moves and
// refunds of an order run one after the other. Its amount is what the new seat costs less.
//
// The target seat is claimed first, under the move's own id, as an order claims its seats:
// claims, marks and tickets of the seat carry that id. So a seat that an order had before
// can be moved back to, and an abandoned move frees its seat as a cancelled order does.

// refundMove is where a refund moves the ticket of its one seat.
type refundMove struct {
	Seat  bson.ObjectID `bson:"seatId"`
	Line  orderLine     `bson:"line"`
	Plan  int64         `bson:"plan"`  // the plan version of the line
	Token string        `bson:"token"` // random: the request that began the move recognises it
}

// orderMove is a move of one of an order's seats that counts.
type orderMove struct {
	ID   bson.ObjectID `bson:"id"`   // of the refund
	From bson.ObjectID `bson:"from"` // the ticket that was moved
	Seat bson.ObjectID `bson:"seatId"`
	Line orderLine     `bson:"line"`
}

// place is a seat that an order has, or had before a move.
type place struct {
	Seat  bson.ObjectID
	Line  orderLine
	Owner bson.ObjectID // whose id claims, marks and ticket carry: the order's, or the move's
	Gone  bool          // moved to another seat
}

func (p place) ticket() bson.ObjectID { return ticketIDOf(p.Owner, p.Seat) }

// places returns every seat that the order has or had: the seats that were bought, then
// those of its moves.
func (o *order) places() []place {
	all := make([]place, 0, len(o.Lines)+len(o.Moved))
	for i, l := range o.Lines {
		all = append(all, place{Seat: o.Seats[i], Line: l, Owner: o.ID})
	}
	for _, m := range o.Moved {
		for i := range all {
			if all[i].ticket() == m.From {
				all[i].Gone = true
			}
		}
		all = append(all, place{Seat: m.Seat, Line: m.Line, Owner: m.ID})
	}
	return all
}

// present returns the seats that the order has, sorted by their numbers. Refunded seats are
// among them.
func (o *order) present() []place {
	if len(o.Moved) == 0 {
		return o.places()
	}
	here := slices.DeleteFunc(o.places(), func(p place) bool { return p.Gone })
	slices.SortStableFunc(here, func(a, b place) int { return seatmap.BySeat(a.Line.SeatNumber, b.Line.SeatNumber) })
	return here
}

// has returns the seat with a number that the order has: the last one, because the order
// gets a seat again only after it was refunded.
func (o *order) has(seatNumber string) (place, bool) {
	for _, p := range slices.Backward(o.present()) {
		if p.Line.SeatNumber == seatNumber {
			return p, true
		}
	}
	return place{}, false
}

// target is the seat of a move as an order of one seat, for the steps that claim, mark and
// free it.
func (r *refund) target(o *order) *order {
	return &order{
		ID: r.ID, User: r.User, Season: r.Season, Plan: r.Move.Plan, Currency: r.Currency, Holder: o.Holder,
		Seats: []bson.ObjectID{r.Move.Seat}, Lines: []orderLine{r.Move.Line},
	}
}

// moved returns the move of a refund as the order keeps it.
func (r *refund) moved() orderMove {
	return orderMove{ID: r.ID, From: r.ticket(0), Seat: r.Move.Seat, Line: r.Move.Line}
}

// moveAttempts is how often a move begins again when a seat was taken, or the plan changed,
// between the check and the claim.
const moveAttempts = 3

// MoveFor moves the ticket of a fan's seat to a free seat of the same or a lower price, for
// the box office. The old ticket is void, the new seat has a new one; a lower price is
// returned to the fan in part: the difference. A repeat changes nothing. Errors: not_found;
// invalid_request; key_reused; unknown_seat; seat_taken; conflict when the purchase is not
// completed, the ticket is used or refunded, or the new seat costs more; season_closed when
// the show is cancelled; draining; unavailable.
func (b *Booking) MoveFor(ctx context.Context, req OfficeRequest, from, to string) (DeskChange, error) {
	if from == to {
		return DeskChange{}, fault.New(fault.InvalidRequest, "from and to are the same seat %.40q", to)
	}
	o, origin, err := b.deskOrder(ctx, req, "move", []string{from, to})
	if err == nil {
		err = b.moveSeat(ctx, o, from, to, origin)
	}
	if err != nil {
		return DeskChange{}, store.Fault(err)
	}
	return b.deskChange(ctx, o.ID, origin)
}

// moveSeat finishes the order's refunds that have begun, in order, and then makes the move.
func (b *Booking) moveSeat(ctx context.Context, o *order, from, to string, origin refundOrigin) error {
	now := *o
	now.Moved = nil
	for number, own := 1, 0; ; number++ {
		r, err := b.findRefund(ctx, refundID(o.ID, number))
		if err != nil {
			return err
		}
		token := ""
		if r == nil {
			if now.hasMoved(from, to) {
				return nil // a repeat without a key
			}
			if r, err = b.draftMove(ctx, &now, number, from, to, origin); err != nil {
				return err
			}
			token = r.Move.Token
		}
		done, d, err := b.purchases.refund(ctx, &now, r)
		if err != nil {
			return err
		}
		repeated, err := done.repeats(origin)
		if err != nil || repeated && d.Outcome == moved {
			return err
		}
		if d.Outcome == moved {
			now.Moved = append(now.Moved, done.moved())
		}
		if token == "" || done.Move == nil || done.Move.Token != token {
			continue // another request's
		}
		if d.Outcome == moved {
			return nil
		}
		if own++; own == moveAttempts {
			return fault.Seats(fault.SeatTaken, []string{to}, "seat %s was taken at the same time", to)
		}
	}
}

// hasMoved reports whether the ticket of one seat was moved to another, where it still is.
func (o *order) hasMoved(from, to string) bool {
	there, is := o.has(to)
	if !is {
		return false
	}
	for i := range o.Moved {
		if o.Moved[i].ID != there.Owner {
			continue
		}
		return slices.ContainsFunc(o.places(), func(p place) bool { return p.ticket() == o.Moved[i].From && p.Line.SeatNumber == from })
	}
	return false
}

// draftMove builds a move, after checking that it could be made now.
func (b *Booking) draftMove(ctx context.Context, o *order, number int, from, to string, origin refundOrigin) (*refund, error) {
	for attempt := 1; ; attempt++ {
		r, err := b.draftMoveOnce(ctx, o, number, from, to, origin)
		if err == nil {
			err = b.seats.CheckFree(ctx, r.target(o).seatOrder())
		}
		if !errors.Is(err, seats.ErrNotOnSale) || attempt == moveAttempts {
			return r, err
		}
		if err := b.seats.Reconfigure(ctx, o.Season); err != nil {
			return nil, err
		}
	}
}

func (b *Booking) draftMoveOnce(ctx context.Context, o *order, number int, from, to string, origin refundOrigin) (*refund, error) {
	switch {
	case o.Status == Pending:
		return nil, errStillPending()
	case !o.captured():
		return nil, fault.New(fault.Conflict, "the purchase was not completed")
	}
	season, err := b.Season(ctx, o.Season)
	if err != nil {
		return nil, err
	}
	if season.Cancelled != nil {
		return nil, errShowCancelled(&season)
	}
	old, is := o.has(from)
	if !is {
		return nil, fault.Seats(fault.UnknownSeat, []string{from}, "not a seat of this transaction")
	}
	if err := b.mayMove(ctx, old); err != nil {
		return nil, err
	}
	plan, found, err := b.lookUp(ctx, o.Season, []string{to})
	if err != nil {
		return nil, err
	}
	seat := &plan.Seats[found[0]]
	if seat.Blocked {
		return nil, fault.Seats(fault.SeatTaken, []string{to}, "seat %s is not on sale", to)
	}
	line := orderLine{SeatNumber: seat.Number, Area: seat.Area(), Index: seat.Index, Section: seat.Section, Row: seat.Row, Category: seat.Category, Type: old.Line.Type}
	price, has := plan.PriceOf(found[0], line.Type)
	if !has { // a seat without a price for the ticket's type is had at its normal price
		line.Type = ""
		price, _ = plan.PriceOf(found[0], "")
	}
	line.Price = price
	paid := old.Line.Price
	if o.givenAway() { // it cost nothing, and costs nothing now: the list prices are compared
		line.Price, line.ListPrice, paid = 0, price, old.Line.ListPrice
	}
	if currency := currencyOf(plan, season); currency != o.Currency {
		return nil, fault.New(fault.Conflict, "the purchase was paid in %s, but seats are now sold in %s", o.Currency, currency)
	}
	if price > paid {
		return nil, fault.Seats(fault.Conflict, []string{to}, "seat %s costs %s, more than the %s of seat %s",
			to, Amount(price, o.Currency), Amount(paid, o.Currency), from)
	}
	return &refund{
		ID: refundID(o.ID, number), Transaction: o.ID, Number: number, Season: o.Season, User: o.User,
		Seats: []bson.ObjectID{old.Seat}, Lines: []orderLine{old.Line}, Owners: []bson.ObjectID{old.Owner},
		Amount: old.Line.Price - line.Price, Currency: o.Currency, At: store.NowMilli(), From: origin,
		Move: &refundMove{Seat: seatID(o.Season, seat.Number), Line: line, Plan: plan.Version, Token: rand.Text()},
	}, nil
}

// mayMove refuses to move a ticket that is used or void.
func (b *Booking) mayMove(ctx context.Context, p place) error {
	_, effect, err := b.lastState(ctx, p.ticket())
	switch {
	case err != nil:
		return err
	case effect == effectUsed:
		return errTicketUsed(p.Line.SeatNumber)
	case effect == effectRefunded:
		return fault.Seats(fault.Conflict, []string{p.Line.SeatNumber}, "seat %s was refunded", p.Line.SeatNumber)
	}
	return nil
}

// errMoveRefused is why a move is abandoned before its ticket is void; the next attempt
// finds the reason again.
var errMoveRefused = errors.New("booking: the target of a move cannot be had")

// moveRefusals are the errors of reserving a seat that end a move.
func moveRefused(err error) bool {
	var taken *takenError
	return errors.As(err, &taken) || errors.Is(err, errMoveRefused) || errors.Is(err, seats.ErrNotOnSale) || errors.Is(err, seats.ErrEnded) ||
		fault.Is(err, fault.SeatTaken)
}

// seatList is a list of seats for a log.
func seatList(lines []orderLine) string {
	numbers := make([]string, len(lines))
	for i, l := range lines {
		numbers[i] = l.SeatNumber
	}
	return strings.Join(numbers, ", ")
}
