package web

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type socketMetrics struct{ messages *prometheus.CounterVec }

func newSocketMetrics() socketMetrics {
	m := socketMetrics{messages: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "usher_ws_messages_total",
		Help: "Messages by direction (in, out) and type; what is no request counts as invalid.",
	}, []string{"direction", "type"})}
	for direction, kinds := range map[string][]string{
		"in":  {"status", "join", "enter", "leave", "seats", "hold", "release", "purchase", "ping", "help", "invalid"},
		"out": {"welcome", "status", "position", "turn", "lapsed", "cart", "seats", "changes", "transaction", "error", "pong", "help"},
	} {
		for _, kind := range kinds {
			m.messages.WithLabelValues(direction, kind)
		}
	}
	return m
}

func (m socketMetrics) register(registry prometheus.Registerer) error {
	if registry == nil {
		return nil
	}
	if err := registry.Register(m.messages); err != nil {
		return fmt.Errorf("web: %w", err)
	}
	return nil
}

// received counts a frame; kind is one of the protocol's, never a client's word.
func (m socketMetrics) received(kind string) { m.messages.WithLabelValues("in", kind).Inc() }

// sent counts a message as it is queued, before updates merge.
func (m socketMetrics) sent(kind string) { m.messages.WithLabelValues("out", kind).Inc() }
