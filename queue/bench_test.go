package queue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/testkit"
)

const crowdSize = 2000 // callers at once: a node has that many requests and sockets busy

// BenchmarkJoin measures joins through one node, as many at once as a crowd
// brings, on a real Redis, beside the bare script called with as many users at
// a time. Both take turns in the same run; ratio is the node's speed by the
// script's.
func BenchmarkJoin(b *testing.B) {
	h := newHouse(b, testkit.RealRedis(b))
	api := h.node()
	api.configure(plain(1))
	h.season = testkit.SeasonID()
	bare := h.node()
	bare.configure(plain(1))
	api.join("first")
	bare.join("first")

	const round = 20_000
	var byAPI, byScript time.Duration
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
		api.joinAll(users)
		byAPI += time.Since(began)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/byAPI.Seconds(), "joins/s")
	b.ReportMetric(float64(b.N)/byScript.Seconds(), "script-joins/s")
	b.ReportMetric(byScript.Seconds()/byAPI.Seconds(), "ratio")
	b.ReportMetric(redis/float64(b.N), "redis-µs/join")
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
	for range batchFlights {
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
func scriptMicros(t testing.TB, h *house) float64 { return commandMicros(t, h, "evalsha") }

// commandMicros is how many µs Redis has spent in a command.
func commandMicros(t testing.TB, h *house, command string) float64 {
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
