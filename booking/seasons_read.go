package booking

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/store"
)

const (
	seasonsAge  = 2 * time.Second // how old the memory of the seasons may be
	seasonsWait = time.Second     // how long a caller waits for newer ones when there is an old memory
)

// catalog is a node's memory of the seasons.
type catalog struct {
	fetching sync.Mutex // one reader of the store at a time; the others use what it found
	failed   time.Time  // when that last failed; guarded by fetching
	reads    int        // how often the store was asked; guarded by fetching

	asking chan struct{} // has a token while the store is asked for an unknown season
	asked  time.Time     // when that last began; guarded by asking

	mu      sync.Mutex
	seasons map[string]Season
	fetched time.Time // when the reading began that seasons came from
	stale   time.Time // what was read before is too old, whatever its age
	logged  map[string]int64
}

// get returns the known seasons when they were read after since.
func (c *catalog) get(since time.Time) (map[string]Season, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seasons, c.seasons != nil && c.fetched.After(since) && c.fetched.After(c.stale)
}

// learn adds what was read; a newer revision known already stays, so that a node
// always reads its own writes.
func (c *catalog) learn(found map[string]Season, began time.Time) map[string]Season {
	c.mu.Lock()
	defer c.mu.Unlock()
	merged := make(map[string]Season, len(found)) // readers keep the old map
	for _, from := range []map[string]Season{c.seasons, found} {
		for id, s := range from {
			if known, ok := merged[id]; !ok || s.Revision > known.Revision {
				merged[id] = s
			}
		}
	}
	c.seasons = merged
	if began.After(c.fetched) {
		c.fetched = began
	}
	return merged
}

// recentSeasons returns the seasons from memory, at most two seconds old. While
// MongoDB does not answer they stay what they were: Redis decides about holds, and
// by settings of its own, so that a silent MongoDB must not stop them.
func (b *Booking) recentSeasons(ctx context.Context) (map[string]Season, error) {
	since := time.Now().Add(-seasonsAge)
	known, fresh := b.catalog.get(since)
	if fresh {
		return known, nil
	}
	if known == nil {
		return b.seasons(ctx, since)
	}
	if !b.catalog.fetching.TryLock() {
		return known, nil // somebody is asking already
	}
	defer b.catalog.fetching.Unlock()
	if b.catalog.failed.After(since) {
		return known, nil
	}
	ctx, cancel := context.WithTimeout(ctx, seasonsWait)
	defer cancel()
	found, err := b.fetchSeasons(ctx)
	if err != nil {
		b.log.DebugContext(ctx, "the seasons stay as they were known", "error", err)
		return known, nil
	}
	return found, nil
}

// seasons returns all seasons as they were after since, or later.
func (b *Booking) seasons(ctx context.Context, since time.Time) (map[string]Season, error) {
	if known, ok := b.catalog.get(since); ok {
		return known, nil
	}
	b.catalog.fetching.Lock()
	defer b.catalog.fetching.Unlock()
	if known, ok := b.catalog.get(since); ok {
		return known, nil // while this call waited for the lock
	}
	return b.fetchSeasons(ctx)
}

// fetchSeasons reads all seasons; its caller holds catalog.fetching.
func (b *Booking) fetchSeasons(ctx context.Context) (map[string]Season, error) {
	began := time.Now()
	b.catalog.reads++
	var all []revision
	cursor, err := b.o.Mongo.Collection("seasons").Find(ctx, bson.D{})
	if err == nil {
		err = cursor.All(ctx, &all)
	}
	if err != nil {
		b.catalog.failed = time.Now()
		return nil, store.Fault(fmt.Errorf("reading the seasons: %w", err))
	}
	newest := map[string]revision{}
	for _, r := range all {
		if r.Revision > newest[r.Season].Revision {
			newest[r.Season] = r
		}
	}
	found := map[string]Season{}
	for id, r := range newest {
		s, err := r.season()
		if err != nil {
			return nil, err
		}
		found[id] = s
	}
	b.logRevisions(ctx, all, newest)
	return b.catalog.learn(found, began), nil
}
