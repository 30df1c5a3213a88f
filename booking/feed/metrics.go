package feed

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics measure deliveries. The label endpoint is the URL without the query, or the name
// of an endpoint that is no webhook.
type metrics struct {
	outcomes *prometheus.CounterVec
	duration prometheus.Histogram
	waiting  *prometheus.GaugeVec
	lag      *prometheus.GaugeVec
}

func newMetrics(r prometheus.Registerer, endpoints []string) metrics {
	auto := promauto.With(r)
	m := metrics{
		outcomes: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_feed_deliveries_total", Help: "Attempts to deliver an event: delivered, failed (it is tried again), given_up.",
		}, []string{"endpoint", "outcome"}),
		duration: auto.NewHistogram(prometheus.HistogramOpts{
			Name: "usher_feed_delivery_seconds", Help: "How long an attempt took.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		waiting: auto.NewGaugeVec(prometheus.GaugeOpts{
			Name: "usher_feed_waiting", Help: "Events that an endpoint has yet to take, as far as this node has read the feed.",
		}, []string{"endpoint"}),
		lag: auto.NewGaugeVec(prometheus.GaugeOpts{
			Name: "usher_feed_lag_seconds", Help: "Age of the oldest event that an endpoint has yet to take.",
		}, []string{"endpoint"}),
	}
	for _, endpoint := range endpoints {
		m.waiting.WithLabelValues(endpoint)
		m.lag.WithLabelValues(endpoint)
		for _, outcome := range []string{outcomeDelivered, outcomeFailed, outcomeGivenUp} {
			m.outcomes.WithLabelValues(endpoint, outcome)
		}
	}
	return m
}
