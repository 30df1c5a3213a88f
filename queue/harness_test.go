package queue

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/testkit"
)

// TestMain plays fewer random games than rapid's hundred, each of which boots a
// Lua state a step on the embedded Redis; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	if os.Getenv("USHER_SOAK") == "" {
		if err := flag.Set("rapid.checks", games); err != nil {
			panic(err)
		}
	}
	testkit.Main(m)
}

// fixture is one season on one Redis, with the nodes a test starts on it.
type fixture struct {
	t      testing.TB
	season string
	stores *store.Stores
	ring   *keys.Ring
	nodes  int
}

func newFixture(t testing.TB, redisURL string) *fixture {
	t.Helper()
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{t: t, season: testkit.SeasonID(), stores: testkit.Open(t, redisURL), ring: ring}
}

// plain are settings under which nothing lapses during a test.
func plain(limit int) Settings {
	return Settings{
		Revision: 1, ActiveLimit: limit, TurnWindow: time.Hour, Lease: time.Hour, Session: 2 * time.Hour,
		Absence: time.Hour, Forget: 2 * time.Hour,
	}
}

// node is one Queue and the events it sent.
type node struct {
	*Queue
	t      testing.TB
	season string
	stop   func()

	mu     sync.Mutex
	events []Event
}

// node makes a node that does not run: its scripts work, nothing ticks.
func (h *fixture) node(change ...func(*Options)) *node {
	h.t.Helper()
	h.nodes++
	n := &node{t: h.t, season: h.season, stop: func() {}}
	o := Options{
		Redis: h.stores.Redis, Mongo: h.stores.Mongo, Keys: h.ring, Node: fmt.Sprintf("node-%d", h.nodes),
		Gather: 300 * time.Millisecond, Notify: n.notify,
	}
	for _, f := range change {
		f(&o)
	}
	q, err := New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	n.Queue = q
	return n
}

// running makes a node that runs until the test ends or stop is called.
func (h *fixture) running(change ...func(*Options)) *node {
	h.t.Helper()
	n := h.node(change...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	n.Watch(h.season)
	go func() { done <- n.Run(ctx) }()
	var once sync.Once
	n.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				h.t.Error("Run:", err)
			}
		})
	}
	h.t.Cleanup(n.stop)
	return n
}

func (n *node) notify(events []Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events = append(n.events, events...)
}

// eventsOf returns the events that a user here has been sent so far.
func (n *node) eventsOf(user string, kinds ...Kind) []Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	var events []Event
	for _, e := range n.events {
		for _, kind := range kinds {
			if e.User == user && e.Kind == kind {
				events = append(events, e)
			}
		}
	}
	return events
}

func (n *node) wantEvent(user string, kind Kind, within time.Duration) Event {
	n.t.Helper()
	var last Event
	testkit.Eventually(n.t, within, fmt.Sprintf("%s gets an event of kind %d", user, kind), func() bool {
		events := n.eventsOf(user, kind)
		if len(events) > 0 {
			last = events[len(events)-1]
		}
		return len(events) > 0
	})
	return last
}

func (n *node) configure(s Settings) {
	n.t.Helper()
	n.must(n.Configure(n.t.Context(), n.season, s))
}

func (n *node) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) join(user string) Status {
	n.t.Helper()
	st, err := n.Join(n.t.Context(), n.season, user, "")
	n.must(err)
	return st
}

func (n *node) enterAs(user string) Status {
	n.t.Helper()
	st, err := n.Enter(n.t.Context(), n.season, user)
	n.must(err)
	return st
}

func (n *node) leaveAs(user string) Status {
	n.t.Helper()
	st, err := n.Leave(n.t.Context(), n.season, user)
	n.must(err)
	return st
}

func (n *node) status(user string) Status {
	n.t.Helper()
	st, err := n.Status(n.t.Context(), n.season, user)
	n.must(err)
	return st
}

func (n *node) state(user string) State { n.t.Helper(); return n.status(user).State }

// open connects a user and follows.
func (n *node) open(user string) (int64, Status) {
	n.t.Helper()
	conn, st, err := n.Connect(n.t.Context(), n.season, user)
	n.must(err)
	n.Follow(n.season, user, conn)
	return conn, st
}

func (n *node) wantClean() {
	n.t.Helper()
	found, err := n.Audit(n.t.Context(), n.season)
	n.must(err)
	if len(found) > 0 {
		n.t.Error("audit:", strings.Join(found, "; "))
	}
}

// tickOnce is one turn of the loop of a node that does not run.
func (n *node) tickOnce() {
	n.t.Helper()
	s := n.Queue.season(n.season)
	n.must(n.Mirror(n.season).Tick(n.t.Context()))
	n.must(s.doTasks(n.t.Context(), time.Now()))
}

// reason is why a user lost a place or a turn, "" for none.
func (n *node) reason(user string) Reason {
	n.t.Helper()
	a, err := n.Queue.season(n.season).look.Do(n.t.Context(), question{user: user})
	n.must(err)
	return a.state.Reason
}
