package seats

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking/seatmap"
	"usher/internal/testkit"
)

func TestAHoldReachesAnotherNode(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvv")
		h.admit(time.Minute, "ann")
		far := &inbox{}
		node := h.node(far.notify, io.Discard)
		h.run(node)
		testkit.Eventually(t, soon, "the node has a snapshot and receives the messages", func() bool {
			h.hold("ann", "A-6")
			if _, err := h.Release(h.ctx, h.season, "ann", nil); err != nil {
				t.Fatal(err)
			}
			return len(far.carts("ann")) > 0 && h.hasSnapshot(node)
		})
		h.hold("ann", "A-2", "A-1")
		testkit.Eventually(t, soon, "the other node notifies of the seats", func() bool {
			return far.status("A-1") == seatmap.InTransaction && far.status("A-2") == seatmap.InTransaction
		})
		testkit.Eventually(t, soon, "and of the cart", func() bool {
			carts := far.carts("ann")
			last := carts[len(carts)-1]
			return slices.Equal(seatsOf(*last.Cart), []string{"A-1", "A-2"}) && last.Cart.Total == 9000 && last.Reason == ""
		})
		snapshot, err := node.Snapshot(h.ctx, h.season)
		if err != nil || snapshot.Status(0) != seatmap.InTransaction || snapshot.Status(2) != seatmap.Available {
			t.Fatal(snapshot, err)
		}
		if _, err := h.Release(h.ctx, h.season, "ann", nil); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, soon, "released seats are free again", func() bool {
			return far.status("A-1") == seatmap.Available && far.status("A-2") == seatmap.Available
		})
		var last int64
		for _, event := range far.carts("ann") {
			if event.Cart.Version < last {
				t.Error("carts came out of order")
			}
			last = event.Cart.Version
		}
	})
}

func TestAnExpiredCartReachesEveryNode(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{Hold: 400 * time.Millisecond}, "vvvvvv")
		h.admit(time.Minute, "ann")
		ears := []*inbox{{}, {}}
		for _, e := range ears {
			node := h.node(e.notify, io.Discard)
			h.run(node)
			testkit.Eventually(t, soon, "the node has a snapshot", func() bool { return h.hasSnapshot(node) })
		}
		held := h.hold("ann", "A-1", "A-2")
		for i, e := range ears {
			testkit.Eventually(t, soon, fmt.Sprintf("node %d notifies ann that the cart expired", i), func() bool {
				carts := e.carts("ann")
				return len(carts) > 0 && carts[len(carts)-1].Reason == "expired" && len(carts[len(carts)-1].Cart.Seats) == 0
			})
		}
		if late := h.now().Sub(held.ExpiresAt); late > 5*time.Second {
			t.Error("the notification of the expiry came", late, "late")
		}
		h.wantCart("ann")
		for _, e := range ears {
			testkit.Eventually(t, soon, "the seats are free on each node", func() bool { return e.status("A-1") != seatmap.InTransaction })
			expired := 0
			for _, event := range e.carts("ann") {
				if event.Reason == "expired" {
					expired++
				}
			}
			if expired > 2 {
				t.Errorf("ann was notified of the expiry %d times", expired)
			}
		}
	})
}

func TestTheSweepReleasesTheInactiveButNoSeatInFlight(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvv")
		h.admit(time.Minute, "ann", "bob")
		h.hold("ann", "A-1", "A-2")
		h.hold("bob", "A-3")
		h.pinSeats("ann", "tx", false, "A-2")
		h.dismiss("ann")
		h.run(h.node(nil, io.Discard))
		testkit.Eventually(t, soon, "ann's unpinned seat is free", func() bool {
			cart, err := h.Cart(h.ctx, h.season, "ann")
			return err == nil && slices.Equal(seatsOf(cart), []string{"A-2"})
		})
		h.wantCart("bob", "A-3")
		h.script("unpin('ann', 'A-2', 1, 'tx')")
		testkit.Eventually(t, soon, "the other seat is free when it is no longer pinned", func() bool {
			cart, err := h.Cart(h.ctx, h.season, "ann")
			return err == nil && len(cart.Seats) == 0
		})
		h.wantWhole()
	})
}

