package booking

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking/seatmap"
)

// seatSource is what the seats ask of the rest: settings, plans and claims, which
// are in MongoDB.
type seatSource interface {
	Settings(ctx context.Context, season string) (seatSettings, error)
	// Plan returns the plan in memory, reading the store when there is none.
	Plan(ctx context.Context, season string) (seatPlan, error)
	// ReloadPlan reads the newest version that holds.
	ReloadPlan(ctx context.Context, season string) (seatPlan, error)
	// NewestPlan is ReloadPlan, and first decides a version that is proposed.
	NewestPlan(ctx context.Context, season string) (seatPlan, error)
	// KnowsSeats reports whether the plan in memory has all of these seats.
	KnowsSeats(season string, seats []string) bool
	// LookUp finds seats by number. Errors: unknown_seat.
	LookUp(ctx context.Context, season string, seats []string) (*seatmap.Plan, []int, error)
	// ChangedSeats is the bitmap of the seats that differ between a version and a plan.
	ChangedSeats(ctx context.Context, season string, version int64, after *seatmap.Plan) (string, error)
	// OpenClaims returns what the marks in Redis must show.
	OpenClaims(ctx context.Context, season string) ([]claimedSeat, error)
}

// seatSettings are the settings of a season that its seats depend on.
type seatSettings struct {
	Season   string
	Revision int64 // the higher one wins
	MaxSeats int
	Hold     time.Duration
	ClosesAt *time.Time // nil: never
	Currency string     // of a plan that names none
}

// seatPlan is a plan and up to which number it is decided which versions hold.
type seatPlan struct {
	*seatmap.Plan
	Decided int64
}

// claimedSeat is a seat with an open claim.
type claimedSeat struct {
	SeatNumber  string
	Index       int
	Transaction string
	User        string
	Captured    bool // paid; else the purchase is in flight
}

// seatOptions are what a seatStore is made of. All fields are required.
type seatOptions struct {
	redis          redis.UniversalClient
	node           string
	source         seatSource
	log            *slog.Logger
	notify         func([]Event)                                          // must not block
	settled        func(season string, transaction json.RawMessage) error // a purchase or refund was announced
	heldSeats      func(season string, seats int)                         // for metrics
	seasonsChannel string
	seasonChanged  func() // a message came on seasonsChannel
}

// seatStore is the seats of every season in Redis: holds, carts, marks, and this
// node's mirror of them. Redis decides who holds a seat. Safe for concurrent use.
type seatStore struct {
	seatOptions

	scripts  scripts
	epochs   sync.Map // season → int64, the epoch last heard of
	searches searches // for the best seats, under way here; see best.go

	mirrors      sync.Map // season → *mirror
	subscription *subscription
}

func newSeatStore(o seatOptions) *seatStore {
	return &seatStore{
		seatOptions: o, scripts: newScripts(), searches: newSearches(),
		subscription: &subscription{channels: map[string]*mirror{}},
	}
}

// Keep keeps a season's mirror and does this node's share of its sweeps until ctx
// ends.
func (s *seatStore) Keep(ctx context.Context, season string) {
	m := s.mirrorOf(season)
	s.subscription.add(ctx, m)
	s.keepMirror(ctx, m)
}

// PlanIs makes the mirror read again soon if it shows an older version of the plan.
func (s *seatStore) PlanIs(season string, version int64) {
	if m := s.mirrorOf(season); m.snapshot.Load() != nil && m.snapshot.Load().Plan.Version < version {
		m.touch()
	}
}

// EpochIsOpen says whether the season's data in Redis is opened. Errors: unavailable.
func (s *seatStore) EpochIsOpen(ctx context.Context, season string) error {
	_, err := s.epoch(ctx, season, true)
	return err
}
