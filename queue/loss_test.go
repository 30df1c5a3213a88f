package queue

import (
	"context"
	"testing"
	"time"

	"usher/internal/testkit"
)

// ledgerBehind makes a node of the fixture whose MongoDB is behind a proxy.
func (h *fixture) ledgerBehind(change ...func(*Options)) (*node, *testkit.Proxy) {
	h.t.Helper()
	proxy := testkit.StartProxy(h.t, testkit.Stores(h.t).MongoURL)
	far := testkit.OpenAt(h.t, testkit.Stores(h.t).RedisURL, proxy.URL, h.stores.Mongo.Name())
	return h.node(append(change, func(o *Options) { o.Mongo = far.Mongo })...), proxy
}

// quickly is far below what a silent MongoDB is waited for.
const quickly = time.Second

func (n *node) tickQuickly(what string) {
	n.t.Helper()
	began := time.Now()
	n.must(n.Queue.season(n.season).tick(n.t.Context()))
	if took := time.Since(began); took > quickly {
		n.t.Fatalf("%s a tick took %v", what, took)
	}
}

func TestATickDoesNotWaitForTheLedgerToAllowNumbers(t *testing.T) {
	h := newFixture(t, "")
	n, proxy := h.ledgerBehind()
	n.configure(plain(1))
	n.join("ann")
	n.join("bob")
	n.open("bob")
	n.tickOnce()
	n.must(h.stores.Redis.HSet(t.Context(), key("line", h.season), "number", segmentSize-10).Err())
	proxy.Freeze()
	n.tickQuickly("while the ledger is silent and numbers run out")
	proxy.Thaw()
	n.tickOnce()
	if got := h.stores.Redis.HGet(t.Context(), key("line", h.season), "ceiling").Val(); got != "2097151" {
		t.Fatalf("the ceiling is %s", got)
	}
}

func TestATickDoesNotWaitForTheLedgerToBringBackALine(t *testing.T) {
	h := newFixture(t, "")
	settings := func(o *Options) {
		o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
	}
	n, proxy := h.ledgerBehind(settings)
	other := h.node(settings)
	n.join("ann")
	number := n.join("bob").Number
	n.open("bob")
	n.tickOnce()
	n.must(h.stores.Redis.Del(t.Context(), key("epoch", h.season)).Err())
	other.status("ann") // opens the next epoch
	proxy.Freeze()
	for range 3 {
		n.tickQuickly("while the ledger is silent and a line is lost")
	}
	if !h.stores.Redis.HExists(t.Context(), key("conn", h.season), "bob").Val() {
		t.Error("bob's socket is not entered")
	}
	if events := n.eventsOf("bob", Lapsed, Changed); len(events) > 0 {
		t.Fatalf("bob is lost, which means nothing yet: %+v", events)
	}
	proxy.Thaw()
	testkit.Eventually(t, 10*time.Second, "bob is brought back", func() bool {
		_ = n.Mirror(h.season).Tick(t.Context())
		return n.lookAt("bob").Number == number
	})
	if events := n.eventsOf("bob", Changed); len(events) != 1 || events[0].Status.Number != number {
		t.Fatalf("%+v", events)
	}
	n.wantClean()
}

// TestWhoLeavesWhileRedisIsLostStaysAway loses everything between the reading of
// who leaves and the leaving.
func TestWhoLeavesWhileRedisIsLostStaysAway(t *testing.T) {
	for name, elsewhere := range map[string]bool{"on the socket's node": false, "on another node": true} {
		t.Run(name, func(t *testing.T) {
			lossy(t, func(t *testing.T, h *fixture) {
				settings := func(o *Options) {
					o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
				}
				n := h.node(settings)
				n.join("ann")
				was := n.join("bob")
				n.open("bob")
				n.tickOnce()
				leaver := n
				if elsewhere {
					leaver = h.node(settings)
				}
				h.stores.Redis.AddHook(justBefore(leaveScript, h.loseEverything))
				if st := leaver.leaveAs("bob"); st.State != None || st.Epoch != 2 {
					t.Fatalf("%+v", st)
				}
				for range 3 {
					n.tickOnce()
				}
				if got := n.lookAt("bob"); got.State != None {
					t.Fatalf("bob left and is back: %+v", got)
				}
				if events := n.eventsOf("bob", Changed, Lapsed); len(events) == 0 || events[len(events)-1].Status.State != None {
					t.Errorf("bob's page was sent %+v", events)
				}
				if st, err := n.Join(t.Context(), h.season, "bob", was.Place()); err != nil || st.Number == was.Number {
					t.Fatalf("what bob gave up came back: %+v %v", st, err)
				}
			})
		})
	}
}

// TestWhoLeavesWhileALineIsBroughtBackStaysAway: the ledger has been asked, the
// script has not run yet.
func TestWhoLeavesWhileALineIsBroughtBackStaysAway(t *testing.T) {
	h := newFixture(t, "")
	n := h.node(func(o *Options) {
		o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
	})
	n.join("ann")
	n.join("bob")
	n.open("bob")
	n.tickOnce()
	n.must(h.stores.Redis.Del(t.Context(), key("epoch", h.season)).Err())
	h.stores.Redis.AddHook(justBefore(joinScript, func() { n.leaveAs("bob") }))
	n.tickOnce()
	n.tickOnce()
	if got := n.lookAt("bob"); got.State != None {
		t.Fatalf("bob left and is back: %+v", got)
	}
}

// TestWhoJoinsTooLateIsNotInLine: sent to a Redis that stood still, by a user
// who has gone since.
func TestWhoJoinsTooLateIsNotInLine(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		n := newFixture(t, redisURL).node()
		n.configure(plain(1))
		ann := n.join("ann")
		s := n.Queue.season(n.season)
		late := ann.Now.UnixMilli() - 1
		r, err := s.call(t.Context(), joinScript, "ann", "", "bob", "", "cat", "7 7 7", late)
		n.must(err)
		if text(r.extra[0]) != "ok" || text(r.extra[1]) != "late" || text(r.extra[2]) != "late" {
			t.Fatalf("%v", r.extra)
		}
		if n.lookAt("bob").State != None || n.lookAt("ann").State != Active {
			t.Fatal("bob is in line, or ann is not in")
		}
		// A node that is wrong about Redis' clock is put right by the answer.
		s.ahead.Store(-time.Hour.Microseconds())
		if st := n.join("bob"); st.State != Waiting {
			t.Fatalf("%+v", st)
		}
		n.wantClean()
	})
}
