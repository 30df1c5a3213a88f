package booking

import (
	"context"
	"errors"
	"time"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// cachedPlan is a plan in a node's memory.
type cachedPlan struct {
	*Plan
	hash    string
	follows int64 // the version under sale that it changed, 0 for none
	at      time.Time

	decided   int64       // the versions up to this number are decided
	underSale bool        // a purchase has begun: indexes and currency never change again
	proposed  *planHeader // the proposed change that is not decided yet
}

// plan returns a season's plan from memory, or reads it from the store. A season without a
// plan has an empty one of version 0.
func (b *Booking) plan(ctx context.Context, season string) (*Plan, error) {
	current, err := b.cachedPlan(ctx, season)
	if err != nil {
		return nil, err
	}
	return current.Plan, nil
}

// cachedPlan returns a season's plan with the state of its versions, from memory or from
// the store.
func (b *Booking) cachedPlan(ctx context.Context, season string) (*cachedPlan, error) {
	if known, ok := b.plans.Load(season); ok {
		return known.(*cachedPlan), nil
	}
	return b.reloadPlan(ctx, season)
}

// PlanVersion returns the version of a season's newest plan, 0 when it has none.
func (b *Booking) PlanVersion(ctx context.Context, season string) (int64, error) {
	current, err := b.reloadPlan(ctx, season)
	if err != nil {
		return 0, store.Fault(err)
	}
	return current.Version, nil
}

// Plan reads a season's newest plan; one of version 0 where there is none.
func (b *Booking) Plan(ctx context.Context, season string) (*Plan, error) {
	current, err := b.reloadPlan(ctx, season)
	if err != nil {
		return nil, store.Fault(err)
	}
	return current.Plan, nil
}

// reloadPlan reads the newest accepted version of a season's plan. If there is no version
// newer than the cached one, that is one read; otherwise the number of reads grows with the
// logarithm of the number of new versions.
func (b *Booking) reloadPlan(ctx context.Context, season string) (*cachedPlan, error) {
	current := &cachedPlan{Plan: seatmap.New(season, 0, nil)}
	if known, ok := b.plans.Load(season); ok {
		current = known.(*cachedPlan)
	}
	var last *planHeader
	_, err := newest(int(current.decided), func(n int) (bool, error) {
		header, err := b.planHeader(ctx, season, int64(n))
		if header != nil {
			last = header // newest asks for higher versions only
		}
		return header != nil, err
	})
	if err != nil {
		return nil, err
	}
	if last != nil {
		if current, err = b.planUpTo(ctx, current, last); err != nil {
			return nil, err
		}
	}
	return b.cachePlan(season, current), nil
}

// planUpTo returns the plan that counts when last is the newest entry. current is an
// earlier one.
func (b *Booking) planUpTo(ctx context.Context, current *cachedPlan, last *planHeader) (*cachedPlan, error) {
	version, decided, begun, next := last.Version, last.Version, false, (*planHeader)(nil)
	switch {
	case last.Freezes != 0:
		version, begun = last.Freezes, true
	case last.Follows != 0:
		begun = true
		outcome, err := b.findPlanDecision(ctx, last)
		switch {
		case err != nil:
			return nil, err
		case outcome == nil:
			version, decided, next = last.Follows, last.Version-1, last
		case !outcome.Accepted:
			version = last.Follows
		}
	}
	if version != current.Version {
		header := last
		if version != last.Version {
			var err error
			if header, err = b.planHeader(ctx, last.Season, version); err != nil {
				return nil, err
			}
		}
		if header == nil {
			return nil, errPlanMissing(last.Season, version)
		}
		loaded, err := b.loadPlan(ctx, header)
		if err != nil {
			return nil, err
		}
		current = loaded
	}
	now := *current
	now.decided, now.underSale, now.proposed = decided, begun, next
	return &now, nil
}

// cachePlan caches a plan, unless a plan of which more is decided is cached already. It
// returns the cached plan.
func (b *Booking) cachePlan(season string, current *cachedPlan) *cachedPlan {
	b.planMu.Lock()
	defer b.planMu.Unlock()
	if known, ok := b.plans.Load(season); ok {
		k := known.(*cachedPlan)
		if k.decided > current.decided || k.decided == current.decided && (k.proposed != nil || current.proposed == nil) {
			return k
		}
	}
	b.plans.Store(season, current)
	return current
}

// knowsSeats reports whether the cached plan has all of these seats.
func (b *Booking) knowsSeats(season string, seats []string) bool {
	known, ok := b.plans.Load(season)
	if !ok {
		return false
	}
	for _, number := range seats {
		if _, ok := known.(*cachedPlan).ByName[number]; !ok {
			return false
		}
	}
	return true
}

// lookUp finds seats in the plan by number. When one is missing the cached plan may be old,
// so lookUp reads the plan again, once. Errors: unknown_seat.
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
			return nil, nil, fault.Seats(fault.UnknownSeat, missing, "seat not found in season %s", season)
		}
		current, err := b.reloadPlan(ctx, season)
		if err != nil {
			return nil, nil, err
		}
		plan = current.Plan
	}
}