// A node that loses a message finds the change by its next reading.
func TestAReadingFindsTheChangeOfALostMessage(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvv")
		h.admit(time.Minute, "ann", "bob")
		e := &inbox{}
		node := h.node(e.notify, io.Discard) // it never subscribes
		m := node.MirrorOf(h.season)
		if err := node.ReadMirror(h.ctx, m); err != nil {
			t.Fatal(err)
		}
		h.hold("ann", "A-1")
		h.hold("bob", "A-2")
		if err := node.ReadMirror(h.ctx, m); err != nil {
			t.Fatal(err)
		}
		if e.status("A-1") != seatmap.InTransaction || len(e.carts("ann")) != 1 || len(e.carts("bob")) != 1 {
			t.Fatal("the reading passed on", e)
		}
		if err := node.ReadMirror(h.ctx, m); err != nil {
			t.Fatal(err)
		}
		if len(e.carts("ann")) != 1 {
			t.Error("a second reading passed on the same changes")
		}
		// The message itself comes late: the change was passed on already.
		h.hold("ann", "A-3")
		if err := node.ReadMirror(h.ctx, m); err != nil {
			t.Fatal(err)
		}
		before := len(e.carts("ann"))
		node.handle(m, `{"v":1,"u":"ann","r":"","s":[],"t":0}`)
		if len(e.carts("ann")) != before {
			t.Error("an old message was passed on")
		}
	})
}

func TestABrokenSubscriptionSubscribesAgain(t *testing.T) {
	url := testkit.RealRedis(t)
	h := newHall(t, url, Settings{}, "vvvvvv")
	h.admit(time.Minute, "ann")
	e := &inbox{}
	node := h.node(e.notify, io.Discard)
	h.run(node)
	testkit.Eventually(t, soon, "the node has a snapshot", func() bool { return h.hasSnapshot(node) })
	subscribed := func() bool {
		return h.redis.PubSubNumSub(h.ctx, ChannelOf(h.season)).Val()[ChannelOf(h.season)] > 0
	}
	testkit.Eventually(t, soon, "the node subscribes", subscribed)
	if err := h.redis.Do(h.ctx, "CLIENT", "KILL", "TYPE", "pubsub").Err(); err != nil {
		t.Fatal(err)
	}
	h.hold("ann", "A-1")
	testkit.Eventually(t, soon, "the change is passed on", func() bool { return len(e.carts("ann")) > 0 && e.status("A-1") != "" })
	testkit.Eventually(t, soon, "the node subscribes again", subscribed)
}

func TestASeasonBeingOpenedLogsNoWarning(t *testing.T) {
	var log strings.Builder
	h := emptyHall(t, "", Settings{})
	h.importPlan(nil)
	node := h.node(nil, &log)
	m := node.MirrorOf(h.season)
	look := func() { node.noteReading(h.ctx, m, node.ReadMirror(h.ctx, m)) }
	look()
	if log.Len() > 0 {
		t.Error("a season that is being opened is logged:", log.String())
	}
	m.failing = m.failing.Add(-openingTime)
	look()
	look()
	if strings.Count(log.String(), "WARN") != 1 {
		t.Error("a season that no node opens is logged as:", log.String())
	}
	h.open(1)
	look()
	if !m.failing.IsZero() || m.warned {
		t.Error("a reading that succeeds does not end the failure")
	}
}

