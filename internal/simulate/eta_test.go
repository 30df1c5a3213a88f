package simulate

import (
	"os"
	"runtime/debug"
	"testing"
	"time"

	"usher/booking"
	"usher/web"
)

// sale is a sale as `usher simulate` has it when nothing is said.
func sale(fans, limit int, rate float64) Plan {
	p := Plan{
		Nodes: 1, Fans: fans, Rate: rate, Stay: 2 * time.Minute, Reaction: 5 * time.Second,
		Buy: 0.6, WalkAway: 0.1, Miss: 0.03,
		Settings: web.LineSettings(booking.Season{Settings: booking.DefaultSettings("sale")}),
	}
	p.Settings.ActiveLimit = limit
	return p
}

// TestHowGoodTheExpectedWaitIs plays a table of sales, each by many seeds: one
// sale says little, for all its fans wait for the same places and were told of
// the same rate.
func TestHowGoodTheExpectedWaitIs(t *testing.T) {
	if os.Getenv("USHER_SOAK") == "" {
		t.Skip("a table of sales takes minutes: USHER_SOAK=1")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	const seeds = 5
	with := func(p Plan, change func(*Plan)) Plan { change(&p); return p }
	table := []struct {
		name string
		plan Plan
	}{
		{"300 at once, 40 places", sale(300, 40, 0)},
		{"300 in half a minute, 40 places", sale(300, 40, 10)},
		{"300 who keep coming, 20 places", sale(300, 20, 0.25)},
		{"40, 3 places", sale(40, 3, 5)},
		{"50, 5 places, all buy", with(sale(50, 5, 5), func(p *Plan) { p.WalkAway, p.Buy = 0, 1 })},
		{"300, of whom half walk away, 30 places", with(sale(300, 30, 20), func(p *Plan) { p.WalkAway = 0.5 })},
		{"200, half without a socket, 30 places", with(sale(200, 30, 20), func(p *Plan) { p.Requests = 0.5 })},
		{"300, at most 30 a minute, 100 places", with(sale(300, 100, 20), func(p *Plan) { p.Settings.AdmitPerMinute = 30 })},
		{"300, stays of 30 s, 20 places", with(sale(300, 20, 20), func(p *Plan) { p.Buy, p.Stay = 1, 30*time.Second })},
		{"300, 20 places, later 40", with(sale(300, 20, 20), func(p *Plan) { p.Limits = []LimitChange{{10 * time.Minute, 40}} })},
		{"200, 30 places, a pause of ten minutes", with(sale(200, 30, 20), func(p *Plan) { p.PauseAfter, p.PauseFor = 5*time.Minute, 10*time.Minute })},
		{"300, a fault every half minute, 10 places", with(rough(300, 0), func(p *Plan) { p.FaultEvery = 30 * time.Second })},
	}
	all50, all90 := 0.0, 0.0
	for i, one := range table {
		shown, p50, p90 := 0, 0.0, 0.0
		for seed := range seeds {
			p := one.plan
			p.Seed, p.unchecked = uint64(100*i+seed+1), true
			r := play(t, p)
			shown += r.ETA.Shown
			p50 += r.ETA.WithinP50 / seeds
			p90 += r.ETA.WithinP90 / seeds
		}
		t.Logf("| %s | %d | %.0f %% | %.0f %% |", one.name, shown/seeds, 100*p50, 100*p90)
		all50 += p50 / float64(len(table))
		all90 += p90 / float64(len(table))
	}
	t.Logf("| all | | %.0f %% | %.0f %% |", 100*all50, 100*all90)
	if all50 < 0.4 || all50 > 0.65 {
		t.Errorf("%.3f are admitted by the p50", all50)
	}
	if all90 < 0.82 || all90 > 0.97 {
		t.Errorf("%.3f are admitted by the p90", all90)
	}
}
