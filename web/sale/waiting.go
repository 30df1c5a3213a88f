package sale

import (
	"context"
	"time"

	"usher/hub"
	"usher/internal/wire"
)

const (
	// few is the length of a line up to which every change is told. Above it, what
	// was told last must be off by a hundredth.
	few = 100
	// longPace is the shortest time between two messages about a longer line.
	longPace = 5 * time.Second
)

// toldWaiting is the length of a line that sockets were told last.
type toldWaiting struct {
	waiting int
	at      time.Time
}

// RunWaiting tells sockets how many are in line, until ctx ends. A position says it
// too, but a fan's position stands still while a line grows behind it, and before the
// opening there is none.
func (b *Board) RunWaiting(ctx context.Context) {
	timer := time.NewTicker(pace)
	defer timer.Stop()
	told := map[string]toldWaiting{}
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		err := b.tellWaiting(ctx, told)
		if err != nil && !failing && ctx.Err() == nil {
			b.o.Logger.WarnContext(ctx, "sale: counting the line failed: sockets keep the last number", "error", err)
		}
		failing = err != nil
	}
}

// tellWaiting tells once what has changed since told, which it updates.
func (b *Board) tellWaiting(ctx context.Context, told map[string]toldWaiting) error {
	seasons, err := b.o.Seasons(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, season := range seasons {
		waiting, wanted, failed := b.o.Waiting(ctx, season.ID)
		if failed != nil {
			err = failed
			continue
		}
		if !wanted {
			delete(told, season.ID)
			continue
		}
		last, known := told[season.ID]
		if known && !last.outdated(waiting, now) {
			continue
		}
		told[season.ID] = toldWaiting{waiting, now}
		b.o.TellWaiting(season.ID, hub.NewShared(wire.Encode(wire.Waiting{Waiting: waiting})))
	}
	return err
}

// outdated reports whether the length that was told is too far from the truth.
func (t toldWaiting) outdated(waiting int, now time.Time) bool {
	off := max(t.waiting-waiting, waiting-t.waiting)
	if min(t.waiting, waiting) <= few {
		return off > 0
	}
	return 100*off >= waiting && now.Sub(t.at) >= longPace
}
