package seats

import (
	"context"
	"errors"
	"slices"

	"usher/booking/seatmap"
	"usher/internal/fault"
)

func errPlanChanging(season string) error {
	return fault.New(fault.Unavailable, "the seat plan of %s is changing; try again", season)
}

// Configure writes a season's settings and the version of its plan to Redis, where
// each only grows. A nil plan leaves the plan in Redis as it is. least is the least
// value of the version counter.
func (s *Store) Configure(ctx context.Context, settings Settings, plan *Plan, least int64) error {
	var closesAt int64
	if settings.ClosesAt != nil {
		closesAt = settings.ClosesAt.UnixMilli()
	}
	version, decided := int64(0), int64(0)
	seats, forSale, offSale := 0, 0, []byte(nil)
	var classes []any
	if plan != nil {
		version, decided = plan.Version, plan.Decided
		seats, offSale = len(plan.Seats), plan.OffSale()
		forSale = seats - seatmap.CountBits(string(offSale))
		text, bitmaps := classesOf(plan.Plan)
		classes = append(classes, text)
		for _, bitmap := range bitmaps {
			classes = append(classes, bitmap)
		}
	}
	const retries = 20
	from, changed := int64(-1), ""
	for range retries {
		var r configureReply
		args := append([]any{
			settings.Revision, settings.MaxSeats, settings.Hold.Milliseconds(), closesAt,
			version, least, decided, from, changed, seats, forSale, string(offSale),
		}, classes...)
		outcome, err := s.callAt(ctx, s.Scripts.configure, settings.Season, 0, &r, args...)
		if err != nil || outcome == outcomeOK {
			return err
		}
		from = r.plan
		if changed, err = s.Source.ChangedSeats(ctx, settings.Season, from, plan.Plan); err != nil {
			return err
		}
	}
	return errPlanChanging(settings.Season)
}

// Reconfigure reads a season's settings and plan again and writes them to Redis, when
// Redis or this node has an older version.
func (s *Store) Reconfigure(ctx context.Context, season string) error {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return err
	}
	plan, err := s.Source.NewestPlan(ctx, season)
	if err != nil {
		return err
	}
	return s.Configure(ctx, settings, &plan, 0)
}

// Freeze keeps the seats that a proposed version of the plan changes from being held.
// If some of them are held or taken, Freeze changes nothing and returns their indexes.
// late says that the version is decided already.
func (s *Store) Freeze(ctx context.Context, season string, version, before int64, changed []byte) (taken []int, late bool, err error) {
	var r freezeReply
	outcome, err := s.call(ctx, s.Scripts.freeze, season, &r, version, before, string(changed))
	if err != nil {
		return nil, false, err
	}
	switch outcome {
	case outcomeOK:
		return nil, false, nil
	case outcomeSeatTaken:
		if len(r.taken) == 0 {
			return nil, false, errors.New("seats: freeze.lua answered seat_taken without a seat")
		}
		slices.Sort(r.taken)
		return slices.Compact(r.taken), false, nil // a seat in flight is held and taken
	case outcomeLate:
		return nil, true, nil
	case outcomePlan:
		return nil, false, errPlanChanging(season)
	}
	return nil, false, errOutcome("freeze", outcome)
}

// Held returns how many seats are held, plus how many are taken; 0 while the season's
// data is not opened.
func (s *Store) Held(ctx context.Context, season string) (int64, error) {
	var r countReply
	_, err := s.call(ctx, s.Scripts.held, season, &r)
	if errors.Is(err, errClosed) {
		return 0, nil
	}
	return r.count, err
}

// EpochIsOpen returns nil if the season's data in Redis is opened. Errors: unavailable.
func (s *Store) EpochIsOpen(ctx context.Context, season string) error {
	_, err := s.epoch(ctx, season, true)
	return err
}
