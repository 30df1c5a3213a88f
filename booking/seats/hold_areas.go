package seats

import (
	"context"
	cryptorand "crypto/rand"
	"maps"
	"math/rand/v2"
	"slices"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// AreaCount asks for units of an area.
type AreaCount struct {
	Area  string
	Count int
	Type  string // of the price; "": the normal price
}

const (
	areaTries   = 32  // snapshots to offer units from before giving up
	firstOffers = 64  // units that the first call of the script chooses from, beside those wanted
	laterOffers = 512 // the same, of the calls after it
)

// HoldAreas holds units of areas, and the named seats with them, all or none. The node
// offers free units from its mirror and the script takes the first that are free, so one
// call of the script is enough unless many buyers take the last units. Repeating the call
// holds as many units again. Errors: as Hold, and sold_out when an area has fewer free
// units than asked for; unknown_seat names an area that the plan lacks.
func (s *Store) HoldAreas(ctx context.Context, season, user string, named []string, types Types, areas []AreaCount) (Cart, error) {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return Cart{}, err
	}
	if err := checkUser(user); err != nil {
		return Cart{}, err
	}
	named = slices.Compact(slices.SortedFunc(slices.Values(named), seatmap.BySeat))
	merged, all := mergeAreas(areas), 0
	for _, want := range areas {
		if want.Count < 1 || want.Count > MostSeats {
			return Cart{}, fault.New(fault.InvalidRequest, "the count of the area %.40q is 1–%d, not %d", want.Area, MostSeats, want.Count)
		}
		all += want.Count
	}
	if all == 0 || len(named)+all > MostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "%d seats and places to hold: name 1–%d", len(named)+all, MostSeats)
	}
	if all > settings.MaxSeats {
		return Cart{}, errSeatLimit(int64(settings.MaxSeats))
	}
	cart, err := s.holdAreas(ctx, season, user, named, types, merged)
	return cart, store.Fault(err)
}

func (s *Store) holdAreas(ctx context.Context, season, user string, named []string, types Types, areas []AreaCount) (Cart, error) {
	request := cryptorand.Text() // so that a repeated script does not hold more units
	m := s.MirrorOf(season)
	reloaded := false
	for try := range areaTries {
		known, err := s.Source.Plan(ctx, season)
		if err != nil {
			return Cart{}, err
		}
		from, fresh := m.Snapshot.Load(), false
		if try > 0 || from == nil || from.Plan.Version != known.Version {
			if err := s.ReadMirror(ctx, m); err != nil {
				return Cart{}, err
			}
			from, fresh = m.Snapshot.Load(), true
		}
		group, unknown := indexesOf(from.Plan, named)
		for _, want := range areas {
			if from.Plan.AreaNamed(want.Area) == nil {
				unknown = append(unknown, want.Area)
			}
		}
		if len(unknown) > 0 {
			if reloaded {
				return Cart{}, fault.Seats(fault.UnknownSeat, unknown, "seat or area not found in season %s", season)
			}
			// Looking for it reads MongoDB. Only a user who may hold causes that.
			if _, err := s.MayHold(ctx, season, user, 0); err != nil {
				return Cart{}, err
			}
			if _, err := s.Source.ReloadPlan(ctx, season); err != nil {
				return Cart{}, err
			}
			reloaded = true
			continue
		}
		most := firstOffers
		if try > 0 {
			most = laterOffers
		}
		pools, short := poolsOf(from, areas, group, most)
		if short != nil {
			if !fresh {
				continue // the snapshot may be a moment old
			}
			if _, err := s.MayHold(ctx, season, user, 0); err != nil {
				return Cart{}, err
			}
			return Cart{}, short
		}
		asked, err := typesOf(from.Plan, group, types, areas, pools)
		if err != nil {
			return Cart{}, err
		}
		var groups [][]int
		if len(group) > 0 {
			groups = [][]int{group}
		}
		cart, outcome, err := s.tryHold(ctx, season, holdArgs(from.Plan, user, asked, request, false, groups, pools))
		switch {
		case outcome == outcomePlan, outcome == outcomeStale:
			// stale: other users took the units that were offered, so offer others.
		case outcome == outcomeResting && slices.ContainsFunc(pools, func(p pool) bool { return !p.whole }):
			// The area has units that were not offered.
		default:
			return cart, err
		}
	}
	return Cart{}, fault.New(fault.Unavailable, "many people choose places in %s at once; try again in a moment", season)
}

// indexesOf finds seats in a plan by number.
func indexesOf(plan *seatmap.Plan, named []string) (found []int, unknown []string) {
	for _, number := range named {
		if index, ok := plan.ByName[number]; ok {
			found = append(found, index)
		} else {
			unknown = append(unknown, number)
		}
	}
	return found, unknown
}

// poolsOf offers free units of each area from a random one on, up to most beside those
// wanted, and none that the user has named as a seat. An area that is asked for at several
// prices has a pool for each. short says which area has too few.
func poolsOf(from *seatmap.Snapshot, areas []AreaCount, named []int, most int) (pools []pool, short error) {
	pools = make([]pool, len(areas))
	for n, want := range areas {
		if slices.ContainsFunc(areas[:n], func(other AreaCount) bool { return other.Area == want.Area }) {
			continue // it got its pool with the first
		}
		of, all := []int(nil), 0 // the pools of the area, and how many units they want
		for m := n; m < len(areas); m++ {
			if areas[m].Area == want.Area {
				of, all = append(of, m), all+areas[m].Count
			}
		}
		most := most + all
		free := from.FreeUnits(from.Plan.AreaNamed(want.Area), most+len(named), rand.IntN(seatmap.MaxSeats))
		whole := len(free) < most+len(named)
		free = slices.DeleteFunc(free, func(index int) bool { return slices.Contains(named, index) })
		switch {
		case len(free) == 0:
			return nil, fault.New(fault.SoldOut, "no place of the area %s is free", want.Area)
		case len(free) < all:
			return nil, fault.New(fault.SoldOut, "only %d places of the area %s are free, not %d", len(free), want.Area, all)
		}
		spare := (len(free) - all) / len(of)
		for _, m := range of {
			size := areas[m].Count + spare
			pools[m] = pool{count: areas[m].Count, units: free[:size], whole: whole}
			free = free[size:]
		}
	}
	return pools, nil
}

// typesOf returns the types of the prices of the named seats and of all units offered.
// Errors: invalid_request for a type that a seat or an area does not have.
func typesOf(plan *seatmap.Plan, named []int, types Types, areas []AreaCount, pools []pool) (Types, error) {
	asked, indexes := maps.Clone(types), slices.Clone(named)
	for n, want := range areas {
		if want.Type == "" {
			continue
		}
		if asked == nil {
			asked = Types{}
		}
		for _, index := range pools[n].units {
			asked[plan.Seats[index].Number] = want.Type
		}
		indexes = append(indexes, pools[n].units...)
	}
	return asked, asked.check(plan, indexes)
}
