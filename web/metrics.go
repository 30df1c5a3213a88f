package web

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics count requests and the messages of sockets.
type metrics struct {
	duration *prometheus.HistogramVec
	messages *prometheus.CounterVec
}

// newMetrics makes the metrics and registers them; a nil registry leaves them
// unregistered. A registry takes them once, so two servers need two registries.
func newMetrics(registry prometheus.Registerer) metrics {
	auto := promauto.With(registry)
	m := metrics{
		duration: auto.NewHistogramVec(prometheus.HistogramOpts{
			Name: "usher_http_request_duration_seconds",
			Help: "How long requests took, by route and status. An upgrade ends when its socket begins.",
		}, []string{"route", "status"}),
		messages: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_ws_messages_total",
			Help: "Messages by direction (in, out) and type; what is no request counts as invalid.",
		}, []string{"direction", "type"}),
	}
	// Each series exists from the start at 0, so that a rate has a first value.
	for direction, kinds := range map[string][]string{
		"in":  {"status", "join", "enter", "leave", "wish", "unwish", "seats", "hold", "release", "extend", "purchase", "ping", "help", "invalid"},
		"out": {"welcome", "sale", "waiting", "status", "position", "turn", "lapsed", "cart", "seats", "changes", "transaction", "error", "pong", "help"},
	} {
		for _, kind := range kinds {
			m.messages.WithLabelValues(direction, kind)
		}
	}
	return m
}

// known makes the series of a route that alerts look at exist from the start: its usual
// status, and the statuses of failures.
func (m metrics) known(path string) {
	usual := http.StatusOK
	if path == "/ws" {
		usual = http.StatusSwitchingProtocols
	}
	for _, status := range []int{usual, http.StatusInternalServerError, http.StatusServiceUnavailable} {
		m.duration.WithLabelValues(path, strconv.Itoa(status))
	}
}

// received counts a frame. kind is a type of the protocol, never text that a client
// sent.
func (m metrics) received(kind string) { m.messages.WithLabelValues("in", kind).Inc() }

// sent counts a message when it is queued, before the hub merges updates.
func (m metrics) sent(kind string) { m.messages.WithLabelValues("out", kind).Inc() }

// sentMany counts a message to many sockets.
func (m metrics) sentMany(kind string, sockets int) {
	m.messages.WithLabelValues("out", kind).Add(float64(sockets))
}
