package booking

import (
	"context"
	"sync"
	"time"

	"usher/booking/seats"
	"usher/internal/fault"
)

// unknownPause is the least time between two reads for unknown seasons, whatever their ids.
const unknownPause = 250 * time.Millisecond

// seasonsChannel names the pub/sub channel for changed settings of seasons. It contains the
// database's name because several databases may share a Redis.
func (b *Booking) seasonsChannel() string { return seasonsPrefix + b.o.Mongo.Name() }

const seasonsPrefix = "seasons:" // followed by the database's name

// SeasonsRead has a token when a season may be new or changed, on any node, and this node
// has read it. It has one receiver. A lost message costs at most two seconds: see Seasons.
func (b *Booking) SeasonsRead() <-chan struct{} { return b.seasonsRead }

// announceSeason tells all nodes that a season has changed. After a failure they read it at
// their next tick.
func (b *Booking) announceSeason(ctx context.Context, id string) {
	if err := b.o.Redis.Publish(ctx, b.seasonsChannel(), id).Err(); err != nil {
		b.log.DebugContext(ctx, "season: publishing a change failed: nodes read it within two seconds", "season", id, "error", err)
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
	default: // it has a token already
	}
}

// expire outdates the cached seasons and a read in progress. The seasons stay cached.
func (c *catalog) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stale = time.Now()
}

// findNewSeason reads a season that is not cached, because another node may have just
// created it. Callers share reads, and wait unknownPause between two reads. Errors:
// unavailable while the store does not answer.
func (b *Booking) findNewSeason(ctx context.Context, id string) (Season, bool, error) {
	if !seasonID.MatchString(id) {
		return Season{}, false, nil
	}
	came := time.Now()
	c := &b.catalog
	unavailable := fault.New(fault.Unavailable, "season %q could not be read; try again", id)
	select {
	case c.asking <- struct{}{}:
	case <-ctx.Done():
		return Season{}, false, unavailable
	}
	defer func() { <-c.asking }()
	known, fresh := c.get(came)
	if !fresh && c.asked.After(came) {
		return Season{}, false, unavailable // the shared read has failed
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

// RedisNeeds returns every key and channel that a season and a node use, to test the rights
// in Redis.
func RedisNeeds(season, node string) (keys, channels []string) {
	return seats.KeysOf(season), []string{seats.ChannelOf(season), seats.BeatChannel(node), seasonsPrefix + season}
}

// watch keeps a mirror for every season until ctx ends, and finishes the work of nodes that
// died.
func (b *Booking) watch(ctx context.Context) {
	var keepers sync.WaitGroup
	defer keepers.Wait()
	type keeper struct {
		stop  context.CancelFunc
		ended chan struct{}
	}
	kept := map[string]keeper{}
	woken := false
	ticker := time.NewTicker(seasonsAge)
	defer ticker.Stop()
	for {
		known, err := b.seasons(ctx, time.Now().Add(-seasonsAge/2))
		if woken && err == nil {
			wake(b.seasonsRead)
		}
		if err != nil && ctx.Err() == nil {
			b.log.WarnContext(ctx, "season: reading the seasons failed: the next tick tries again", "error", err)
		}
		for season := range known {
			if _, ok := kept[season]; !ok {
				keeping, stop := context.WithCancel(ctx)
				k := keeper{stop, make(chan struct{})}
				kept[season] = k
				keepers.Go(func() {
					defer close(k.ended)
					defer stop()
					b.seats.Keep(keeping, season)
				})
			}
			if err := b.finishPlan(ctx, season); err != nil && ctx.Err() == nil {
				b.log.WarnContext(ctx, "plan: finishing a version failed: the next tick tries again", "season", season, "error", err)
			}
		}
		for season, k := range kept {
			if _, ok := known[season]; err == nil && !ok {
				k.stop()
				<-k.ended
				delete(kept, season)
				b.forget(season)
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

// finishPlan finishes a version whose importer died before the decision, before Redis was
// configured, or before the collection seats was written.
func (b *Booking) finishPlan(ctx context.Context, season string) error {
	current, err := b.newestPlan(ctx, season)
	if err != nil {
		return err
	}
	b.seats.PlanIs(season, current.Version)
	return b.finishProjection(ctx, season)
}
