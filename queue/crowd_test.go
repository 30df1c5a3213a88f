package queue

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"usher/internal/testkit"
)

// TestAMillionWaitingAreToldFiftyThousandTimesASecondAtMost plays two
// minutes of a line of a million from which 5,000 a minute are admitted.
func TestAMillionWaitingAreToldFiftyThousandTimesASecondAtMost(t *testing.T) {
	testkit.Once(t)
	mean, most := tellAMillion(t)
	t.Logf("%d messages a second, %d in the busiest", mean, most)
	if most >= messagesAtMost {
		t.Errorf("%d messages in one second", most)
	}
}

// BenchmarkAMillionWaiting counts the same messages, beside their limit.
func BenchmarkAMillionWaiting(b *testing.B) {
	mean, most := 0, 0
	for b.Loop() {
		mean, most = tellAMillion(b)
	}
	b.ReportMetric(float64(mean), "messages/s")
	testkit.AtMost(b, "messages/s", float64(most), messagesAtMost)
}

const messagesAtMost = 50_000 // a second, to a million who wait

// tellAMillion tells each user of a line as pushLocked tells: what worthTelling
// says, once a second at most. It returns the messages a second, and those of the
// busiest.
func tellAMillion(t testing.TB) (mean, most int) {
	const waiting, perMinute, seconds = 1_000_000, 5000, 120
	// At the begin each fan has been in line for long: what is shown is off by
	// as much as may be, more or less.
	dice := rand.New(rand.NewPCG(1, 2))
	shown := make([]int32, waiting+1)
	for place := 1; place <= waiting; place++ {
		shown[place] = int32(place)
		if place > front {
			shown[place] += int32(dice.Float64() * float64(place) / 100)
		}
	}
	total := 0
	for second := 1; second <= seconds; second++ {
		admitted := second * perMinute / 60
		events := 0
		for place := admitted + 1; place <= waiting; place++ {
			now := place - admitted
			if worthSending(int(shown[place]), now) {
				shown[place] = int32(now)
				events++
			}
			if off := int(shown[place]) - now; now <= front && off != 0 || 100*off > now {
				t.Fatalf("after %d s a fan at %d is shown %d", second, now, shown[place])
			}
		}
		total += events
		most = max(most, events)
	}
	return total / seconds, most
}

func TestTheFirstExpectedWaitIsScored(t *testing.T) {
	for name, c := range map[string]struct {
		turn time.Duration // after the forecast
		kept string
	}{
		"within": {9 * time.Second, "true"},
		"late":   {11 * time.Second, "false"},
	} {
		t.Run(name, func(t *testing.T) {
			n, s, f := mirrored(t)
			now := time.Now()
			n.o.Now = func() time.Time { return now }
			f.keepForecast(now, &ETA{P50: 5, P90: 10})
			f.keepForecast(now, &ETA{P50: 50, P90: 100}) // only the first counts
			now = now.Add(c.turn)
			s.mu.Lock()
			s.applyLocked(counts{Epoch: 1, Version: 9, Open: true}, userState{User: "ann", State: Turn, Number: 12, Turn: "1.9"})
			s.applyLocked(counts{Epoch: 1, Version: 10, Open: true}, userState{User: "ann", State: Active, Number: 12})
			s.mu.Unlock()
			registry := prometheus.NewRegistry()
			registry.MustRegister(s.q.metrics.forecasts)
			families, err := registry.Gather()
			n.must(err)
			for _, m := range families[0].GetMetric() {
				kept := m.GetLabel()[0].GetValue()
				if got := m.GetCounter().GetValue(); (got == 1) != (kept == c.kept) {
					t.Errorf("kept=%s counts %v", kept, got)
				}
			}
		})
	}
}
