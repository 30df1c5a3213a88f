package seats

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/booking/seatmap"
	"usher/internal/testkit"
)

const stadiumSeats = 50_000

// newStadium is a season with 50,000 seats on a real Redis.
func newStadium(b *testing.B, settings Settings) *hall {
	b.Helper()
	h := emptyHall(b, testkit.RealRedis(b), settings)
	seats := make([]seatmap.Seat, stadiumSeats)
	for i := range seats {
		seats[i] = seatmap.Seat{
			Number: fmt.Sprintf("%d-%d-%d", i/2000, i/50%40, i%50), Category: "Regular", Price: 2500,
			Section: fmt.Sprintf("S%d", i/2000), Row: fmt.Sprint(i / 50 % 40),
		}
	}
	h.importPlan(seats)
	h.open(1)
	return h
}

// takeSome marks a share of the seats as taken, at random.
func (h *hall) takeSome(b *testing.B, share float64) {
	from := rand.New(rand.NewPCG(1, 2))
	h.takeIf(b, func(int) bool { return from.Float64() < share })
}

// takeEvery marks every n-th seat as taken.
func (h *hall) takeEvery(b *testing.B, n int) { h.takeIf(b, func(i int) bool { return i%n == 0 }) }

func (h *hall) takeIf(b *testing.B, gone func(index int) bool) {
	b.Helper()
	bitmap := make([]byte, seatmap.BitmapSize(stadiumSeats))
	pairs := []any{}
	for i := range stadiumSeats {
		if gone(i) {
			seatmap.SetBit(bitmap, i)
			pairs = append(pairs, i, "transaction user")
		}
	}
	err := h.redis.Set(h.ctx, h.key("taken"), bitmap, 0).Err()
	for part := range slices.Chunk(pairs, 10_000) {
		if err == nil {
			err = h.redis.HSet(h.ctx, TakenByKey(h.season), part...).Err()
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	h.readMirror(h.Store)
}

// blocked is how long Redis took for all but one in a hundred scripts at most
// since the log was reset, in milliseconds. It is the time by the clock: on a busy
// machine a script that was interrupted looks slow.
func (h *hall) blocked(b *testing.B) float64 {
	b.Helper()
	log, err := h.redis.SlowLogGet(h.ctx, -1).Result()
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for _, entry := range log {
		if strings.EqualFold(entry.Args[0], "evalsha") || strings.EqualFold(entry.Args[0], "eval") {
			took = append(took, entry.Duration)
		}
	}
	slices.Sort(took)
	return float64(took[len(took)*99/100].Microseconds()) / 1000
}

// BenchmarkHoldBestInAStadium measures a hold of the four best of 50,000 seats,
// when most are free and when few are, and how long Redis is blocked by it.
func BenchmarkHoldBestInAStadium(b *testing.B) {
	for _, share := range []float64{0, 0.5, 0.95} {
		b.Run(fmt.Sprintf("gone=%v", share), func(b *testing.B) {
			h := newStadium(b, Settings{MaxSeats: 20})
			h.takeSome(b, share)
			for _, setting := range [][2]string{{"slowlog-log-slower-than", "0"}, {"slowlog-max-len", "100000"}} {
				if err := h.redis.ConfigSet(h.ctx, setting[0], setting[1]).Err(); err != nil {
					b.Fatal(err)
				}
			}
			defer func() { _ = h.redis.ConfigSet(h.ctx, "slowlog-log-slower-than", "10000").Err() }()
			user := "fan"
			h.admit(time.Hour, user)
			if _, err := h.HoldBest(h.ctx, h.season, user, seatmap.Best{Count: 4}); err != nil {
				b.Fatal(err)
			}
			h.mustRelease(user)
			if err := h.redis.Do(h.ctx, "SLOWLOG", "RESET").Err(); err != nil {
				b.Fatal(err)
			}
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := h.HoldBest(h.ctx, h.season, user, seatmap.Best{Count: 4}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
				b.StopTimer()
				h.mustRelease(user)
				b.StartTimer()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			blocked := h.blocked(b)
			b.ReportMetric(blocked, "redis-p99-ms")
			testkit.AtMost(b, "redis-p99", blocked, 10)
		})
	}
}

// BenchmarkSeatMirrorTick measures a reading of 50,000 seats by a node, with ten changed
// since the last, as ten times a second in a rush.
func BenchmarkSeatMirrorTick(b *testing.B) {
	h := newStadium(b, Settings{MaxSeats: 20})
	h.takeSome(b, 0.5)
	at := 0
	for b.Loop() {
		b.StopTimer()
		for range 10 {
			at = (at + 7919) % stadiumSeats
			h.redis.SetBit(h.ctx, h.key("held"), int64(at), 1)
		}
		h.redis.Incr(h.ctx, h.key("seatver"))
		b.StartTimer()
		h.readMirror(h.Store)
	}
}
