package booking

import (
	"context"
	"errors"
	"time"

	"usher/internal/fault"
	"usher/internal/store"
)

// currencyOf is what the prices of a plan are in.
func currencyOf(plan *Plan, season Season) string {
	if plan.Currency != "" {
		return plan.Currency
	}
	return season.Currency
}

// changeCurrency gives a season's plan another currency, before its settings get it.
// It is another version of the plan, so that no cart and no purchase is in a
// currency that its fan has not seen. Errors: conflict while seats are held, and from
// the first purchase on.
func (b *Booking) changeCurrency(ctx context.Context, season Season, code, by string) error {
	held, err := b.reloadPlan(ctx, season.ID)
	if err != nil || held.Version == 0 || currencyOf(held.Plan, season) == code {
		return store.Fault(err)
	}
	if held.Currency == "" {
		// Its version does not say the currency: it is in the season's until now.
		named := *held.Plan
		named.Currency = season.Currency
		known := *held
		known.Plan = &named
		held = &known
		b.keepCurrency(season.ID, held)
	}
	next, err := b.publish(ctx, season.ID, held.Seats, code, by)
	if errors.Is(err, errBegun) {
		err = errCurrencyStays(season.ID)
	}
	if err != nil {
		return store.Fault(err)
	}
	if err := b.configure(ctx, season, next); err != nil {
		b.log.WarnContext(ctx, "the plan reaches Redis later", "season", season.ID, "error", err)
	}
	return nil
}

// keepCurrency notes the currency of a plan in memory whose version does not say it.
func (b *Booking) keepCurrency(season string, held *heldPlan) {
	b.planMu.Lock()
	defer b.planMu.Unlock()
	if known, ok := b.plans.Load(season); ok && known.(*heldPlan).Version == held.Version {
		b.plans.Store(season, held)
	}
}

// freshSeason returns a season as the store has it now.
func (b *Booking) freshSeason(ctx context.Context, id string) (Season, error) {
	known, err := b.seasons(ctx, time.Now())
	if err != nil {
		return Season{}, err
	}
	s, ok := known[id]
	if !ok {
		return Season{}, fault.New(fault.NotFound, "there is no season %q", id)
	}
	return s, nil
}
