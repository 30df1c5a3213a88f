package web

import (
	"testing"

	"usher/booking"
	"usher/hub"
	"usher/internal/auth"
	"usher/queue"
	"usher/web/sale"
)

// BenchmarkAPositionReachesItsClient measures the cost of one position message, from
// the mirror's tick to the hub.
func BenchmarkAPositionReachesItsClient(b *testing.B) {
	s := &Server{live: newLiveSockets(), metrics: newMetrics(nil), board: sale.New(sale.Options{})}
	c := newClient(s, auth.Session{}, hub.Key{Season: "demo", User: "fan"})
	c.attach(&hub.Socket{}, at(1, queue.Waiting), booking.Cart{})
	c.welcomed()
	s.live.add(c)
	events := make([]queue.Event, 1)
	b.ReportAllocs()
	for b.Loop() {
		events[0] = queue.Event{Kind: queue.Moved, Season: "demo", User: "fan", Position: 4711, Waiting: 9876, ETA: &queue.ETA{P50: 240, P90: 420}}
		s.QueueEvents(events)
	}
	s.live.end(0)
}
