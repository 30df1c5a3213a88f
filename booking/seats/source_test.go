package seats

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"usher/booking/seatmap"
	"usher/internal/fault"
)

// source has the settings, the plan and the claims of one season in memory, in place
// of MongoDB.
type source struct {
	mu       sync.Mutex
	settings Settings
	plan     *seatmap.Plan // nil: no version holds
	claims   []Claim

	lookUps atomic.Int64 // how often seats were looked up that the plan does not have
}

func (s *source) Settings(_ context.Context, season string) (Settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if season != s.settings.Season {
		return Settings{}, fault.New(fault.NotFound, "there is no season %s", season)
	}
	return s.settings, nil
}

func (s *source) Plan(context.Context, string) (Plan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plan == nil {
		return Plan{Plan: seatmap.New(s.settings.Season, 0, nil)}, nil
	}
	return Plan{Plan: s.plan, Decided: s.plan.Version}, nil
}

func (s *source) ReloadPlan(ctx context.Context, season string) (Plan, error) {
	return s.Plan(ctx, season)
}

func (s *source) NewestPlan(ctx context.Context, season string) (Plan, error) {
	return s.Plan(ctx, season)
}

func (s *source) KnowsSeats(_ string, seats []string) bool {
	return !slices.ContainsFunc(seats, func(seat string) bool { _, ok := s.plan.ByName[seat]; return !ok })
}

func (s *source) LookUp(_ context.Context, season string, seats []string) (*seatmap.Plan, []int, error) {
	var found []int
	var missing []string
	for _, seat := range seats {
		if index, ok := s.plan.ByName[seat]; ok {
			found = append(found, index)
		} else {
			missing = append(missing, seat)
		}
	}
	if len(missing) > 0 {
		s.lookUps.Add(1)
		return nil, nil, fault.Seats(fault.UnknownSeat, missing, "there is no such seat in season %s", season)
	}
	return s.plan, found, nil
}

func (s *source) ChangedSeats(context.Context, string, int64, *seatmap.Plan) (string, error) {
	return strings.Repeat("\xff", seatmap.BitmapSize(seatmap.MaxSeats)), nil
}

func (s *source) OpenClaims(context.Context, string) ([]Claim, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.claims), nil
}
