package seats

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking/seatmap"
	"usher/internal/batch"
	"usher/internal/store"
)

// Source reads settings, plans and claims, which are in MongoDB.
type Source interface {
	Settings(ctx context.Context, season string) (Settings, error)
	// Plan returns the plan in memory, reading the store when there is none.
	Plan(ctx context.Context, season string) (Plan, error)
	// ReloadPlan reads the newest version that holds.
	ReloadPlan(ctx context.Context, season string) (Plan, error)
	// NewestPlan does the same, and first decides a version that is proposed.
	NewestPlan(ctx context.Context, season string) (Plan, error)
	// KnowsSeats reports whether the plan in memory has all of these seats.
	KnowsSeats(season string, seats []string) bool
	// LookUp finds seats by number. Errors: unknown_seat.
	LookUp(ctx context.Context, season string, seats []string) (*seatmap.Plan, []int, error)
	// ChangedSeats is the bitmap of the seats that differ between a version and a plan.
	ChangedSeats(ctx context.Context, season string, version int64, after *seatmap.Plan) (string, error)
	// OpenClaims returns the claims that have a mark in Redis, or must get one.
	OpenClaims(ctx context.Context, season string) ([]Claim, error)
}

// Settings are the settings of a season that its seats depend on.
type Settings struct {
	Season   string
	Revision int64 // the higher one wins
	MaxSeats int
	Hold     time.Duration
	ClosesAt *time.Time // nil: never
	Currency string     // of a plan without one
}

// Plan is the version of a plan that holds.
type Plan struct {
	*seatmap.Plan
	Decided int64 // up to this number it is decided which versions hold
}

// Event is a change that users with a socket on this node must see: a Delta for every
// active user of the season, or a cart for one user.
type Event struct {
	Season string
	Delta  *seatmap.Delta // nil: the event is about a cart
	User   string
	Cart   *Cart
	Reason string // "" or "expired"
	Freed  bool   // of a Delta: a seat is free, and none was free before
}

// Options configures a Store. All fields are required.
type Options struct {
	Redis          redis.UniversalClient
	Node           string
	Source         Source
	Log            *slog.Logger
	Notify         func([]Event)                                          // must not block
	Settled        func(season string, transaction json.RawMessage) error // an order or refund was announced as complete
	HeldSeats      func(season string, seats int)                         // for metrics
	SeasonsChannel string
	SeasonChanged  func() // a message came on SeasonsChannel; must not block
}

// Store is the seats of every season in Redis: holds, carts, marks, and this node's
// mirror of them. Redis decides who holds a seat. Safe for concurrent use.
type Store struct {
	Options

	Scripts  scripts
	epochs   sync.Map // season → int64, the epoch last read
	searches *searches
	carts    *batch.Batcher[cartQuestion, cartAnswer]

	mirrors      sync.Map // season → *mirror
	channels     sync.Map // channel → *mirror, of the seasons that are kept
	subscription *store.Subscription
}

// New makes a Store. Nothing runs before Keep and Listen.
func New(o Options) *Store {
	s := &Store{Options: o, Scripts: newScripts(), searches: newSearches()}
	s.carts = batch.New(s.readCarts)
	s.subscription = s.newSubscription()
	return s
}

// Keep keeps a season's mirror and does this node's share of its sweeps until ctx
// ends.
func (s *Store) Keep(ctx context.Context, season string) {
	m, channel := s.MirrorOf(season), ChannelOf(season)
	s.channels.Store(channel, m)
	s.subscription.Add(ctx, channel)
	s.keepMirror(ctx, m)
}

// Forget drops what this node has in memory of a season that was removed. Keep must have
// returned.
func (s *Store) Forget(season string) {
	channel := ChannelOf(season)
	s.subscription.Remove(channel)
	s.channels.Delete(channel)
	s.mirrors.Delete(season)
	s.epochs.Delete(season)
}

// PlanIs makes the mirror read again soon if it shows an older version of the plan.
func (s *Store) PlanIs(season string, version int64) {
	m := s.MirrorOf(season)
	if shown := m.Snapshot.Load(); shown != nil && shown.Plan.Version < version {
		m.wake()
	}
}
