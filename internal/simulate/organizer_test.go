package simulate

import (
	"os"
	"strings"
	"testing"
	"time"

	"usher/internal/testkit"
)

// eventful is a sale in which the organizer uses every control, and Redis is
// lost.
func eventful(fans int) map[string]Plan {
	with := func(change func(*Plan)) Plan {
		p := quiet(fans)
		p.Nodes, p.Requests, p.WalkAway, p.Buy, p.Miss = 2, 0.2, 0.1, 0.8, 0.05
		change(&p)
		return p
	}
	return map[string]Plan{
		"a scheduled opening": with(func(p *Plan) { p.OpensAfter = 20 * time.Second; p.Rate = 1 }),
		"a close":             with(func(p *Plan) { p.ClosesAfter = 8 * time.Second; p.Rate = 2 }),
		"a pause":             with(func(p *Plan) { p.PauseAfter, p.PauseFor = 10*time.Second, time.Minute }),
		"no free seat": with(func(p *Plan) {
			p.NoSeatAfter, p.NoSeatFor, p.LoseRedis = 10*time.Second, time.Minute, []time.Duration{30 * time.Second}
		}),
		"a cap, raised and lower": with(func(p *Plan) {
			p.Settings.AdmitPerMinute = 60
			p.Limits = []LimitChange{{10 * time.Second, 20}, {20 * time.Second, 2}, {40 * time.Second, 10}}
		}),
		"Redis is lost":          with(func(p *Plan) { p.LoseRedis = []time.Duration{15 * time.Second} }),
		"Redis is lost twice":    with(func(p *Plan) { p.LoseRedis = []time.Duration{5 * time.Second, 16 * time.Second} }),
		"… while they gather":    with(func(p *Plan) { p.OpensAfter, p.LoseRedis = 20*time.Second, []time.Duration{8 * time.Second} }),
		"… after the draw":       with(func(p *Plan) { p.OpensAfter, p.LoseRedis = 20*time.Second, []time.Duration{40 * time.Second} }),
		"a presale with codes":   with(presale),
		"two phases, both drawn": with(func(p *Plan) { presale(p); p.Phases[0].After, p.Phases[0].For = 5*time.Second, 15*time.Second }),
		"… and Redis is lost between them": with(func(p *Plan) {
			presale(p)
			p.LoseRedis = []time.Duration{10 * time.Second, 30 * time.Second}
		}),
		"returned seats": returning(fans, 1),
		"phases, with faults": with(func(p *Plan) {
			presale(p)
			p.FaultEvery, p.LostNews = 8*time.Second, 0.05
		}),
		"all of it, with faults": with(func(p *Plan) {
			p.OpensAfter, p.ClosesAfter, p.PauseAfter, p.PauseFor = 10*time.Second, 5*time.Minute, time.Minute, 20*time.Second
			p.Limits, p.LoseRedis = []LimitChange{{50 * time.Second, 15}}, []time.Duration{30 * time.Second}
			p.FaultEvery, p.LostNews = 8*time.Second, 0.05
		}),
	}
}

// presale is a phase with codes, so that fans still wait when it closes, and a sale for
// all that opens later.
func presale(p *Plan) {
	p.Rate, p.Codes, p.WalkAway = 2, 0.5, 0
	p.Settings.ActiveLimit = 2
	p.Phases = []PhasePlan{{For: 20 * time.Second, Code: true}, {After: 70 * time.Second}}
}

func TestInvariantsHoldWhateverTheOrganizerDoes(t *testing.T) {
	testkit.Long(t)
	fans, seeds := 30, []uint64{1}
	if os.Getenv("USHER_SOAK") != "" {
		fans, seeds = 300, []uint64{1, 2, 3, 4}
	}
	for name, p := range eventful(fans) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p.Seed = range seeds {
				r := play(t, p)
				wantSound(t, r)
				if t.Failed() {
					t.Log("\n" + r.Text(p.Settings))
				}
			}
		})
	}
}

// TestWhatTheOrganizerDoesShows compares with what a pencil says.
func TestWhatTheOrganizerDoesShows(t *testing.T) {
	testkit.Long(t)
	quietly := play(t, quiet(40))
	for _, one := range []struct {
		name   string
		change func(*Plan)
		right  func(*Report) bool
		says   string
	}{
		{"a pause delays by its length", func(p *Plan) { p.PauseAfter, p.PauseFor = 5*time.Second, 100*time.Second }, func(r *Report) bool {
			return r.LastAdmitted > 100 && r.LastAdmitted < quietly.LastAdmitted+110
		}, "last admitted"},
		{"no fan is admitted before the opening", func(p *Plan) { p.OpensAfter = time.Minute }, func(r *Report) bool {
			return r.LastAdmitted > 60 && r.Wait.P50 > 55 && r.Admitted == 40
		}, "last admitted"},
		{"who comes after the close is turned away", func(p *Plan) { p.ClosesAfter, p.Rate = 10*time.Second, 2 }, func(r *Report) bool {
			return r.Closed > 5 && r.Closed+r.Admitted == 40 && r.Bought < r.Admitted
		}, "too late"},
		{"a higher limit lets more in", func(p *Plan) { p.Limits = []LimitChange{{3 * time.Second, 40}} }, func(r *Report) bool {
			return r.LastAdmitted < 5
		}, "last admitted"},
		{"a lost Redis costs a turn to those who were in", func(p *Plan) { p.LoseRedis = []time.Duration{9 * time.Second} }, func(r *Report) bool {
			return r.Again > 0 && r.Admitted == 40 && r.LastAdmitted > quietly.LastAdmitted+25
		}, "began again"},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			p := quiet(40)
			one.change(&p)
			r := play(t, p)
			wantSound(t, r)
			if text := r.Text(p.Settings); !one.right(r) || !strings.Contains(text, one.says) {
				t.Errorf("this cannot be:\n%s%+v", text, r)
			}
		})
	}
}
