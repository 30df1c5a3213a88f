package booking

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/testkit"
)

func TestAFewSearchesRunAtOnce(t *testing.T) {
	t.Parallel()
	s := seats.NewSearches()
	var ends []func()
	for range seats.SearchesOnce {
		end, err := s.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Begin(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal("one more search began:", err)
	}
	ends[0]()
	if _, err := s.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// What a fan may not hold is refused before the house is searched, and before the
// store is read again for seats that the plan does not have.
func TestNothingIsSearchedForWhoMayNotHold(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, `{"maxSeats":4}`, "vvvvv", "rrrrr")
		h.admit(time.Minute, "ann", "bob")
		h.hold("ann", "A-1", "A-2", "A-3")
		before := h.seats.Searches.Visited.Load()
		for _, c := range []struct {
			user string
			best Best
			code fault.Code
		}{
			{"stranger", Best{Count: 1}, fault.NotAdmitted},
			{"stranger", Best{Count: 64}, fault.SeatLimit},
			{"bob", Best{Count: 5}, fault.SeatLimit},
			{"ann", Best{Count: 2}, fault.SeatLimit},
		} {
			_, err := h.HoldBest(h.ctx, h.season, c.user, c.best)
			wantFault(t, err, c.code)
		}
		_, err := h.Hold(h.ctx, h.season, "stranger", []string{"Z-1"})
		wantFault(t, err, fault.NotAdmitted)
		_, err = h.Hold(h.ctx, h.season, "bob", []string{"Z-1"})
		wantFault(t, err, fault.UnknownSeat)
		h.set(`{"closesAt":"2020-01-01T00:00:00Z"}`)
		_, err = h.HoldBest(h.ctx, h.season, "bob", Best{Count: 1})
		wantFault(t, err, fault.SeasonClosed)
		if visited := h.seats.Searches.Visited.Load() - before; visited > 0 {
			t.Errorf("%d seats were looked at", visited)
		}
	})
}

// set changes the season's settings.
func (h *hall) set(settings string) {
	h.t.Helper()
	if _, err := h.ApplySeason(h.ctx, h.season, []byte(settings), "test"); err != nil {
		h.t.Fatal(err)
	}
}

// BenchmarkHoldBestInACheckerboard measures what a hundred refused and a hundred
// served requests cost this process, where every second of 50,000 seats is gone.
func BenchmarkHoldBestInACheckerboard(b *testing.B) {
	h := newStadium(b)
	if _, err := h.ApplySeason(h.ctx, h.season, []byte(`{"maxSeats":64}`), "bench"); err != nil {
		b.Fatal(err)
	}
	h.every(b, 2)
	h.let(b, "fan")
	const requests = 100
	for b.Loop() {
		refused := cpu(b, func() {
			for range requests {
				if _, err := h.HoldBest(h.ctx, h.season, "stranger", Best{Count: 64}); !fault.Is(err, fault.NotAdmitted) {
					b.Fatal(err)
				}
			}
		})
		var served time.Duration
		for range requests {
			served += cpu(b, func() {
				if _, err := h.HoldBest(h.ctx, h.season, "fan", Best{Count: 64}); err != nil {
					b.Fatal(err)
				}
			})
			b.StopTimer()
			if _, err := h.Release(h.ctx, h.season, "fan", nil); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / requests }
		b.ReportMetric(ms(refused), "refused-cpu-ms")
		b.ReportMetric(ms(served), "served-cpu-ms")
		testkit.AtMost(b, "refused-cpu", ms(refused), 1)
		testkit.AtMost(b, "served-cpu", ms(served), 5)
	}
}

// cpu is the time that this process computes during act.
func cpu(b *testing.B, act func()) time.Duration {
	b.Helper()
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	act()
	return used() - before
}