func TestChangesAreMergedTenASecond(t *testing.T) {
	h := newHall(t, "", Settings{}, "vvvvvvvvvv", "vvvvvvvvvv")
	e := &inbox{}
	node := h.node(e.notify, io.Discard)
	h.run(node)
	users := make([]string, 20)
	for i := range users {
		users[i] = fmt.Sprintf("u%d", i)
	}
	h.admit(time.Minute, users...)
	testkit.Eventually(t, soon, "the node has a snapshot", func() bool { return h.hasSnapshot(node) })
	began := time.Now()
	for i, user := range users {
		h.hold(user, fmt.Sprintf("%c-%d", 'A'+i/10, i%10+1))
	}
	testkit.Eventually(t, soon, "the last change is passed on", func() bool { return e.status("B-10") == seatmap.InTransaction })
	took := time.Since(began)
	if limit := int(took/mirrorPause) + 2; e.deltas() > limit {
		t.Errorf("%d merged changes in %v", e.deltas(), took)
	}
}

func TestRebuildAfterRedisLostAll(t *testing.T) {
	server := testkit.StartRedis(t, t.TempDir())
	t.Cleanup(server.Kill)
	h := newHall(t, server.URL, Settings{MaxSeats: 2}, "vvvvvv")
	h.admit(time.Minute, "ann")
	before := h.hold("ann", "A-1", "A-2")
	m := h.MirrorOf(h.season)
	if err := h.ReadMirror(h.ctx, m); err != nil {
		t.Fatal(err)
	}
	if err := h.redis.FlushAll(h.ctx).Err(); err != nil {
		t.Fatal(err)
	}
	if s, err := h.Snapshot(h.ctx, h.season); err != nil || s.Status(0) != seatmap.InTransaction {
		t.Fatal("the last snapshot is gone", err)
	}
	h.open(2)
	h.open(2) // as another node may at the same time
	h.admit(time.Minute, "ann", "bob")
	h.wantCart("ann")
	if err := h.ReadMirror(h.ctx, m); err != nil {
		t.Fatal(err)
	}
	if s := m.Snapshot.Load(); s.Status(0) != seatmap.Available || s.Version <= before.Version {
		t.Errorf("the snapshot after: seat %s, version %d after %d", s.Status(0), s.Version, before.Version)
	}
	h.hold("bob", "A-1", "A-2")
	_, err := h.Hold(h.ctx, h.season, "bob", []string{"A-3"})
	wantFault(t, err, "seat_limit")
}

// After a failover Redis may lack the last changes: the version is lower, and the epoch
// is the same.
func TestAMirrorRepairsLostChanges(t *testing.T) {
	h := newHall(t, "", Settings{}, "vvvvvv")
	h.admit(time.Minute, "ann", "bob")
	h.hold("ann", "A-1")
	version, err := h.redis.Get(h.ctx, h.key("seatver")).Int64()
	if err != nil {
		t.Fatal(err)
	}
	h.hold("bob", "A-2")
	e := &inbox{}
	node := h.node(e.notify, io.Discard)
	m := node.MirrorOf(h.season)
	read := func() {
		t.Helper()
		if err := node.ReadMirror(h.ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	read()
	shown := m.Snapshot.Load().Version
	h.source.claims = []Claim{{SeatNumber: "A-3", Index: 2, Transaction: "tx", User: "cat"}}
	h.script("drop('bob', 'A-2', 1, nil, '')")
	h.redis.ZRem(h.ctx, h.key("cartnews"), "bob")
	h.redis.Set(h.ctx, h.key("seatver"), version, 0)
	read()
	read()
	if s := m.Snapshot.Load(); s.Version <= shown || s.Status(0) != seatmap.InTransaction || s.Status(1) != seatmap.Available || s.Status(2) != seatmap.InTransaction {
		t.Errorf("version %d after %d: %s %s %s", s.Version, shown, s.Status(0), s.Status(1), s.Status(2))
	}
	if e.status("A-2") != seatmap.Available || e.status("A-3") != seatmap.InTransaction || len(e.carts("ann")) != 1 {
		t.Error("passed on:", e)
	}
}

func TestMarkOnlyAddsAndMayRepeat(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{MaxSeats: 2}, "vvvvvv")
		h.admit(time.Minute, "ann", "bob")
		for range 2 {
			others, err := h.Mark(h.ctx, h.season, Claim{"A-1", 0, "tx1", "ann", true}, Claim{"A-2", 1, "tx1", "ann", false})
			if err != nil || others != 0 {
				t.Fatal(others, err)
			}
		}
		others, err := h.Mark(h.ctx, h.season, Claim{"A-1", 0, "tx2", "bob", false})
		if err != nil || others != 1 {
			t.Fatal(others, err)
		}
		s, err := h.Snapshot(h.ctx, h.season)
		if err != nil || s.Status(0) != seatmap.Booked || s.Status(1) != seatmap.InTransaction {
			t.Fatal(s, err)
		}
		if c := s.Counts(); c["VIP"][seatmap.Booked] != 1 || c["VIP"][seatmap.InTransaction] != 1 || c["VIP"][seatmap.Available] != 4 {
			t.Error("counts", c)
		}
		_, err = h.Hold(h.ctx, h.season, "bob", []string{"A-1"})
		wantFault(t, err, "seat_taken", "A-1")
		_, err = h.Hold(h.ctx, h.season, "ann", []string{"A-3"})
		wantFault(t, err, "seat_limit")
		h.script("bury('tx3')")
		if others, err = h.Mark(h.ctx, h.season, Claim{"A-4", 3, "tx3", "bob", false}); err != nil || others != 0 {
			t.Fatal(others, err)
		}
		h.hold("bob", "A-4") // cancelled while the caller was reading
		h.script("unmark(1, 'tx1', 'ann')")
		h.hold("ann", "A-2")
		h.wantWhole()
		if err := h.redis.HGet(h.ctx, h.key("bought"), "bob").Err(); !errors.Is(err, redis.Nil) {
			t.Error("bob bought nothing and is counted:", err)
		}
	})
}

