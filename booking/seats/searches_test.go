package seats

import (
	"context"
	"errors"
	"testing"
	"time"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/testkit"
)

func TestAFewSearchesRunAtOnce(t *testing.T) {
	t.Parallel()
	s := newSearches()
	var ends []func()
	for range searchesAtOnce {
		end, err := s.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.begin(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal("one more search began:", err)
	}
	ends[0]()
	if _, err := s.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A user who may not hold is refused before the snapshot is searched, and before seats
// are looked up that the plan does not have.
func TestNothingIsSearchedForAUserWhoMayNotHold(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{MaxSeats: 4}, "vvvvv", "rrrrr")
		h.admit(time.Minute, "ann", "bob")
		h.hold("ann", "A-1", "A-2", "A-3")
		before := h.searches.visited.Load()
		for _, c := range []struct {
			user string
			best seatmap.Best
			code fault.Code
		}{
			{"stranger", seatmap.Best{Count: 1}, fault.NotAdmitted},
			{"stranger", seatmap.Best{Count: 64}, fault.SeatLimit},
			{"bob", seatmap.Best{Count: 5}, fault.SeatLimit},
			{"ann", seatmap.Best{Count: 2}, fault.SeatLimit},
		} {
			_, err := h.HoldBest(h.ctx, h.season, c.user, c.best)
			wantFault(t, err, c.code)
		}
		_, err := h.Hold(h.ctx, h.season, "stranger", []string{"Z-1"})
		wantFault(t, err, fault.NotAdmitted)
		if n := h.source.lookUps.Load(); n > 0 {
			t.Errorf("unknown seats were looked up %d times for a stranger", n)
		}
		_, err = h.Hold(h.ctx, h.season, "bob", []string{"Z-1"})
		wantFault(t, err, fault.UnknownSeat)
		past := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		h.set(func(s *Settings) { s.ClosesAt = &past })
		_, err = h.HoldBest(h.ctx, h.season, "bob", seatmap.Best{Count: 1})
		wantFault(t, err, fault.SeasonClosed)
		if visited := h.searches.visited.Load() - before; visited > 0 {
			t.Errorf("%d seats were looked at", visited)
		}
	})
}
