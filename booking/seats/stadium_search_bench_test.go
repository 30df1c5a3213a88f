package seats

import (
	"syscall"
	"testing"
	"time"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// BenchmarkHoldBestInACheckerboard measures what a hundred refused and a hundred
// served requests cost this process, where every second of 50,000 seats is taken.
func BenchmarkHoldBestInACheckerboard(b *testing.B) {
	h := newStadium(b, Settings{MaxSeats: 64})
	h.takeEvery(b, 2)
	h.admit(time.Hour, "fan")
	const requests = 100
	for b.Loop() {
		refused := cpu(b, func() {
			for range requests {
				if _, err := h.HoldBest(h.ctx, h.season, "stranger", seatmap.Best{Count: 64}); !fault.Is(err, fault.NotAdmitted) {
					b.Fatal(err)
				}
			}
		})
		var served time.Duration
		for range requests {
			served += cpu(b, func() {
				if _, err := h.HoldBest(h.ctx, h.season, "fan", seatmap.Best{Count: 64}); err != nil {
					b.Fatal(err)
				}
			})
			b.StopTimer()
			h.mustRelease("fan")
			b.StartTimer()
		}
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / requests }
		b.ReportMetric(ms(refused), "refused-cpu-ms")
		b.ReportMetric(ms(served), "served-cpu-ms")
		testkit.AtMost(b, "refused-cpu", ms(refused), 1)
		testkit.AtMost(b, "served-cpu", ms(served), 5)
	}
}

// cpu returns how long this process computes during act.
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
