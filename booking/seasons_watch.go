package booking

import (
	"context"
	"sync"
	"time"

	"usher/booking/seats"
	"usher/internal/fault"
)

// unknownPause is the least time between two readings of the store that unknown
// seasons cause, whatever their ids.
const unknownPause = 250 * time.Millisecond

// seasonsChannel names the channel on which changes of seasons' settings are told.
// A Redis may serve several databases.
func (b *Booking) seasonsChannel() string { return seasonsPrefix + b.o.Mongo.Name() }

const seasonsPrefix = "seasons:" // the database follows

// SeasonsRead has a token when some season may be new or changed, on any node, and
// this node has read it. It has one reader. Losing a message costs at most two seconds: see Seasons.
func (b *Booking) SeasonsRead() <-chan struct{} { return b.seasonsRead }

// announceSeason tells all nodes that a season has changed. A failure is healed by
// their ticks.
func (b *Booking) announceSeason(ctx context.Context, id string) {
	if err := b.o.Redis.Publish(ctx, b.seasonsChannel(), id).Err(); err != nil {
		b.log.DebugContext(ctx, "telling a season's change failed: nodes read it within two seconds", "season", id, "error", err)
	}
}

// handleSeasonChange makes this node read the seasons again.
func (b *Booking) handleSeasonChange() {
	b.catalog.expire()
	wake(b.seasonChanged) // watch reads them
}

// wake puts a token into a channel that holds one.
func wake(channel chan struct{}) {
	select {
	case channel <- struct{}{}:
	default: // it is woken already
	}
}

// expire makes what is known, and what a reading under way will find, too old for
// any reader. It stays known.
func (c *catalog) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stale = time.Now()
}

// findNewSeason looks for a season that is not in memory: another node may have made
// it a moment ago. Callers share readings, and readings keep a distance, which
// callers wait for. Errors: unavailable while the store does not answer.
func (b *Booking) findNewSeason(ctx context.Context, id string) (Season, bool, error) {
	if !seasonID.MatchString(id) {
		return Season{}, false, nil
	}
	came := time.Now()
	c := &b.catalog
	unavailable := fault.New(fault.Unavailable, "whether there is a season %q is not known; try again", id)
	select {
	case c.asking <- struct{}{}:
	case <-ctx.Done():
		return Season{}, false, unavailable
	}
	defer func() { <-c.asking }()
	known, fresh := c.get(came)
	if !fresh && c.asked.After(came) {
		return Season{}, false, unavailable // that reading has failed
	}
	if !fresh {
		pause := time.NewTimer(time.Until(c.asked.Add(unknownPause)))
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
			return Season{}, false, unavailable
		}
		ctx, cancel := context.WithTimeout(ctx, seasonsWait)
		defer cancel()
		c.asked = time.Now()
		var err error
		if known, err = b.seasons(ctx, came); err != nil {
			return Season{}, false, err
		}
	}
	s, ok := known[id]
	return s, ok, nil
}

// RedisNeeds returns every key and channel that a season and a node use, for
// trying rights.
func RedisNeeds(season, node string) (keys, channels []string) {
	return seats.KeysOf(season), []string{seats.ChannelOf(season), seats.BeatChannel(node), seasonsPrefix + season}
}

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
			wake(b.seasonsRead)
		}
		if err != nil && ctx.Err() == nil {
			b.log.WarnContext(ctx, "the seasons cannot be read", "error", err)
		}
		for season := range known {
			if !kept[season] {
				kept[season] = true
				keepers.Go(func() { b.seats.Keep(ctx, season) })
			}
			if err := b.finishPlan(ctx, season); err != nil && ctx.Err() == nil {
				b.log.WarnContext(ctx, "a plan cannot be looked after", "season", season, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-b.seasonChanged:
			woken = true
		case <-ticker.C:
			woken = false
		}
	}
}

// finishPlan finds a version whose importer died before it was decided or before
// Redis heard of it, and finishes the collection seats.
func (b *Booking) finishPlan(ctx context.Context, season string) error {
	current, err := b.newestPlan(ctx, season)
	if err != nil {
		return err
	}
	b.seats.PlanIs(season, current.Version)
	return b.finishProjection(ctx, season)
}
