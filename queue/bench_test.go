package queue

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/testkit"
)

// BenchmarkJoin measures joins through one node, as many at once as a crowd
// brings, on a real Redis.
func BenchmarkJoin(b *testing.B) {
	h := newHouse(b, testkit.RealRedis(b))
	n := h.node()
	n.configure(plain(1))
	var next atomic.Int64
	b.SetParallelism(500)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := n.Join(b.Context(), h.season, fmt.Sprintf("%024x", next.Add(1)), ""); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "joins/s")
}

// BenchmarkTurn measures from giving up a place to the event of the next one's
// turn on another node.
func BenchmarkTurn(b *testing.B) {
	h := newHouse(b, testkit.RealRedis(b))
	one := h.running()
	came := make(chan Event, 8)
	two := h.running(func(o *Options) {
		o.Notify = func(events []Event) {
			for _, e := range events {
				if e.Kind == TurnCame {
					came <- e
				}
			}
		}
	})
	one.configure(plain(1))
	one.join("first")
	testkit.Eventually(b, 5*time.Second, "the node mirrors the line", func() bool { return two.Queue.season(h.season).resumedIn() > 0 })
	inside := "first"
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		user := fmt.Sprintf("%024x", i)
		two.join(user)
		two.open(user)
		b.StartTimer()
		one.leaveAs(inside)
		<-came
		inside = user
	}
}