// newest returns the highest number of a series without gaps that has an entry, 0 for none.
// known is a number that has an entry, or 0. The number of reads grows with the logarithm
// of the distance between the two, so a long series costs little more than a short one.
func newest(known int, there func(n int) (bool, error)) (int, error) {
	step := 1
	for {
		found, err := there(known + step)
		if err != nil {
			return 0, err
		}
		if !found {
			break
		}
		known += step
		step *= 2
	}
	for missing := known + step; missing-known > 1; {
		middle := known + (missing-known)/2
		found, err := there(middle)
		if err != nil {
			return 0, err
		}
		if found {
			known = middle
		} else {
			missing = middle
		}
	}
	return known, nil
}

// currencyOf returns the currency of a plan's prices.
func currencyOf(plan *Plan, season Season) string {
	if plan.Currency != "" {
		return plan.Currency
	}
	return season.Currency
}

// changeCurrency publishes a season's plan with another currency, before the season's
// settings change. The currency is part of the plan's version, so that no cart and no
// purchase is in a currency that the fan has not seen. Errors: conflict while seats are
// held, and from the first purchase on.
func (b *Booking) changeCurrency(ctx context.Context, season Season, code, by string) error {
	current, err := b.reloadPlan(ctx, season.ID)
	if err != nil || current.Version == 0 || currencyOf(current.Plan, season) == code {
		return store.Fault(err)
	}
	if current.Currency == "" {
		// The plan does not store its currency: until now it is the season's.
		named := *current.Plan
		named.Currency = season.Currency
		known := *current
		known.Plan = &named
		current = &known
		b.cacheCurrency(season.ID, current)
	}
	next, err := b.publish(ctx, season.ID, current.Seats, code, by)
	if errors.Is(err, errUnderSale) {
		err = errCurrencyStays(season.ID)
	}
	if err != nil {
		return store.Fault(err)
	}
	if err := b.configure(ctx, season, next); err != nil {
		b.log.WarnContext(ctx, "plan: configuring Redis failed: the next tick tries again", "season", season.ID, "error", err)
	}
	return nil
}

// mayChangeCurrency returns the error that changeCurrency would return now.
func (b *Booking) mayChangeCurrency(ctx context.Context, season Season, code string) error {
	current, err := b.reloadPlan(ctx, season.ID)
	switch {
	case err != nil || current.Version == 0 || currencyOf(current.Plan, season) == code:
		return store.Fault(err)
	case current.underSale:
		return errCurrencyStays(season.ID)
	}
	return store.Fault(b.nothingHeld(ctx, season.ID))
}

// cacheCurrency caches a plan with the currency that its header does not store.
func (b *Booking) cacheCurrency(season string, current *cachedPlan) {
	b.planMu.Lock()
	defer b.planMu.Unlock()
	if known, ok := b.plans.Load(season); ok && known.(*cachedPlan).Version == current.Version {
		b.plans.Store(season, current)
	}
}

// freshSeason reads a season from the store.
func (b *Booking) freshSeason(ctx context.Context, id string) (Season, error) {
	known, err := b.seasons(ctx, time.Now())
	if err != nil {
		return Season{}, err
	}
	s, ok := known[id]
	if !ok {
		return Season{}, fault.New(fault.NotFound, "season %q not found", id)
	}
	return s, nil
}
