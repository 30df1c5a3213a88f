package sale

import (
	"context"
	"time"

	"usher/hub"
	"usher/internal/wire"
)

// few is the number of gathered users up to which every change is told. Above it,
// what was told last must be off by a hundredth.
const few = 100

// RunGathering tells sockets how many have gathered for an opening, at most once per
// pace, until ctx ends. New sockets have the number in their welcome.
func (b *Board) RunGathering(ctx context.Context) {
	timer := time.NewTicker(pace)
	defer timer.Stop()
	told := map[string]int{}
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		err := b.tellGathered(ctx, told)
		if err != nil && !failing && ctx.Err() == nil {
			b.o.Logger.WarnContext(ctx, "sale: counting the gathered failed: sockets keep the last number", "error", err)
		}
		failing = err != nil
	}
}

// tellGathered tells once what has changed since told, which it updates.
func (b *Board) tellGathered(ctx context.Context, told map[string]int) error {
	seasons, err := b.o.Seasons(ctx)
	if err != nil {
		return err
	}
	for _, season := range seasons {
		if season.OpensAt == nil || time.Now().After(*season.OpensAt) {
			delete(told, season.ID)
			continue
		}
		waiting, open, failed := b.o.Gathered(ctx, season.ID)
		if failed != nil {
			err = failed
			continue
		}
		last, known := told[season.ID]
		if open || known && !worthTelling(last, waiting) {
			continue
		}
		told[season.ID] = waiting
		b.o.TellGathered(season.ID, hub.NewShared(wire.Encode(wire.Gathering{Waiting: waiting})))
	}
	return err
}

// worthTelling reports whether a number that was told is too far from the truth.
func worthTelling(told, now int) bool {
	off := max(told-now, now-told)
	return off > 0 && (min(told, now) <= few || 100*off >= now)
}
