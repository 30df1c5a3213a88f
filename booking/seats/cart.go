package seats

import (
	"context"
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
}

// Cart is what a user holds in a season. Seats are in the order of their numbers: A-2
// before A-10.
type Cart struct {
	Season    string
	Seats     []CartSeat
	Total     int64
	Currency  string
	ExpiresAt time.Time // zero when empty
	Version   int64     // grows with every change of the season's seats
}

// Cart returns what a user holds. Errors: not_found, unavailable.
func (s *Store) Cart(ctx context.Context, season, user string) (Cart, error) {
	if _, err := s.Source.Settings(ctx, season); err != nil {
		return Cart{}, err
	}
	var r cartReply
	if _, err := s.call(ctx, s.Scripts.cart, season, &r, user); err != nil {
		return Cart{}, store.Fault(err)
	}
	cart, err := s.makeCart(ctx, season, &r)
	return cart, store.Fault(err)
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
		cart.Seats = append(cart.Seats, CartSeat{Number: seat.Number, Category: seat.Category, Price: seat.Price})
		cart.Total += seat.Price
	}
	cart.ExpiresAt = time.UnixMilli(r.deadline).UTC()
	return cart, nil
}