func TestSettingsReachRedisWhenTheirWriterDied(t *testing.T) {
	h := newHall(t, "", Settings{MaxSeats: 2}, "vvvvvv")
	h.redis.Del(h.ctx, h.key("sale"), h.key("plan"))
	m := h.MirrorOf(h.season)
	if err := h.ReadMirror(h.ctx, m); err != nil {
		t.Fatal(err)
	}
	if got := h.redis.HGet(h.ctx, h.key("sale"), "maxSeats").Val(); got != "2" {
		t.Error("maxSeats in Redis is", got)
	}
	if got := h.redis.Get(h.ctx, h.key("plan")).Val(); got != "1" {
		t.Error("the plan in Redis is", got)
	}
	h.redis.Del(h.ctx, h.key("sale"), h.key("plan"))
	h.admit(time.Minute, "ann")
	h.hold("ann", "A-1")
}

// One script may change several carts. A node that receives the first message and loses
// the second finds the second cart by its next reading.
func TestAReadingFindsTheRestOfAScriptsMessages(t *testing.T) {
	h := newHall(t, "", Settings{}, "vvvvvv")
	h.admit(time.Minute, "ann", "bob")
	h.hold("ann", "A-1")
	h.hold("bob", "A-2")
	e := &inbox{}
	node := h.node(e.notify, io.Discard)
	m := node.MirrorOf(h.season)
	if err := node.ReadMirror(h.ctx, m); err != nil {
		t.Fatal(err)
	}
	sub := h.redis.Subscribe(h.ctx, ChannelOf(h.season))
	defer func() { _ = sub.Close() }()
	if _, err := sub.Receive(h.ctx); err != nil {
		t.Fatal(err)
	}
	h.dismiss("ann")
	h.dismiss("bob")
	if err := h.ReleaseInactive(h.ctx, h.season, "ann", "bob"); err != nil {
		t.Fatal(err)
	}
	first, err := sub.ReceiveMessage(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	node.handle(m, first.Payload)
	if err := node.ReadMirror(h.ctx, m); err != nil {
		t.Fatal(err)
	}
	if len(e.carts("ann")) != 1 || len(e.carts("bob")) != 1 {
		t.Error("of two released carts was passed on:", e)
	}
}
