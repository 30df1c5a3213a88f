package seats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/internal/fault"
)

// Order is what the seats know of an order: the user, the seats, and the version of
// the plan that they are from.
type Order struct {
	Season      string
	User        string
	Transaction string
	Plan        int64
	Seats       []Ref
}

// Ref names a seat in Redis.
type Ref struct {
	Number string // "": not known. Only a hold is found by its number, and a pin ends by itself
	Index  int
	Type   string // of the price; only Pin uses it
}

// ForeignMark is the mark of another transaction on a seat.
type ForeignMark struct {
	Index string
	Mark  string // "<transaction> <user>"
}

// ErrNotOnSale says that the plan or the settings in Redis are not those that the node
// knows.
var ErrNotOnSale = fault.New(fault.Unavailable, "the season is being changed; try again")

// ErrEnded says that the transaction was cancelled in Redis before, so a late script
// changed nothing for it.
var ErrEnded = errors.New("seats: the transaction was cancelled before this script ran")

// args returns the arguments that all scripts of orders have.
func (o *Order) args(args ...any) []any {
	all := append(make([]any, 0, 2+len(args)+2*len(o.Seats)), o.User, o.Transaction)
	all = append(all, args...)
	for _, seat := range o.Seats {
		all = append(all, seat.Number, seat.Index)
	}
	return all
}

// Pin pins the holds of an order for as long as given. With 0 Pin only checks whether
// they could be pinned. declines is how many payments an hour may be declined, 0 any
// number. Errors: season_closed, not_admitted, conflict, seat_taken, hold_expired,
// rate_limited, unavailable; ErrNotOnSale, ErrEnded.
func (s *Store) Pin(ctx context.Context, o Order, live time.Duration, declines int) error {
	_, err := s.pin(ctx, o, live, declines)
	return err
}

// Check is Pin with 0, and returns the types of prices that the cart has for the order's
// seats, "" for the normal price.
func (s *Store) Check(ctx context.Context, o Order, declines int) ([]string, error) {
	r, err := s.pin(ctx, o, 0, declines)
	if err == nil && len(r.types) != len(o.Seats) {
		err = fmt.Errorf("seats: pin.lua answered %d price types for %d seats", len(r.types), len(o.Seats))
	}
	return r.types, err
}

func (s *Store) pin(ctx context.Context, o Order, live time.Duration, declines int) (pinReply, error) {
	var r pinReply
	types := Types{}
	for _, seat := range o.Seats {
		if seat.Type != "" {
			types[seat.Number] = seat.Type
		}
	}
	outcome, err := s.call(ctx, s.Scripts.Pin, o.Season, &r, o.args(live.Milliseconds(), o.Plan, declines, types.encode())...)
	if err != nil {
		return r, err
	}
	return r, r.fault(outcome)
}

// fault translates an outcome of pin.lua; nil for outcomeOK.
func (r *pinReply) fault(outcome outcome) error {
	names := strings.Join(r.seats, ", ")
	switch outcome {
	case outcomeOK:
		return nil
	case outcomePlan, outcomeSettings:
		return ErrNotOnSale
	case outcomeEnded:
		return ErrEnded
	case outcomeSeasonClosed:
		return fault.New(fault.SeasonClosed, "the sale is closed")
	case outcomeNotAdmitted:
		return fault.New(fault.NotAdmitted, "buying needs an active place")
	case outcomeDeclines:
		return fault.Later(fault.RateLimited, r.wait, "too many payments were declined; try again later")
	case outcomeConflict:
		return ErrOwnPurchase(r.seats)
	case outcomeSeatTaken:
		return fault.Seats(fault.SeatTaken, r.seats, "%s: bought by another fan", names)
	case outcomeHoldExpired:
		return fault.Seats(fault.HoldExpired, r.seats, "%s: not held by you, or not any more", names)
	}
	return errOutcome("pin", outcome)
}

// ErrOwnPurchase is the conflict of a user who buys seats that another purchase of the
// same user has bought or is buying. It happens when the cart is older than the settled
// purchase.
func ErrOwnPurchase(numbers []string) error {
	return fault.Seats(fault.Conflict, numbers, "%s: bought, or being bought, in another purchase of yours", strings.Join(numbers, ", "))
}

// KeepPinned prolongs the pins of an order whose outcome is unknown, so that the cart
// goes on showing its seats.
func (s *Store) KeepPinned(ctx context.Context, o Order, live time.Duration) error {
	_, err := s.call(ctx, s.Scripts.keepPinned, o.Season, noReply{}, o.args(live.Milliseconds())...)
	return err
}

// Take marks an order's seats as taken. Seats with the marks of other transactions stay
// as they are; Take returns those marks. Errors: ErrEnded.
func (s *Store) Take(ctx context.Context, o Order) ([]ForeignMark, error) {
	var r marksReply
	outcome, err := s.call(ctx, s.Scripts.take, o.Season, &r, o.args()...)
	if err != nil {
		return nil, err
	}
	return r.foreign("take", outcome)
}

// Sell shows an order's seats as sold and announces the transaction. Seats with the
// marks of other transactions stay as they are; Sell returns those marks, and then
// announces nothing.
func (s *Store) Sell(ctx context.Context, o Order, transaction []byte) ([]ForeignMark, error) {
	var r marksReply
	outcome, err := s.call(ctx, s.Scripts.sell, o.Season, &r, o.args(transaction)...)
	if err != nil {
		return nil, err
	}
	return r.foreign("sell", outcome)
}

func (r *marksReply) foreign(script string, o outcome) ([]ForeignMark, error) {
	switch {
	case o == outcomeOK:
		return nil, nil
	case o == outcomeEnded:
		return nil, ErrEnded
	case o != outcomeOther || len(r.indexes) != len(r.marks):
		return nil, errOutcome(script, o)
	}
	marks := make([]ForeignMark, len(r.marks))
	for i, index := range r.indexes {
		marks[i] = ForeignMark{Index: index, Mark: r.marks[i]}
	}
	return marks, nil
}

// Freeing says how a cancelled order's seats are freed.
type Freeing struct {
	Transaction  []byte        // announced; nil: nothing is
	Grace        time.Duration // the least time left in the cart after the first declined payment
	Declined     bool          // the payment was declined
	CartDeclines int           // after so many declined payments the cart ends; 0: never
}

// Free removes the marks of a cancelled order and returns its holds to the cart. Free
// returns how many payments of this cart were declined.
func (s *Store) Free(ctx context.Context, o Order, f Freeing) (declines int64, err error) {
	declined := 0
	if f.Declined {
		declined = 1
	}
	var r countReply
	_, err = s.call(ctx, s.Scripts.free, o.Season, &r, o.args(f.Transaction, f.Grace.Milliseconds(), declined, f.CartDeclines)...)
	return r.count, err
}

// Refund frees the refunded seats of an order and announces the transaction; nil
// announces nothing.
func (s *Store) Refund(ctx context.Context, o Order, transaction []byte) error {
	_, err := s.call(ctx, s.Scripts.refund, o.Season, noReply{}, o.args(transaction)...)
	return err
}

// SpendRefund counts a refund against the user's budget of so many an hour. Errors:
// rate_limited.
func (s *Store) SpendRefund(ctx context.Context, season, user, refund string, most int) error {
	var r spendReply
	outcome, err := s.call(ctx, s.Scripts.spendRefund, season, &r, user, refund, most)
	if err != nil || outcome == outcomeOK {
		return err
	}
	return fault.Later(fault.RateLimited, r.wait, "at most %d refunds an hour", most)
}
