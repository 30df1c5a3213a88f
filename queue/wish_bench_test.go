//go:build unix

package queue

import (
	"fmt"
	"testing"

	"usher/internal/testkit"
)

// BenchmarkAdmissionAmongWishes measures the script that frees a place and admits the next
// of 100,000 present users: without wishes, with 10,000 wishes at the front of the line
// that cannot be met, and with the same wishes after a look that found none to meet.
func BenchmarkAdmissionAmongWishes(b *testing.B) {
	const waiting, wishing = 100_000, 10_000
	url := testkit.RealRedis(b)
	for _, many := range []int{0, wishing} {
		h := newFixture(b, url)
		n := h.node()
		n.house(1)
		users := names(0, waiting)
		s := n.Queue.season(h.season)
		for first := 0; first < waiting; first += batchSize {
			var args []any
			for _, user := range users[first:min(first+batchSize, waiting)] {
				args = append(args, user, "")
			}
			if _, err := s.call(b.Context(), joinScript, args...); err != nil {
				b.Fatal(err)
			}
		}
		for first := 0; first < many; first += batchSize {
			var args []any
			for i := first; i < min(first+batchSize, many); i++ {
				// 28 groups, each for a box.
				wish := Wish{Seats: 1 + i%4, Categories: []string{"Box, left/right"}, UpTo: int64(5000 + 1000*(i%7))}
				args = append(args, users[i], wish.text())
			}
			if _, err := s.call(b.Context(), wishScript, args...); err != nil {
				b.Fatal(err)
			}
		}
		n.returned(0, 1, 2)
		current := many - 1
		admitsNext := func() {
			if current >= many {
				if _, err := s.call(b.Context(), leaveScript, users[current], current+1, ""); err != nil {
					b.Fatal(err)
				}
			} else {
				n.tickOnce()
			}
			current++
			if current >= waiting {
				b.Fatal("the line is used up")
			}
		}
		admitsNext()
		if got := n.peek(users[many]); got != Turn {
			b.Fatalf("the first user without a wish is %s", got)
		}
		b.Run(fmt.Sprintf("wishes=%d", many), func(b *testing.B) {
			before := scriptMicros(b, h)
			for b.Loop() {
				admitsNext()
			}
			b.ReportMetric((scriptMicros(b, h)-before)/float64(b.N), "redis-µs/admission")
		})
		if many > 0 {
			n.must(n.o.Redis.HSet(b.Context(), s.keys[keySettings], "activeLimit", 2).Err())
			for _, seat := range []int{0, 1, 2} {
				pipe := n.o.Redis.TxPipeline()
				setSeat(b.Context(), pipe, n.season, seat, seat == 0) // the one free seat is set aside
				if _, err := pipe.Exec(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.Run(fmt.Sprintf("wishes=%d/look", many), func(b *testing.B) {
				before := scriptMicros(b, h)
				for b.Loop() {
					if _, err := s.call(b.Context(), touchScript, "look", "outsider"); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric((scriptMicros(b, h)-before)/float64(b.N), "redis-µs/look")
			})
		}
	}
}
