package seats

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking/seatmap"
)

// Source is what the seats ask of the rest: settings, plans and claims, which
// are in MongoDB.
type Source interface {
	Settings(ctx context.Context, season string) (Settings, error)
	// Plan returns the plan in memory, reading the store when there is none.
	Plan(ctx context.Context, season string) (Plan, error)
	// ReloadPlan reads the newest version that holds.
	ReloadPlan(ctx context.Context, season string) (Plan, error)
	// NewestPlan is ReloadPlan, and first decides a version that is proposed.
	NewestPlan(ctx context.Context, season string) (Plan, error)
	// KnowsSeats reports whether the plan in memory has all of these seats.
	KnowsSeats(season string, seats []string) bool
	// LookUp finds seats by number. Errors: unknown_seat.
	LookUp(ctx context.Context, season string, seats []string) (*seatmap.Plan, []int, error)
	// ChangedSeats is the bitmap of the seats that differ between a version and a plan.
	ChangedSeats(ctx context.Context, season string, version int64, after *seatmap.Plan) (string, error)
	// OpenClaims returns what the marks in Redis must show.
	OpenClaims(ctx context.Context, season string) ([]Claim, error)
}

// Settings are the settings of a season that its seats depend on.
type Settings struct {
	Season   string
	Revision int64 // the higher one wins
	MaxSeats int
	Hold     time.Duration
	ClosesAt *time.Time // nil: never
	Currency string     // of a plan that names none
}

// Plan is a plan and up to which number it is decided which versions hold.
type Plan struct {
	*seatmap.Plan
	Decided int64
}

// Claim is a seat with an open claim.
type Claim struct {
	SeatNumber  string
	Index       int
	Transaction string
	User        string
	Captured    bool // paid; else the purchase is in flight
}

// Event is news for users with a socket on this node: a Delta for every active user
// of the season, or a cart for one user.
type Event struct {
	Season string
	Delta  *seatmap.Delta // nil: the news is about a cart
	User   string
	Cart   *Cart
	Reason string // "" or "expired"
}

// Options are what a Store is made of. All fields are required.
type Options struct {
	Redis          redis.UniversalClient
	Node           string
	Source         Source
	Log            *slog.Logger
	Notify         func([]Event)                                          // must not block
	Settled        func(season string, transaction json.RawMessage) error // a purchase or refund was announced
	HeldSeats      func(season string, seats int)                         // for metrics
	SeasonsChannel string
	SeasonChanged  func() // a message came on seasonsChannel
}

// Store is the seats of every season in Redis: holds, carts, marks, and this
// node's mirror of them. Redis decides who holds a seat. Safe for concurrent use.
type Store struct {
	Options

	Scripts  scripts
	epochs   sync.Map // season → int64, the epoch last heard of
	Searches searches // for the best seats, under way here; see best.go

	mirrors      sync.Map // season → *mirror
	subscription *subscription
}

// New makes a Store. Nothing runs before Keep and Listen.
func New(o Options) *Store {
	return &Store{
		Options: o, Scripts: newScripts(), Searches: NewSearches(),
		subscription: &subscription{channels: map[string]*mirror{}},
	}
}

// Keep keeps a season's mirror and does this node's share of its sweeps until ctx
// ends.
func (s *Store) Keep(ctx context.Context, season string) {
	m := s.MirrorOf(season)
	s.subscription.add(ctx, m)
	s.keepMirror(ctx, m)
}

// PlanIs makes the mirror read again soon if it shows an older version of the plan.
func (s *Store) PlanIs(season string, version int64) {
	if m := s.MirrorOf(season); m.Snapshot.Load() != nil && m.Snapshot.Load().Plan.Version < version {
		m.touch()
	}
}

// EpochIsOpen says whether the season's data in Redis is opened. Errors: unavailable.
func (s *Store) EpochIsOpen(ctx context.Context, season string) error {
	_, err := s.epoch(ctx, season, true)
	return err
}
