package app

import (
	"context"
	"time"

	"usher/booking"
	"usher/hub"
	"usher/web"
)

// seasonInterval is how often a node reads which seasons another node, or the usher
// command, has made or changed.
const seasonInterval = 2 * time.Second

// runSeasons copies the settings of every season from MongoDB to Redis, where the
// scripts read them, and makes the queue watch the season. It repeats this: if a
// node dies after saving a season and before writing Redis, the next interval
// writes Redis.
func (a *App) runSeasons(ctx context.Context) error {
	ticker := time.NewTicker(seasonInterval)
	defer ticker.Stop()
	applied := map[string]int64{} // season → revision this node has seen applied
	failing := false
	for {
		err := a.syncSeasons(ctx, applied)
		if err != nil && !failing && ctx.Err() == nil {
			a.logger("app").Warn("copying the seasons' settings to Redis failed: trying again", "interval", seasonInterval, "error", err)
		}
		failing = err != nil
		a.synced.Store(err == nil)
		select {
		case <-ctx.Done():
			return nil
		case <-a.booking.SeasonsRead():
		case <-ticker.C:
		}
	}
}

func (a *App) syncSeasons(ctx context.Context, applied map[string]int64) error {
	seasons, err := a.booking.Seasons(ctx)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(seasons))
	for _, season := range seasons {
		known[season.ID] = true
		if applied[season.ID] >= season.Revision {
			continue
		}
		if err := a.applySeason(ctx, season); err != nil {
			return err
		}
		applied[season.ID] = season.Revision
	}
	for id := range applied {
		if !known[id] {
			delete(applied, id)
			a.dropSeason(id)
		}
	}
	return nil
}

// dropSeason ends this node's work for a season that was removed.
func (a *App) dropSeason(id string) {
	a.hub.Each(id, func(s *hub.Socket) { s.Close(hub.CloseRestart, hub.ReasonRestart) }) // a client that returns is told not_found
	a.queue.Unwatch(id)
	a.web.SaleChanged()
	a.logger("app").Info("a season was removed", "season", id)
}

// applySeason writes a season's settings to Redis, makes the queue watch it, and has
// the sockets told what is public of the change.
func (a *App) applySeason(ctx context.Context, season booking.Season) error {
	a.web.SaleChanged()
	a.queue.Watch(season.ID)
	return a.queue.Configure(ctx, season.ID, web.LineSettings(season))
}
