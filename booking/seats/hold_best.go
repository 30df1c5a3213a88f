package seats

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

const (
	bestOffers = 32 // groups that one call of the script chooses from
	bestTries  = 8  // snapshots to choose from before giving up
)

// HoldBest holds the best available seats: side by side, nearest to their section's
// focal point and to the stage, and leaving no single seat between two that are gone
// unless every choice does. Seats that need not be adjacent are parted only when they
// cannot be together. HoldBest refuses a user who may not hold before it searches.
// Errors: as Hold, and no_adjacent_seats, sold_out when fewer seats are left than asked
// for. With best.Swap the seats replace what the user holds, all or none, and the
// user's own seats are among those to choose from.
func (s *Store) HoldBest(ctx context.Context, season, user string, best seatmap.Best) (Cart, error) {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return Cart{}, err
	}
	if err := checkUser(user); err != nil {
		return Cart{}, err
	}
	if best.Count < 1 || best.Count > MostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "count is 1–%d, not %d", MostSeats, best.Count)
	}
	if best.Count > settings.MaxSeats {
		return Cart{}, errSeatLimit(int64(settings.MaxSeats))
	}
	var own []string
	if best.Swap {
		r, err := s.carts.Do(ctx, cartQuestion{season, user})
		if err == nil {
			err = r.err
		}
		if err != nil {
			return Cart{}, store.Fault(err)
		}
		own = r.seats
	}
	if best.Without, err = s.MayHold(ctx, season, user, best.Count-len(own)); err != nil {
		return Cart{}, store.Fault(err)
	}
	cart, err := s.holdBest(ctx, season, user, best, own)
	return cart, store.Fault(err)
}

// holdBest searches and holds. own are the numbers of the seats that a swap may offer
// again.
func (s *Store) holdBest(ctx context.Context, season, user string, best seatmap.Best, own []string) (Cart, error) {
	request := rand.Text() // so that a repeated call does not hold a second group
	m := s.MirrorOf(season)
	var types Types
	if best.Type != "" {
		types = Types{everySeat: best.Type}
	}
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
			if err := checkBest(from.Plan, &best); err != nil {
				return nil, nil, err
			}
			best.Own = best.Own[:0]
			for _, number := range own {
				if index, ok := from.Plan.ByName[number]; ok {
					best.Own = append(best.Own, index)
				}
			}
			var groups [][]int
			var err error
			found, groups, err = s.search(ctx, from, best)
			return from.Plan, groups, err
		}
		var cart Cart
		cart, err = s.holdFirst(ctx, season, user, types, request, best.Swap, offers)
		switch {
		case fault.Is(err, fault.SeatTaken):
			// Other users took a seat of every group: search again.
		case fault.Is(err, fault.SoldOut):
			// The snapshot has no such seats. It may be a moment old: search a new one, once.
			if try > 0 {
				return Cart{}, found.None()
			}
		default:
			return cart, err
		}
	}
	return Cart{}, err
}

// checkBest refuses a category or a price type that the plan does not have.
func checkBest(plan *seatmap.Plan, best *seatmap.Best) error {
	for _, category := range best.Categories {
		if !plan.HasCategory(category) && len(plan.Seats) > 0 {
			return fault.New(fault.InvalidRequest, "the seat plan has no category %.40q; it has %s", category, plan.CategoryNames())
		}
	}
	if best.Type != "" && !slices.Contains(plan.Types(), best.Type) && len(plan.Seats) > 0 {
		return fault.New(fault.InvalidRequest, "no seat has a price of the type %.40q; the types are: %s", best.Type, strings.Join(plan.Types(), ", "))
	}
	return nil
}

// search searches a snapshot for groups of the best seats, as soon as this node has
// room for one more search.
func (s *Store) search(ctx context.Context, from *seatmap.Snapshot, best seatmap.Best) (*seatmap.Search, [][]int, error) {
	end, err := s.searches.begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer end()
	found, groups, err := from.Search(ctx, best, bestOffers)
	s.searches.visited.Add(int64(found.Visited))
	return found, groups, err
}
