package queue

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are the metrics of the waiting room.
type metrics struct {
	waiting, active, limit *prometheus.GaugeVec
	open                   *prometheus.GaugeVec
	admissions             *prometheus.CounterVec
	wait                   prometheus.Histogram
	turnsMissed            prometheus.Counter
	tick                   prometheus.Histogram
	lag                    prometheus.Histogram
	resyncs                *prometheus.CounterVec
	forecasts              *prometheus.CounterVec
}

// newMetrics makes the metrics and registers them; a nil registerer leaves them
// unregistered.
func newMetrics(r prometheus.Registerer) *metrics {
	auto := promauto.With(r)
	gauge := func(name, help string) *prometheus.GaugeVec {
		return auto.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"season"})
	}
	histogram := func(name, help string, first, factor float64, n int) prometheus.Histogram {
		return auto.NewHistogram(prometheus.HistogramOpts{
			Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(first, factor, n),
		})
	}
	m := &metrics{
		waiting:     gauge("usher_queue_waiting", "Users waiting in line."),
		active:      gauge("usher_queue_active", "Users with a place, in turn or active."),
		limit:       gauge("usher_queue_limit", "Users that may have a place at once."),
		open:        gauge("usher_queue_open", "1 while users are admitted: the sale has opened and is not paused, nor between two phases."),
		admissions:  auto.NewCounterVec(prometheus.CounterOpts{Name: "usher_admissions_total", Help: "Users admitted by scripts this node ran."}, []string{"season"}),
		wait:        histogram("usher_admission_wait_seconds", "From joining to admission.", 0.1, 4, 10),
		turnsMissed: auto.NewCounter(prometheus.CounterOpts{Name: "usher_turns_missed_total", Help: "Turns whose deadline passed, found by scripts this node ran."}),
		tick:        histogram("usher_mirror_tick_seconds", "One tick of one season's mirror.", 0.001, 2, 13),
		lag:         histogram("usher_pubsub_lag_seconds", "From publishing this node's heartbeat to receiving it.", 0.0001, 4, 9),
		resyncs:     auto.NewCounterVec(prometheus.CounterOpts{Name: "usher_resyncs_total", Help: "Times the states of all users with a socket here were read again."}, []string{"cause"}),
		forecasts:   auto.NewCounterVec(prometheus.CounterOpts{Name: "usher_queue_eta_promises_total", Help: "Admissions of users with a socket here, by whether they came within the p90 first shown."}, []string{"kept"}),
	}
	for _, kept := range []string{"true", "false"} {
		m.forecasts.WithLabelValues(kept) // present as 0 from the start, so that a share can be computed
	}
	for _, cause := range []string{"lost", "resumed", "subscribed"} {
		m.resyncs.WithLabelValues(cause)
	}
	return m
}

// forget removes the series of a season that was removed.
func (m *metrics) forget(season string) {
	for _, gauge := range []*prometheus.GaugeVec{m.waiting, m.active, m.limit, m.open} {
		gauge.DeleteLabelValues(season)
	}
	m.admissions.DeleteLabelValues(season)
}

// tally counts what a script did.
func (m *metrics) tally(season string, r *reply) {
	if r.admitted > 0 {
		m.admissions.WithLabelValues(season).Add(float64(r.admitted))
	}
	m.turnsMissed.Add(float64(r.missed))
	for _, wait := range r.waits {
		m.wait.Observe(wait.Seconds())
	}
}

// forecast counts whether an admission came within the p90 first shown.
func (m *metrics) forecast(kept bool) {
	m.forecasts.WithLabelValues(strconv.FormatBool(kept)).Inc()
}

// gauges sets a season's figures as of its last tick.
func (m *metrics) gauges(season string, c counts) {
	m.waiting.WithLabelValues(season).Set(float64(c.Waiting))
	m.active.WithLabelValues(season).Set(float64(c.Active))
	m.limit.WithLabelValues(season).Set(float64(c.Limit))
	admitting := 0.0
	if c.Open && !c.Paused && !c.Between {
		admitting = 1
	}
	m.open.WithLabelValues(season).Set(admitting)
	m.admissions.WithLabelValues(season) // 0 before the first admission
}
