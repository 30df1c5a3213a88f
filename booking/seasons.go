package booking

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
)

// Season is a season with the revision of its settings.
type Season struct {
	Settings
	Announced
	Logo      Logo          // the zero value: none
	Cancelled *Cancellation // of the show; nil: it takes place
	Revision  int64         // grows with every change
}

const writeRetries = 20 // attempts to insert a revision or version before giving up

// revision is one immutable state of a season's settings. Its _id is "season/revision": the
// first insert makes the change.
type revision struct {
	ID        string        `bson:"_id"`
	Season    string        `bson:"season"`
	Revision  int64         `bson:"revision"`
	Settings  bson.D        `bson:"settings"` // in the JSON shape of docs/operating.md
	Paused    bool          `bson:"paused"`
	Reason    string        `bson:"pauseReason,omitempty"`
	Notice    string        `bson:"notice,omitempty"`
	Logo      *Logo         `bson:"logo,omitempty"`      // nil: none
	Cancelled *Cancellation `bson:"cancelled,omitempty"` // final: every later revision has it
	By        string        `bson:"by"`
	Action    string        `bson:"action"`
	At        time.Time     `bson:"at"`
	Shadow    *shadowOf     `bson:"shadow,omitempty"`  // of a shadow season
	Removed   bool          `bson:"removed,omitempty"` // the shadow season is not found any more
}

const seasonsName = "seasons"

func (r revision) season() (Season, error) {
	text, err := bson.MarshalExtJSON(r.Settings, false, false)
	if err != nil {
		return Season{}, err
	}
	s := Season{Announced: r.announced(), Revision: r.Revision, Cancelled: r.Cancelled}
	if r.Logo != nil {
		s.Logo = *r.Logo
	}
	s.TimeZone = DefaultSettings(r.Season).TimeZone // a revision of an older program has none
	if err := json.Unmarshal(text, &s.Settings); err != nil {
		return Season{}, fmt.Errorf("settings %s: %w", r.ID, err)
	}
	s.ID = r.Season
	return s, nil
}

func asDocument(v any) (bson.D, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var d bson.D
	return d, bson.UnmarshalExtJSON(text, false, &d)
}

