package booking

import (
	"context"
	"sync"
	"time"
)

// watch keeps a mirror for every season there is until ctx ends, and finishes
// what other nodes may have left undone.
func (b *Booking) watch(ctx context.Context) {
	var keepers sync.WaitGroup
	defer keepers.Wait()
	kept := map[string]bool{}
	woken := false
	ticker := time.NewTicker(seasonsAge)
	defer ticker.Stop()
	for {
		known, err := b.seasons(ctx, time.Now().Add(-seasonsAge/2))
		if woken && err == nil {
			wake(b.seasonNews)
		}
		if err != nil && ctx.Err() == nil {
			b.log.WarnContext(ctx, "the seasons cannot be read", "error", err)
		}
		for season := range known {
			if !kept[season] {
				kept[season] = true
				keepers.Go(func() { b.seats.Keep(ctx, season) })
			}
			if err := b.lookAfterPlan(ctx, season); err != nil && ctx.Err() == nil {
				b.log.WarnContext(ctx, "a plan cannot be looked after", "season", season, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-b.seasonMade:
			woken = true
		case <-ticker.C:
			woken = false
		}
	}
}

// lookAfterPlan finds a version whose importer died before it was decided or before
// Redis heard of it, and finishes the collection seats.
func (b *Booking) lookAfterPlan(ctx context.Context, season string) error {
	held, err := b.newestPlan(ctx, season)
	if err != nil {
		return err
	}
	b.seats.PlanIs(season, held.Version)
	return b.finishProjection(ctx, season)
}
