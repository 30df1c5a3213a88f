package booking

import (
	"context"
	"slices"
	"time"

	"usher/booking/seatmap"
	"usher/internal/store"
)

// Cart returns what a user holds. Errors: not_found, unavailable.
func (s *seatStore) Cart(ctx context.Context, season, user string) (Cart, error) {
	if _, err := s.source.Settings(ctx, season); err != nil {
		return Cart{}, err
	}
	r, err := s.run(ctx, s.scripts.cart, season, user)
	if err != nil {
		return Cart{}, store.Fault(err)
	}
	cart, err := s.cartOf(ctx, season, r)
	return cart, store.Fault(err)
}

// cartOf makes a cart of a script's {'ok', version, deadline, {seat…}}.
func (s *seatStore) cartOf(ctx context.Context, season string, r reply) (Cart, error) {
	return s.makeCart(ctx, season, r.number(1), r.number(2), r.texts(3))
}

// makeCart adds to the seats of a cart what the plan and the settings say of
// them. deadline is in ms, 0 for none.
func (s *seatStore) makeCart(ctx context.Context, season string, version, deadline int64, seats []string) (Cart, error) {
	settings, err := s.source.Settings(ctx, season)
	if err != nil {
		return Cart{}, err
	}
	cart := Cart{Season: season, Seats: make([]CartSeat, 0, len(seats)), Currency: settings.Currency, Version: version}
	if len(seats) == 0 {
		return cart, nil
	}
	plan, found, err := s.source.LookUp(ctx, season, seats)
	if err != nil {
		return Cart{}, err
	}
	if plan.Currency != "" {
		cart.Currency = plan.Currency
	}
	slices.SortFunc(found, func(a, c int) int { return seatmap.BySeat(plan.Seats[a].Number, plan.Seats[c].Number) })
	for _, index := range found {
		seat := &plan.Seats[index]
		cart.Seats = append(cart.Seats, CartSeat{Number: seat.Number, Category: seat.Category, Price: seat.Price})
		cart.Total += seat.Price
	}
	cart.ExpiresAt = time.UnixMilli(deadline).UTC()
	return cart, nil
}
