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
		return fault.Seats(fault.SeatTaken, r.taken, "%s: in a cart, being bought, or sold", strings.Join(r.taken, ", "))
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

// Wanted are seats to choose for an order without a cart: named ones and places of areas,
// or the best seats.
type Wanted struct {
	Named []string // sorted
	Types Types    // of the named seats
	Areas []AreaCount
	Best  *seatmap.Best // nil: Named and Areas
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
	if want.Best != nil {
		if err := checkBest(from.Plan, want.Best); err != nil {
			return nil, nil, err
		}
		found, groups, err := s.search(ctx, from, *want.Best)
		if err == nil && len(groups) == 0 {
			err = found.None()
		}
		if err != nil {
			return nil, nil, err
		}
		chosen := make([]Chosen, len(groups[0]))
		for i, index := range groups[0] {
			chosen[i] = Chosen{index, want.Best.Type}
		}
		return from.Plan, chosen, nil
	}
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
	pools, short := poolsOf(from, areas, named, 0)
	if short != nil {
		return nil, nil, short
	}
	for i, p := range pools {
		for _, index := range p.units[:p.count] {
			chosen = append(chosen, Chosen{index, areas[i].Type})
		}
	}
	return from.Plan, chosen, nil
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
