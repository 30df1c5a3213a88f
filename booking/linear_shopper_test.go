package booking

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"usher/internal/fault"
	"usher/internal/testkit/linear"
)

// shopper is a fan who acts at random.
type shopper struct {
	*market
	user   string
	number int
	chance *rand.Rand
	cart   []string // from the last answer
	lost   bool     // the last answer was lost, so the cart is unknown
	count  int
	owned  []ownedSeat // bought, and not refunded as far as the fan knows
}

// ownedSeat is a fan's ticket.
type ownedSeat struct{ seat, buyer, transaction, purchase, code string }

func (f *shopper) node() *Booking {
	if f.chance == nil {
		return f.nodeOf(0)
	}
	return f.nodeOf(f.chance.IntN(2))
}

// act does one random act.
func (f *shopper) act() {
	time.Sleep(time.Duration(f.chance.IntN(4)) * time.Millisecond)
	if f.lost {
		f.look()
		return
	}
	dice := f.chance.IntN(100)
	if len(f.owned) > 0 && dice >= 90 {
		f.useTicket()
		return
	}
	switch {
	case dice < 5:
		f.look()
	case dice < 10:
		f.release(f.randomSeats(1)...) // usually another fan's
	case dice < 12:
		f.buy("tok_ok", f.randomSeats(1)...)
	case len(f.cart) == 0 && dice < 30:
		f.best(1 + f.chance.IntN(2))
	case len(f.inPit) > 0 && (len(f.cart) == 0 && dice < 65 || dice < 18):
		f.places(1+f.chance.IntN(len(f.inPit)), f.numbered[:f.chance.IntN(2)]...)
	case len(f.cart) == 0, dice < 25:
		f.hold(f.randomSeats(1 + f.chance.IntN(2))...)
	case dice < 33:
		f.buy("tok_ok", f.cart...)
	case dice < 37:
		f.buy("tok_unknown", f.cart...)
	case dice < 48:
		f.buy("tok_declined", f.cart[:1]...)
		f.release()
	case dice < 90:
		f.release()
	default:
		time.Sleep(time.Duration(f.chance.Int64N(int64(min(f.market.scenario.life, 600*time.Millisecond)))))
		f.look()
	}
}

// randomSeats returns n random seats of the plan.
func (f *shopper) randomSeats(n int) []string {
	var seats []string
	for _, i := range f.chance.Perm(len(f.rules.Seats))[:n] {
		seats = append(seats, f.rules.Seats[i])
	}
	return seats
}

func (f *shopper) op(act linear.Act, seats []string) linear.Op {
	return linear.Op{Client: f.number, Act: act, User: fmt.Sprint("fan", f.number), Seats: slices.Clone(seats)}
}

// answered records the answer to a request for the cart.
func (f *shopper) answered(o *linear.Op, cart Cart, err error) {
	o.Outcome, o.Blocked = outcomeOf(err)
	f.lost = o.Outcome == linear.Unknown
	others := func(seat string) bool { return !slices.Contains(o.Seats, seat) }
	if o.Act == linear.Hold && o.Outcome == linear.Busy && slices.ContainsFunc(o.Blocked, others) {
		o.Outcome = 0 // the cart has expired, which says nothing about these seats
	}
	if err != nil {
		return
	}
	o.Cart = seatsOf(cart)
	if o.Count > 0 && len(o.Cart) == 0 {
		// An answer of Redis was lost, and the cart ended before the request was repeated:
		// which seats it had is not told.
		o.Outcome = linear.Unknown
	}
	if len(o.Cart) > 0 {
		o.Deadline = f.recorder.Since(cart.ExpiresAt)
	}
	f.cart = o.Cart
}

// outcomeOf translates an error into an outcome of the model; 0 for an error that the model
// does not use.
func outcomeOf(err error) (linear.Outcome, []string) {
	var f *fault.Error
	if err == nil {
		return linear.OK, nil
	}
	if !errors.As(err, &f) {
		return linear.Unknown, nil
	}
	switch f.Code {
	case fault.SeatTaken:
		return linear.Taken, f.Seats
	case fault.Conflict:
		return linear.Busy, f.Seats
	case fault.HoldExpired:
		return linear.Gone, f.Seats
	case fault.PaymentDeclined:
		return linear.Declined, nil
	case fault.SoldOut, fault.NoAdjacentSeats:
		return 0, nil
	}
	return linear.Unknown, nil
}

func (f *shopper) hold(seats ...string) {
	f.recorder.Do(f.op(linear.Hold, seats), func(o *linear.Op) {
		types := map[string]string{}
		if f.chance != nil && f.chance.IntN(2) == 0 {
			types[seats[0]] = "child"
		}
		cart, err := f.node().HoldTyped(f.ctx, f.season, f.user, seats, types)
		f.answered(o, cart, err)
		f.pricesAreRight(cart.Seats, cart.Total)
		for _, seat := range cart.Seats {
			if slices.Contains(seats, seat.Number) && seat.Type != types[seat.Number] {
				f.t.Errorf("%s: seat %s is held at the price of %q, asked for at %q", o, seat.Number, seat.Type, types[seat.Number])
			}
		}
	})
}

