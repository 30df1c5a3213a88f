//go:build unix

package queue

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"usher/internal/batch"
	"usher/internal/testkit"
)

const crowdSize = 2000 // callers at once: a node has that many requests and sockets busy

// BenchmarkJoin measures joins through one node, as many at once as a crowd
// brings, on a real Redis, beside the bare script called with as many users at
// a time. Both take turns in the same run; ratio is the node's speed by the
// script's.
func BenchmarkJoin(b *testing.B) {
	h := newFixture(b, testkit.RealRedis(b))
	api := h.node()
	api.configure(plain(1))
	h.season = testkit.SeasonID()
	bare := h.node()
	bare.configure(plain(1))
	api.join("first")
	bare.join("first")

	const round = 20_000
	var byAPI, byScript, used time.Duration
	var redis float64
	b.ResetTimer()
	for first := 0; first < b.N; first += round {
		b.StopTimer()
		users := names(first, min(round, b.N-first))
		before := scriptMicros(b, h)
		began := time.Now()
		bare.joinByScript(users)
		byScript += time.Since(began)
		redis += scriptMicros(b, h) - before
		b.StartTimer()

		began = time.Now()
		usedBefore := cpu()
		api.joinAll(users)
		byAPI += time.Since(began)
		used += cpu() - usedBefore
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/byAPI.Seconds(), "joins/s")
	b.ReportMetric(float64(b.N)/byScript.Seconds(), "script-joins/s")
	b.ReportMetric(byScript.Seconds()/byAPI.Seconds(), "ratio")
	testkit.AtLeast(b, "joins/s", float64(b.N)/byAPI.Seconds(), 100_000)
	testkit.AtLeast(b, "joins-by-script", byScript.Seconds()/byAPI.Seconds(), 0.7)
	b.ReportMetric(redis/float64(b.N), "redis-µs/join")
	b.ReportMetric(used.Seconds()*1e6/float64(b.N), "node-cpu-µs/join")
}

// names are users' ids, as long as real ones.
func names(first, n int) []string {
	users := make([]string, n)
	for i := range users {
		users[i] = fmt.Sprintf("%024x", first+i)
	}
	return users
}

// joinAll joins users through the API, many callers at once.
func (n *node) joinAll(users []string) {
	var next atomic.Int64
	var callers sync.WaitGroup
	for range min(crowdSize, len(users)) {
		callers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(users)); i = next.Add(1) - 1 {
				if _, err := n.Join(context.Background(), n.season, users[i], ""); err != nil {
					n.t.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
}

// joinByScript joins users by calls of the bare script, as many under way at
// once as a node has.
func (n *node) joinByScript(users []string) {
	n.t.Helper()
	s := n.Queue.season(n.season)
	var calls [][]any
	for len(users) > 0 {
		size := min(batchSize, len(users))
		args := []any{strconv.FormatInt(s.epoch.Load(), 10), newsChannel(n.season)}
		for _, user := range users[:size] {
			args = append(args, user, "")
		}
		calls, users = append(calls, args), users[size:]
	}
	var next atomic.Int64
	var flights sync.WaitGroup
	for range batch.InFlight {
		flights.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(calls)); i = next.Add(1) - 1 {
				if err := joinScript.EvalSha(context.Background(), n.o.Redis, s.keys, calls[i]...).Err(); err != nil {
					n.t.Error(err)
					return
				}
			}
		})
	}
	flights.Wait()
}

// scriptMicros is how many µs Redis has spent in scripts.
func scriptMicros(t testing.TB, h *fixture) float64 { return commandMicros(t, h, "evalsha") }

// commandMicros is how many µs Redis has spent in a command.
func commandMicros(t testing.TB, h *fixture, command string) float64 {
	t.Helper()
	info, err := h.stores.Redis.Info(context.Background(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(info, "cmdstat_"+command+":")
	if !found {
		return 0
	}
	_, rest, _ = strings.Cut(rest, "usec=")
	micros, _, _ := strings.Cut(rest, ",")
	spent, err := strconv.ParseFloat(micros, 64)
	if err != nil {
		t.Fatal(err)
	}
	return spent
}

// fill puts users into the line straight by the script: what a line of a
// million needs to be ready in seconds.
func (n *node) fill(size int) (users []string) {
	n.t.Helper()
	users = names(0, size)
	n.join("first") // draws up the season
	n.joinByScript(users)
	return users
}

// openAll opens sockets here, many at once.
func (n *node) openAll(users []string) {
	n.t.Helper()
	var next atomic.Int64
	var callers sync.WaitGroup
	for range min(crowdSize, len(users)) {
		callers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(users)); i = next.Add(1) - 1 {
				conn, _, err := n.Connect(context.Background(), n.season, users[i])
				if err != nil {
					n.t.Error(err)
					return
				}
				n.Follow(n.season, users[i], conn)
			}
		})
	}
	callers.Wait()
}

