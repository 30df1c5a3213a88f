package seats

import (
	"context"
	"fmt"
	"slices"
	"time"

	"usher/booking/seatmap"
	"usher/internal/store"
)

// CartSeat is one held seat.
type CartSeat struct {
	Number   string
	Category seatmap.Category
	Price    int64
	Type     string // of the price; "": the normal price
	Area     string // of a unit; "": a numbered seat
}

// Cart is what a user holds in a season. Seats are in the order of their numbers: A-2
// before A-10.
type Cart struct {
	Season    string
	Seats     []CartSeat
	Total     int64
	Currency  string
	ExpiresAt time.Time // zero when empty
	CanExtend bool      // whether Extend would give the cart more time
	Version   int64     // grows with every change of the season's seats
}

// Cart returns what a user holds. Errors: not_found, unavailable.
func (s *Store) Cart(ctx context.Context, season, user string) (Cart, error) {
	if _, err := s.Source.Settings(ctx, season); err != nil {
		return Cart{}, err
	}
	r, err := s.carts.Do(ctx, cartQuestion{season, user})
	if err == nil {
		err = r.err
	}
	if err != nil {
		return Cart{}, store.Fault(err)
	}
	cart, err := s.makeCart(ctx, season, &r.cartReply)
	return cart, store.Fault(err)
}

// cartQuestion is one caller's part of a run of cart.lua.
type cartQuestion struct{ season, user string }

type cartAnswer struct {
	cartReply
	err error
}

// readCarts reads the carts of several callers, those of a season by one run of
// cart.lua. All fans of a node may connect in the same second, and each welcome
// contains a cart.
func (s *Store) readCarts(ctx context.Context, questions []cartQuestion) ([]cartAnswer, error) {
	answers := make([]cartAnswer, len(questions))
	bySeason := map[string][]int{}
	for i, q := range questions {
		bySeason[q.season] = append(bySeason[q.season], i)
	}
	for season, places := range bySeason {
		users := make([]any, len(places))
		for n, i := range places {
			users[n] = questions[i].user
		}
		var r cartsReply
		_, err := s.call(ctx, s.Scripts.cart, season, &r, users...)
		if err == nil && (len(r.deadlines) != len(users) || len(r.seats) != len(users) || len(r.extend) != len(users) || len(r.types) != len(users)) {
			err = fmt.Errorf("seats: cart.lua answered for %d and %d users instead of %d", len(r.deadlines), len(r.seats), len(users))
		}
		for n, i := range places {
			if answers[i].err = err; err == nil {
				answers[i].cartReply = cartReply{r.version, int64(r.deadlines[n]), r.seats[n], int64(r.extend[n]), r.types[n]}
			}
		}
	}
	return answers, nil
}

// makeCart adds to the seats of a cart what the plan and the settings say of them.
func (s *Store) makeCart(ctx context.Context, season string, r *cartReply) (Cart, error) {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return Cart{}, err
	}
	cart := Cart{Season: season, Seats: make([]CartSeat, 0, len(r.seats)), Currency: settings.Currency, Version: r.version}
	if len(r.seats) == 0 {
		return cart, nil
	}
	plan, found, err := s.Source.LookUp(ctx, season, r.seats)
	if err != nil {
		return Cart{}, err
	}
	if plan.Currency != "" {
		cart.Currency = plan.Currency
	}
	slices.SortFunc(found, func(a, b int) int { return seatmap.BySeat(plan.Seats[a].Number, plan.Seats[b].Number) })
	for _, index := range found {
		seat := &plan.Seats[index]
		kind := ""
		for i := 0; i+1 < len(r.types); i += 2 {
			if r.types[i] == seat.Number {
				kind = r.types[i+1]
			}
		}
		price, has := plan.PriceOf(index, kind)
		if !has {
			// The plan has changed since. configure.lua ends the hold, or has ended it.
			kind, price = "", seat.Price
		}
		cart.Seats = append(cart.Seats, CartSeat{Number: seat.Number, Category: seat.Category, Price: price, Type: kind, Area: seat.Area()})
		cart.Total += price
	}
	cart.ExpiresAt, cart.CanExtend = time.UnixMilli(r.deadline).UTC(), r.extend == 1
	return cart, nil
}