// pricesAreRight checks that seats cost what the plan says for their types, and that the
// total is the sum.
func (f *shopper) pricesAreRight(seats []CartSeat, total int64) {
	for _, seat := range seats {
		if want := map[string]int64{"": 4500, "child": 2250}[seat.Type]; seat.Price != want {
			f.t.Errorf("seat %s costs %d at the price of %q", seat.Number, seat.Price, seat.Type)
		}
		total -= seat.Price
	}
	if total != 0 {
		f.t.Errorf("the total of %+v is %d too high", seats, total)
	}
}

func (f *shopper) best(count int) {
	o := f.op(linear.Hold, nil)
	o.Count, o.Among = count, f.numbered
	f.recorder.Do(o, func(o *linear.Op) {
		cart, err := f.node().HoldBest(f.ctx, f.season, f.user, Best{Count: count})
		f.answered(o, cart, err)
	})
}

// places holds places of the area, which the server chooses, and named seats with them.
func (f *shopper) places(count int, seats ...string) {
	o := f.op(linear.Hold, seats)
	o.Count, o.Among = count, f.inPit
	f.recorder.Do(o, func(o *linear.Op) {
		kind := []string{"", "child"}[f.chance.IntN(2)]
		cart, err := f.node().HoldAreas(f.ctx, f.season, f.user, seats, nil, []AreaCount{{Area: "Pit", Count: count, Type: kind}})
		before := f.cart
		f.answered(o, cart, err)
		f.pricesAreRight(cart.Seats, cart.Total)
		for _, seat := range cart.Seats {
			if slices.Contains(f.inPit, seat.Number) && !slices.Contains(before, seat.Number) && seat.Type != kind {
				f.t.Errorf("%s: place %s is held at the price of %q, asked for at %q", o, seat.Number, seat.Type, kind)
			}
		}
	})
}

func (f *shopper) look() {
	f.recorder.Do(f.op(linear.Look, nil), func(o *linear.Op) {
		cart, err := f.node().Cart(f.ctx, f.season, f.user)
		f.answered(o, cart, err)
		if err != nil {
			o.Outcome = 0 // it has no effect
		}
	})
}

func (f *shopper) release(seats ...string) {
	f.recorder.Do(f.op(linear.Release, seats), func(o *linear.Op) {
		cart, err := f.node().Release(f.ctx, f.season, f.user, seats)
		f.answered(o, cart, err)
	})
}

func (f *shopper) buy(token string, seats ...string) {
	f.count++
	key := fmt.Sprint("k", f.count)
	o := f.op(linear.Buy, seats)
	o.Purchase = o.User + "/" + key
	made := f.recorder.Do(o, func(o *linear.Op) {
		got, err := f.node().Buy(f.ctx, f.request(f.user, key, token, seats...))
		o.Outcome, o.Blocked = outcomeOf(err)
		if err == nil && got.Status != Completed {
			o.Outcome = linear.Unknown
		}
		if o.Outcome == linear.OK && len(got.Tickets) != len(seats) {
			f.t.Errorf("%d tickets for %v", len(got.Tickets), seats)
		}
		if o.Outcome == linear.OK {
			f.pricesAreRight(got.Lines, got.Total)
			for i, t := range got.Tickets {
				if line := got.Lines[i]; t.Type != line.Type || t.Price != line.Price {
					f.t.Errorf("ticket %+v for the line %+v", t, line)
				}
				f.owned = append(f.owned, ownedSeat{seat: t.SeatNumber, buyer: f.user, transaction: got.ID, purchase: o.Purchase, code: t.QRCode})
			}
			f.cart = slices.DeleteFunc(slices.Clone(f.cart), func(s string) bool { return slices.Contains(seats, s) })
		}
		f.lost = o.Outcome == linear.Unknown
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bought = append(f.bought, &boughtSeat{op: made, user: f.user, key: key})
}

// useTicket refunds a seat or checks it in. After a check-in the fan tries either once
// more; after a refund the fan tries a check-in.
func (f *shopper) useTicket() {
	i := f.chance.IntN(len(f.owned))
	one := f.owned[i]
	if f.chance.IntN(100) < 75 {
		f.refund(one)
		f.owned = slices.Delete(f.owned, i, i+1)
		if f.chance.IntN(3) == 0 {
			f.checkIn(one)
		}
		return
	}
	f.checkIn(one)
	if f.chance.IntN(2) == 0 {
		f.checkIn(one)
	}
}

func (f *shopper) refund(one ownedSeat) {
	o := f.op(linear.Refund, []string{one.seat})
	o.Purchase = one.purchase
	made := f.recorder.Do(o, func(o *linear.Op) {
		_, err := f.node().Refund(f.ctx, one.buyer, one.transaction, o.Seats)
		o.Outcome, _ = outcomeOf(err)
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.given = append(f.given, refundedSeats{op: made, transaction: one.transaction})
}

func (f *shopper) checkIn(one ownedSeat) {
	o := f.op(linear.CheckIn, []string{one.seat})
	o.Purchase = one.purchase
	f.recorder.Do(o, func(o *linear.Op) {
		got, err := f.node().CheckIn(f.ctx, one.code, Scan{Gate: "north", By: f.user})
		switch {
		case err != nil:
			o.Outcome = linear.Unknown
		case got.Result == Admitted:
			o.Outcome = linear.OK
		case got.Result == AlreadyAdmitted:
			o.Outcome = linear.Again
		case got.Result == Void:
			o.Outcome = linear.Void
		default:
			f.t.Errorf("%s: %s", o, got.Result)
		}
	})
}