// sample takes n of the users, evenly spread over the line.
func sample(users []string, n int) []string {
	if n >= len(users) {
		return users
	}
	some := make([]string, n)
	for i := range some {
		some[i] = users[i*len(users)/n]
	}
	return some
}

// cpu is what this process has used of the processors.
func cpu() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkMirrorTick measures what a tick of a node costs, the node and Redis,
// by how many wait and how many of them have a socket here. The line stands
// still: what moves costs what is sent.
func BenchmarkMirrorTick(b *testing.B) {
	for _, size := range []struct{ waiting, here int }{
		{1000, 1000}, {10_000, 10_000}, {100_000, 10_000}, {1_000_000, 10_000}, {1_000_000, 100_000},
	} {
		b.Run(fmt.Sprintf("waiting=%d/here=%d", size.waiting, size.here), func(b *testing.B) {
			h := newFixture(b, testkit.RealRedis(b))
			defer func() { _ = h.stores.Redis.FlushAll(context.Background()).Err() }()
			n := h.node()
			n.configure(plain(1))
			n.openAll(sample(n.fill(size.waiting), size.here))
			n.tickOnce() // enters the node
			n.tickOnce()
			s := n.Queue.season(n.season)
			r, err := s.call(b.Context(), positionsScript)
			if err != nil {
				b.Fatal(err)
			}
			bitmaps, err := s.readBitmaps(b.Context(), segmentsOf(r))
			if err != nil {
				b.Fatal(err)
			}
			read := 0
			for _, bitmap := range bitmaps {
				read += len(bitmap)
			}
			redis, used, ticks := scriptMicros(b, h)+commandMicros(b, h, "get"), cpu(), 0
			for b.Loop() {
				if err := s.tick(b.Context()); err != nil {
					b.Fatal(err)
				}
				ticks++
			}
			b.StopTimer()
			used, redis = cpu()-used, scriptMicros(b, h)+commandMicros(b, h, "get")-redis
			b.ReportMetric(used.Seconds()*1000/float64(ticks), "cpu-ms/tick")
			b.ReportMetric(redis/float64(ticks), "redis-µs/tick")
			b.ReportMetric(float64(read)/float64(len(bitmaps)), "read-B/segment")
			testkit.AtMost(b, "cpu", used.Seconds()*1000/float64(ticks), 10)
			testkit.AtMost(b, "redis", redis/float64(ticks), 1000)
			testkit.AtMost(b, "read", float64(read)/float64(len(bitmaps)), 128<<10)
		})
	}
}

// BenchmarkPositions counts the bitmap of a full segment and gives a position to
// each of its million users.
func BenchmarkPositions(b *testing.B) {
	bitmap := strings.Repeat("\xff", segmentSize/8)
	for b.Loop() {
		p := countPositions(map[int64]string{0: bitmap})
		for n := range int64(segmentSize) {
			if position, in := p.of(n); !in || position != int(n)+1 {
				b.Fatal(n)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/segmentSize, "ns/position")
}

// BenchmarkTurnLatency measures from giving up a place on one node to the event
// of the next one's turn on another, with ten thousand waiting, all of them with
// a socket there.
func BenchmarkTurnLatency(b *testing.B) {
	h := newFixture(b, testkit.RealRedis(b))
	one := h.running()
	came := make(chan string, 8)
	two := h.running(func(o *Options) {
		o.Notify = func(events []Event) {
			for _, e := range events {
				if e.Kind == TurnCame {
					came <- e.User
				}
			}
		}
	})
	one.configure(plain(1))
	two.openAll(one.fill(10_000))
	testkit.Eventually(b, 30*time.Second, "the node mirrors the line", func() bool { return two.Queue.season(h.season).resumedIn() > 0 })
	inside := "first"
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		one.leaveAs(inside)
		next := <-came
		took = append(took, time.Since(began))
		b.StopTimer()
		if inside != "first" {
			one.join(inside) // at the end, so that as many wait as before
		}
		inside = next
		b.StartTimer()
	}
	slices.Sort(took)
	half, most := float64(took[len(took)/2].Microseconds())/1000, float64(took[len(took)*99/100].Microseconds())/1000
	b.ReportMetric(half, "p50-ms")
	b.ReportMetric(most, "p99-ms")
	testkit.AtMost(b, "p50", half, 5)
	testkit.AtMost(b, "p99", most, 50)
}
