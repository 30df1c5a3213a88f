package hub

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics counts what the hub can name. Messages by type are counted in web,
// which knows types.
type metrics struct {
	closes    *prometheus.CounterVec
	overflows prometheus.Counter
}

func newMetrics(h *Hub, registerer prometheus.Registerer) *metrics {
	auto := promauto.With(registerer)
	m := &metrics{
		closes: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_ws_closes_total", Help: "Sockets that ended, by reason.",
		}, []string{"reason"}),
		overflows: auto.NewCounter(prometheus.CounterOpts{
			Name: "usher_ws_outbox_overflows_total", Help: "Sockets whose outbox passed its bound.",
		}),
	}
	// From the start at 0: a rate has a value before the second event.
	for _, reason := range []string{
		ReasonReplaced, ReasonExpired, ReasonTooSlow, ReasonFlooding, ReasonTooLarge, ReasonRestart, ReasonProtocol,
		ReasonUnsupported, ReasonInvalidText, ReasonInternal, ReasonLeft, ReasonGone, ReasonDead, "logged_out", "busy",
	} {
		m.closes.WithLabelValues(reason)
	}
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "usher_ws_connections", Help: "Live sockets on this node.",
	}, func() float64 { return float64(h.Sockets()) })
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "usher_ws_streams", Help: "Live sockets on this node that are streams of events: their networks let no WebSocket pass.",
	}, func() float64 { return float64(h.Streams()) })
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "usher_ws_connections_limit", Help: "Most live sockets this node takes; 0 is no limit.",
	}, func() float64 { return float64(h.o.MaxSockets) })
	return m
}