// Seasons returns every season, sorted by id. They are cached, at most two seconds old
// while MongoDB answers.
func (b *Booking) Seasons(ctx context.Context) ([]Season, error) {
	known, err := b.recentSeasons(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Season, 0, len(known))
	for _, s := range known {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Season) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// Season returns one season, also one that another node has just created. Errors:
// not_found, unavailable.
func (b *Booking) Season(ctx context.Context, id string) (Season, error) {
	known, err := b.recentSeasons(ctx)
	if err != nil {
		return Season{}, err
	}
	s, ok := known[id]
	if !ok {
		if s, ok, err = b.findNewSeason(ctx, id); err != nil {
			return Season{}, err
		}
	}
	if !ok {
		return Season{}, fault.New(fault.NotFound, "season %q not found", id)
	}
	return s, nil
}

// KnownSeason returns a season from this node's memory, at most two seconds old while
// MongoDB answers. Unlike Season it does not look for one that is not there. A node that
// has read no season yet reads them.
func (b *Booking) KnownSeason(ctx context.Context, id string) (Season, bool) {
	known, err := b.recentSeasons(ctx)
	if err != nil {
		return Season{}, false
	}
	s, ok := known[id]
	return s, ok
}

// ApplySeason creates a season or changes the settings that the JSON object patch names;
// other settings keep their value or default. by is the user, for the audit log. A patch
// that changes nothing makes no revision. Errors: invalid_request naming every problem;
// conflict when the currency can no longer be changed.
func (b *Booking) ApplySeason(ctx context.Context, id string, patch []byte, by string) (Season, error) {
	if IsShadow(id) {
		return Season{}, errShadowID(id)
	}
	known, err := b.seasons(ctx, time.Now())
	if err != nil {
		return Season{}, err
	}
	if before, exists := known[id]; exists {
		next, err := before.patched(patch)
		if err != nil {
			return Season{}, err
		}
		if err := b.changeCurrency(ctx, before, next.Currency, by); err != nil {
			return Season{}, err
		}
	}
	return b.revise(ctx, id, "settings", by, func(s Season, exists bool) (Season, error) {
		if !exists {
			s.Settings = DefaultSettings(id)
		}
		next, err := s.patched(patch)
		s.Settings = next
		return s, err
	})
}

// PreviewSeason returns the settings that ApplySeason would save, and whether the season
// exists already. It changes nothing. Errors: those of ApplySeason.
func (b *Booking) PreviewSeason(ctx context.Context, id string, patch []byte) (next Settings, exists bool, err error) {
	if IsShadow(id) {
		return Settings{}, false, errShadowID(id)
	}
	known, err := b.seasons(ctx, time.Now())
	if err != nil {
		return Settings{}, false, err
	}
	before, exists := known[id]
	if !exists {
		next, err := DefaultSettings(id).patched(patch)
		return next, false, err
	}
	if next, err = before.patched(patch); err != nil {
		return Settings{}, true, err
	}
	return next, true, b.mayChangeCurrency(ctx, before, next.Currency)
}

func errShadowID(id string) error {
	return fault.New(fault.InvalidRequest, "the id %q is reserved for the shadow season of a rehearsal: take one that does not end like this", id)
}

// revise inserts the next revision of a season. If another insert was first, the change is
// applied again to the new revision.
func (b *Booking) revise(ctx context.Context, id, action, by string, change func(Season, bool) (Season, error)) (Season, error) {
	for range writeRetries {
		known, err := b.seasons(ctx, time.Now())
		if err != nil {
			return Season{}, err
		}
		before, exists := known[id]
		after, err := change(before, exists)
		if err != nil {
			return Season{}, err
		}
		settings, err := asDocument(after.Settings)
		if err != nil {
			return Season{}, err
		}
		if exists && after.Announced == before.Announced && after.Logo == before.Logo && after.Cancelled == before.Cancelled && sameSettings(after.Settings, before.Settings) {
			b.tryConfigure(ctx, before)
			return before, nil
		}
		after.Revision = before.Revision + 1
		row := revision{
			ID: fmt.Sprintf("%s/%d", id, after.Revision), Season: id, Revision: after.Revision,
			Settings: settings, Paused: after.Paused, Reason: after.PauseReason, Notice: after.Notice, By: by, Action: action, At: time.Now().UTC(),
			Cancelled: after.Cancelled,
		}
		if after.Logo != (Logo{}) {
			row.Logo = &after.Logo
		}
		_, err = b.o.Mongo.Collection(seasonsName).InsertOne(ctx, row)
		if mongo.IsDuplicateKeyError(err) {
			continue
		}
		if err != nil {
			return Season{}, store.Fault(fmt.Errorf("writing the season: %w", err))
		}
		b.catalog.merge(map[string]Season{id: after}, time.Time{})
		b.logRevision(ctx, row, before, exists)
		b.tryConfigure(ctx, after)
		b.announceSeason(ctx, id)
		wake(b.seasonChanged)
		return after, nil
	}
	return Season{}, fault.New(fault.Unavailable, "too many changes of season %s at once; try again", id)
}

func sameSettings(a, b Settings) bool {
	first, err1 := json.Marshal(a)
	second, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(first) == string(second)
}

// tryConfigure writes new settings to Redis. If that fails the next tick of any node does
// it, so the change itself has succeeded.
func (b *Booking) tryConfigure(ctx context.Context, s Season) {
	if err := b.configure(ctx, s, nil); err != nil {
		b.log.WarnContext(ctx, "season: configuring Redis failed: the next tick tries again", "season", s.ID, "error", err)
	}
}

const (
	seasonsAge  = 2 * time.Second // the greatest age of cached seasons
	seasonsWait = time.Second     // how long a caller waits for a read when older seasons are cached
)

// catalog caches the seasons on a node.
type catalog struct {
	fetching sync.Mutex // one reader of the store at a time; the others use its result
	failed   time.Time  // when a read last failed; guarded by fetching
	reads    int        // number of reads; guarded by fetching

	asking chan struct{} // has a token while an unknown season is read
	asked  time.Time     // when such a read last began; guarded by asking

	mu      sync.Mutex
	seasons map[string]Season
	learnt  map[string]time.Time // when this node last wrote a season, or first read it
	fetched time.Time            // when the read of seasons began
	stale   time.Time            // reads that began before are outdated
	logged  map[string]int64
}

// get returns the cached seasons if they were read after since.
func (c *catalog) get(since time.Time) (map[string]Season, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seasons, c.seasons != nil && c.fetched.After(since) && c.fetched.After(c.stale)
}

// merge adds seasons read from the store; began is when the read began, zero for a season
// that this node has written. A newer cached revision stays, so that a node reads its own
// writes. A season that the read does not have, though it was known before, was removed.
func (c *catalog) merge(found map[string]Season, began time.Time) map[string]Season {
	c.mu.Lock()
	defer c.mu.Unlock()
	merged, learnt := make(map[string]Season, len(found)), make(map[string]time.Time, len(found)) // readers keep the old map
	for id, s := range found {
		merged[id], learnt[id] = s, began
		if began.IsZero() {
			learnt[id] = time.Now()
		}
	}
	for id, s := range c.seasons {
		read, ok := merged[id]
		if !ok && !began.IsZero() && !c.learnt[id].After(began) {
			continue
		}
		if !ok || s.Revision > read.Revision {
			merged[id] = s
		}
		if !ok || c.learnt[id].After(learnt[id]) {
			learnt[id] = c.learnt[id]
		}
	}
	c.learnt = learnt
	c.seasons = merged
	if began.After(c.fetched) {
		c.fetched = began
	}
	return merged
}

// recentSeasons returns the cached seasons, at most two seconds old. While MongoDB does not
// answer they stay as they are, so that holds continue: Redis decides about holds, by its
// own copy of the settings.
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
		return known, nil // another caller is reading
	}
	defer b.catalog.fetching.Unlock()
	if b.catalog.failed.After(since) {
		return known, nil
	}
	ctx, cancel := context.WithTimeout(ctx, seasonsWait)
	defer cancel()
	found, err := b.fetchSeasons(ctx)
	if err != nil {
		b.log.DebugContext(ctx, "season: reading the seasons failed: the cached ones stay", "error", err)
		return known, nil
	}
	return found, nil
}

// seasons returns all seasons from a read that began after since.
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
	cursor, err := b.o.Mongo.Collection(seasonsName).Find(ctx, bson.D{})
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
		if r.Removed {
			delete(newest, id)
			continue
		}
		s, err := r.season()
		if err != nil {
			return nil, err
		}
		found[id] = s
	}
	b.logRevisions(ctx, all, newest)
	return b.catalog.merge(found, began), nil
}
