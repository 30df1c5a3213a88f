package queue

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestTheMetricsTellOfTheLine(t *testing.T) {
	c := newClock(t)
	registry := prometheus.NewRegistry()
	n := newFixture(t, "redis://"+c.redis.Addr()).node(func(o *Options) { o.Registerer = registry })
	set := plain(1)
	set.TurnWindow = time.Minute
	n.configure(set)
	n.join("ann")
	n.join("bob")
	n.join("cat")
	n.leaveAs("ann")
	c.advance(set.TurnWindow) // bob misses the turn
	n.tickOnce()
	n.tickOnce()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			got[family.GetName()] += m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for name, want := range map[string]float64{
		"usher_queue_waiting": 0, "usher_queue_active": 1, "usher_queue_limit": 1, "usher_queue_open": 1,
		"usher_admissions_total": 3, "usher_admission_wait_seconds": 3, "usher_turns_missed_total": 1,
		"usher_mirror_tick_seconds": 1,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("options without anything must be refused")
	}
}
