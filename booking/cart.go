package booking

import (
	"context"
	"slices"
	"time"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// Cart returns what a user holds. Errors: not_found, unavailable.
func (b *Booking) Cart(ctx context.Context, season, user string) (Cart, error) {
	if _, err := b.Season(ctx, season); err != nil {
		return Cart{}, err
	}
	r, err := b.run(ctx, b.scripts.cart, season, user)
	if err != nil {
		return Cart{}, store.Fault(err)
	}
	cart, err := b.cartOf(ctx, season, r)
	return cart, store.Fault(err)
}

// cartOf makes a cart of a script's {'ok', version, deadline, {seat…}}.
func (b *Booking) cartOf(ctx context.Context, season string, r reply) (Cart, error) {
	return b.makeCart(ctx, season, r.number(1), r.number(2), r.texts(3))
}

// makeCart adds to the seats of a cart what the plan and the settings say of
// them. deadline is in ms, 0 for none.
func (b *Booking) makeCart(ctx context.Context, season string, version, deadline int64, seats []string) (Cart, error) {
	settings, err := b.Season(ctx, season)
	if err != nil {
		return Cart{}, err
	}
	cart := Cart{Season: season, Seats: make([]CartSeat, 0, len(seats)), Currency: settings.Currency, Version: version}
	if len(seats) == 0 {
		return cart, nil
	}
	plan, found, err := b.lookUp(ctx, season, seats)
	if err != nil {
		return Cart{}, err
	}
	cart.Currency = currencyOf(plan, settings)
	slices.SortFunc(found, func(a, c int) int { return seatmap.BySeat(plan.Seats[a].Number, plan.Seats[c].Number) })
	for _, index := range found {
		s := &plan.Seats[index]
		cart.Seats = append(cart.Seats, CartSeat{Number: s.Number, Category: s.Category, Price: s.Price})
		cart.Total += s.Price
	}
	cart.ExpiresAt = time.UnixMilli(deadline).UTC()
	return cart, nil
}

// knowsSeats reports whether the plan in memory has all of these seats.
func (b *Booking) knowsSeats(season string, seats []string) bool {
	known, ok := b.plans.Load(season)
	if !ok {
		return false
	}
	for _, number := range seats {
		if _, ok := known.(*heldPlan).ByName[number]; !ok {
			return false
		}
	}
	return true
}

// lookUp finds seats in the plan by number. When one is missing the plan in
// memory may be old: it is read anew once. Errors: unknown_seat.
func (b *Booking) lookUp(ctx context.Context, season string, seats []string) (*Plan, []int, error) {
	plan, err := b.plan(ctx, season)
	if err != nil {
		return nil, nil, err
	}
	for attempt := 0; ; attempt++ {
		found, missing := make([]int, 0, len(seats)), []string(nil)
		for _, number := range seats {
			if index, ok := plan.ByName[number]; ok {
				found = append(found, index)
			} else {
				missing = append(missing, number)
			}
		}
		if len(missing) == 0 {
			return plan, found, nil
		}
		if attempt > 0 {
			return nil, nil, fault.Seats(fault.UnknownSeat, missing, "there is no such seat in season %s", season)
		}
		held, err := b.reloadPlan(ctx, season)
		if err != nil {
			return nil, nil, err
		}
		plan = held.Plan
	}
}
