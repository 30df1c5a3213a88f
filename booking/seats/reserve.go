package seats

import (
	"context"
	"slices"
	"strings"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// Reserve marks the free seats of an order that needs no cart and no place in the season as
// taken, all or none. Free frees them. Errors: seat_taken; ErrNotOnSale, ErrEnded.
func (s *Store) Reserve(ctx context.Context, o Order) error { return s.reserve(ctx, o, "1") }

// CheckFree checks whether Reserve could reserve the seats of an order now. Errors: as
// Reserve.
func (s *Store) CheckFree(ctx context.Context, o Order) error { return s.reserve(ctx, o, "0") }

func (s *Store) reserve(ctx context.Context, o Order, flag string) error {
	var r reserveReply
	outcome, err := s.call(ctx, s.Scripts.reserve, o.Season, &r, o.args(o.Plan, flag)...)
	if err != nil {
		return err
	}
	switch outcome {
	case outcomeOK:
		return nil
	case outcomePlan, outcomeSettings:
		return ErrNotOnSale
	case outcomeEnded:
		return ErrEnded
	case outcomeSeatTaken:
		return fault.Seats(fault.SeatTaken, r.taken, "%s: in a cart, being bought, sold, or in an allotment", strings.Join(r.taken, ", "))
	}
	return errOutcome("reserve", outcome)
}

// reserveReply is the reply of reserve.lua.
type reserveReply struct{ taken []string }

func (r *reserveReply) values(o outcome) []any {
	if o == outcomeSeatTaken {
		return []any{&r.taken}
	}
	return nil
}

// Wanted are seats to choose for an order without a cart: named ones, places of areas, and
// the best of the other seats.
type Wanted struct {
	Named []string // sorted
	Types Types    // of the named seats
	Areas []AreaCount
	Best  *seatmap.Best // nil: none
	Among []int         // indexes of the only seats to choose from, sold or not; nil: the free seats
}

// Chosen is a seat that Choose has chosen.
type Chosen struct {
	Index int    // in the plan
	Type  string // of the price; "": the normal price
}

// Choose returns the named seats, free places of the areas, and the best seats that are
// free, as Redis has them now. It reserves nothing. Errors: invalid_request, unknown_seat
// for an area that the plan lacks, no_adjacent_seats, sold_out; ErrNotOnSale when Redis has
// an older plan than the one with the named seats.
func (s *Store) Choose(ctx context.Context, season string, want Wanted) (*seatmap.Plan, []Chosen, error) {
	m := s.MirrorOf(season)
	if err := s.ReadMirror(ctx, m); err != nil {
		return nil, nil, store.Fault(err)
	}
	from := m.Snapshot.Load()
	named, unknown := indexesOf(from.Plan, want.Named)
	if len(unknown) > 0 {
		return nil, nil, ErrNotOnSale
	}
	var chosen []Chosen
	for i, index := range named {
		chosen = append(chosen, Chosen{index, want.Types[want.Named[i]]})
	}
	areas := mergeAreas(want.Areas)
	for _, area := range areas {
		if from.Plan.AreaNamed(area.Area) == nil {
			unknown = append(unknown, area.Area)
		}
	}
	if len(unknown) > 0 {
		return nil, nil, fault.Seats(fault.UnknownSeat, unknown, "area not found in season %s", season)
	}
	var more []Chosen
	var err error
	if want.Among != nil {
		more, err = chooseAmong(from.Plan, areas, named, want.Among)
	} else {
		more, err = chooseFree(from, areas, named)
	}
	if chosen = append(chosen, more...); err == nil && want.Best != nil {
		more, err = s.chooseBest(ctx, from, want, chosen)
		chosen = append(chosen, more...)
	}
	return from.Plan, chosen, err
}

// chooseFree chooses free places of areas. Errors: sold_out.
func chooseFree(from *seatmap.Snapshot, areas []AreaCount, named []int) ([]Chosen, error) {
	pools, short := poolsOf(from, areas, named, 0)
	if short != nil {
		return nil, short
	}
	var chosen []Chosen
	for i, p := range pools {
		for _, index := range p.units[:p.count] {
			chosen = append(chosen, Chosen{index, areas[i].Type})
		}
	}
	return chosen, nil
}

// chooseBest searches a snapshot for the best seats beside those that are chosen already.
func (s *Store) chooseBest(ctx context.Context, from *seatmap.Snapshot, want Wanted, already []Chosen) ([]Chosen, error) {
	best := *want.Best
	best.Without = nil
	if err := checkBest(from.Plan, &best); err != nil {
		return nil, err
	}
	if want.Among != nil {
		// The search takes these as the buyer's own, and all others as gone.
		among := make([]bool, len(from.Plan.Seats))
		for _, index := range want.Among {
			if index < len(among) {
				among[index] = true
			}
		}
		best.Swap, best.Own = true, want.Among
		for index, is := range among {
			if !is {
				best.Without = append(best.Without, index)
			}
		}
	}
	for _, one := range already {
		best.Without = append(best.Without, one.Index)
	}
	found, groups, err := s.search(ctx, from, best)
	if err == nil && len(groups) == 0 {
		err = found.None()
	}
	if err != nil {
		return nil, err
	}
	chosen := make([]Chosen, len(groups[0]))
	for i, index := range groups[0] {
		chosen[i] = Chosen{index, best.Type}
	}
	return chosen, nil
}

// chooseAmong takes the first places of areas among some seats that are not named. Errors:
// sold_out.
func chooseAmong(plan *seatmap.Plan, areas []AreaCount, named, among []int) ([]Chosen, error) {
	used := map[int]bool{}
	for _, index := range named {
		used[index] = true
	}
	var chosen []Chosen
	for _, want := range areas {
		left := want.Count
		for _, index := range among {
			if left == 0 {
				break
			}
			if index < len(plan.Seats) && !used[index] && plan.Seats[index].Area() == want.Area {
				used[index] = true
				chosen = append(chosen, Chosen{index, want.Type})
				left--
			}
		}
		if left > 0 {
			return nil, fault.New(fault.SoldOut, "only %d places of the area %s are left, not %d", want.Count-left, want.Area, want.Count)
		}
	}
	return chosen, nil
}

// mergeAreas adds up the counts of the same area and type.
func mergeAreas(areas []AreaCount) []AreaCount {
	var merged []AreaCount
	for _, want := range areas {
		same := func(known AreaCount) bool { return known.Area == want.Area && known.Type == want.Type }
		if at := slices.IndexFunc(merged, same); at >= 0 {
			merged[at].Count += want.Count
		} else {
			merged = append(merged, want)
		}
	}
	return merged
}
