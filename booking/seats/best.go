package seats

import (
	"context"
	"crypto/rand"
	"sync/atomic"
	"time"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

const (
	bestOffers    = 32 // groups that one call of the script chooses from
	bestTries     = 8  // pictures of the house to choose from before giving up to the others
	SearchesOnce  = 2  // searches under way at once on this node: each uses a core while it runs
	searchesQueue = 5 * time.Second
)

// searches bounds the searches for the best seats on this node.
type searches struct {
	running chan struct{}
	Visited *atomic.Int64 // seats that searches have looked at; for tests
}

func NewSearches() searches {
	return searches{running: make(chan struct{}, SearchesOnce), Visited: new(atomic.Int64)}
}

// Begin waits until a search may run, and returns what must be called at its end.
func (s searches) Begin(ctx context.Context) (func(), error) {
	waiting, cancel := context.WithTimeout(ctx, searchesQueue)
	defer cancel()
	select {
	case s.running <- struct{}{}:
		return func() { <-s.running }, nil
	case <-waiting.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.New(fault.Unavailable, "too many searches for seats at once; try again in a moment")
	}
}

// HoldBest holds the best available seats: side by side, nearest to their
// section's focal point and to the stage, leaving no single seat between two that
// are gone unless every choice does. Not asked to be adjacent, they are parted
// only when they cannot sit together. What the caller may not hold is refused
// before the house is searched. Errors: as Hold, and no_adjacent_seats, sold_out
// when fewer are left than asked for.
func (s *Store) HoldBest(ctx context.Context, season, user string, best seatmap.Best) (Cart, error) {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return Cart{}, err
	}
	if err := checkUser(user); err != nil {
		return Cart{}, err
	}
	if best.Count < 1 || best.Count > MostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "count is 1–%d", MostSeats)
	}
	if best.Category != "" && best.Category != seatmap.VIP && best.Category != seatmap.Regular {
		return Cart{}, fault.New(fault.InvalidRequest, "category is VIP or Regular, not %.40q", best.Category)
	}
	if best.Count > settings.MaxSeats {
		return Cart{}, errSeatLimit(int64(settings.MaxSeats))
	}
	if best.Without, err = s.MayHold(ctx, season, user, best.Count); err != nil {
		return Cart{}, store.Fault(err)
	}
	cart, err := s.holdBest(ctx, season, user, best)
	return cart, store.Fault(err)
}

func (s *Store) holdBest(ctx context.Context, season, user string, best seatmap.Best) (Cart, error) {
	request := rand.Text() // so that a repeated call does not hold a second group
	m := s.MirrorOf(season)
	var err error
	for try := range bestTries {
		var found *seatmap.Search
		offers := func(plan *seatmap.Plan) (*seatmap.Plan, [][]int, error) {
			from := m.Snapshot.Load()
			if try > 0 || from == nil || from.Plan.Version != plan.Version {
				if err := s.ReadMirror(ctx, m); err != nil {
					return nil, nil, err
				}
				from = m.Snapshot.Load()
			}
			var groups [][]int
			var err error
			found, groups, err = s.search(ctx, from, best)
			return from.Plan, groups, err
		}
		var cart Cart
		cart, err = s.holdFirst(ctx, season, user, request, offers)
		switch {
		case fault.Is(err, fault.SeatTaken):
			// Others were faster with every group: look again.
		case fault.Is(err, fault.SoldOut):
			// The picture shows none. It may be a moment old: once more with a new one.
			if try > 0 {
				return Cart{}, found.None()
			}
		default:
			return cart, err
		}
	}
	return Cart{}, err
}

// search looks for groups of the best seats, when its turn on this node comes.
func (s *Store) search(ctx context.Context, from *seatmap.Snapshot, best seatmap.Best) (*seatmap.Search, [][]int, error) {
	end, err := s.Searches.Begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer end()
	found, groups, err := from.Search(ctx, best, bestOffers)
	s.Searches.Visited.Add(int64(found.Visited))
	return found, groups, err
}
