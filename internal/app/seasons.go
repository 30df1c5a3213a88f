package app

import (
	"context"
	"time"

	"usher/booking"
	"usher/queue"
)

// seasonInterval is how often a node looks for seasons that another node, or
// the usher command, has made or changed.
const seasonInterval = 2 * time.Second

// runSeasons lays each season's settings beside its line and makes the queue
// watch it, again and again: a crash between saving a season and telling Redis
// heals within an interval.
func (a *App) runSeasons(ctx context.Context) error {
	ticker := time.NewTicker(seasonInterval)
	defer ticker.Stop()
	applied := map[string]int64{} // season → revision this node has seen applied
	failing := false
	for {
		err := a.syncSeasons(ctx, applied)
		if err != nil && !failing && ctx.Err() == nil {
			a.log.Warn("seasons are not in step yet", "error", err)
		}
		failing = err != nil
		a.synced.Store(err == nil)
		select {
		case <-ctx.Done():
			return nil
		case <-a.booking.SeasonNews():
		case <-ticker.C:
		}
	}
}

func (a *App) syncSeasons(ctx context.Context, applied map[string]int64) error {
	seasons, err := a.booking.Seasons(ctx)
	if err != nil {
		return err
	}
	for _, season := range seasons {
		if applied[season.ID] >= season.Revision {
			continue
		}
		if err := a.applySeason(ctx, season); err != nil {
			return err
		}
		applied[season.ID] = season.Revision
	}
	return nil
}

// applySeason tells the line of a season's settings.
func (a *App) applySeason(ctx context.Context, season booking.Season) error {
	a.queue.Watch(season.ID)
	return a.queue.Configure(ctx, season.ID, LineSettings(season))
}

// LineSettings is what a season means to its line.
func LineSettings(s booking.Season) queue.Settings {
	moment := func(t *time.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return *t
	}
	return queue.Settings{
		Revision: s.Revision,
		OpensAt:  moment(s.OpensAt), ClosesAt: moment(s.ClosesAt),
		ActiveLimit: s.ActiveLimit, AdmitPerMinute: s.AdmitPerMinute,
		TurnWindow: time.Duration(s.TurnWindow), Lease: time.Duration(s.Lease), Session: time.Duration(s.Session),
		Absence: time.Duration(s.Absence), Forget: time.Duration(s.Forget),
		Paused: s.Paused,
	}
}
