package queue

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/draw"
	"usher/internal/testkit"
)

// named returns n user ids that begin with a word.
func named(word string, n int) []string {
	users := make([]string, n)
	for i := range users {
		users[i] = fmt.Sprintf("%s-%02d", word, i)
	}
	return users
}

// wantLine checks who waits, in order: who waited before, then those drawn in a draw,
// then the late.
func (n *node) wantLine(before []string, nth int, gathered, late []string) {
	n.t.Helper()
	n.Queue.season(n.season).draws.asked = time.Time{}
	h, err := n.HeldDraw(n.t.Context(), n.season, nth)
	n.must(err)
	if h == nil {
		n.t.Fatalf("draw %d was not held", nth)
	}
	if h.Number != nth || draw.CommitTo(h.Seed, nth, h.Phases) != h.Commitment || h.Frozen.Gathered != draw.Hash(gathered) {
		n.t.Errorf("draw %d: %+v %+v", nth, h.Draw, h.Frozen)
	}
	drawn, _ := draw.Order(h.key, gathered)
	want := slices.Concat(before, drawn, late)
	rows := n.line()
	for i, user := range want {
		if i >= len(rows) || rows[i].User != user || rows[i].Position != i+1 {
			n.t.Fatalf("position %d must be %s's: %+v", i+1, user, rows)
		}
		if st := n.status(user); st.State != Waiting || st.Position != i+1 || st.Number != rows[i].Number {
			n.t.Errorf("%s: %+v", user, st)
		}
	}
	if len(rows) != len(want) {
		n.t.Errorf("%d wait, want %d", len(rows), len(want))
	}
	n.wantClean()
	if found, err := n.AuditDraw(n.t.Context(), n.season); err != nil || len(found) > 0 {
		n.t.Errorf("audit of the draws: %q %v", found, err)
	}
}

// TestEachPhaseDrawsThoseWhoGatheredForIt plays two phases with a draw each, over two
// nodes and a beacon: who waited in the first phase stays in front in the same order and
// is admitted while the second draw is held, and who gathered is drawn behind.
func TestEachPhaseDrawsThoseWhoGatheredForIt(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	beacon := &coin{c: c}
	one, two := h.clocked(c, beacon), h.clocked(c, beacon)
	set := twoPhases(1, c.now.Add(time.Minute))
	one.configure(set)
	if draws, err := two.Draws(t.Context(), h.season); err != nil || len(draws) != 2 || draws[0].Commitment == draws[1].Commitment ||
		len(draws[1].Phases) != 2 || draws[1].Number != 2 {
		t.Fatalf("both draws are committed to at once: %+v %v", draws, err)
	}
	early := named("early", 9)
	for _, user := range early {
		one.joinCleared(user)
	}
	c.advance(time.Minute)
	one.tickOnce()
	c.advance(10 * time.Second)
	two.tickOnce()
	held := one.heldNth(1)
	order, _ := draw.Order(held.key, early)
	if st := one.state(order[0]); st != Turn {
		t.Fatalf("rank 1 of the first draw is %s", st)
	}
	behind := one.joinCleared("behind")
	if behind.State != Waiting || behind.Position != 9 {
		t.Fatalf("%+v", behind)
	}

	c.advance(time.Hour) // between the phases
	general := named("general", 40)
	for i, user := range general {
		n := []*node{one, two}[i%2]
		if st := n.join(user); st.State != Gathering || st.Position != 0 || !st.OpensAt.Equal(set.Phases[1].OpensAt) {
			t.Fatalf("%s joins between the phases: %+v", user, st)
		}
	}
	two.open(general[0])
	two.tickOnce()
	if st := two.status(order[1]); st.State != Waiting || st.Position != 1 {
		t.Fatalf("who waited before: %+v", st)
	}
	c.advance(30 * time.Minute) // the second phase opens, and the beacon's round is not out
	one.leaveAs(order[0])
	one.tickOnce()
	if a, b := one.state(order[1]), two.state(general[0]); a != Turn || b != Gathering {
		t.Fatalf("while the second draw is held: %s is %s, who gathered is %s", order[1], a, b)
	}
	late := two.join("late")
	if late.State != Gathering {
		t.Errorf("who comes while the draw is held has no position yet: %+v", late)
	}
	for range 8 { // no more users of the first phase than there are are admitted before the draw is over
		one.leaveAs(order[1])
		order = order[1:]
		one.tickOnce()
	}
	if st := one.state("behind"); st != Turn {
		t.Fatalf("the last of the first phase is %s", st)
	}
	one.leaveAs("behind")
	one.tickOnce()
	if live := one.figures(t); live.Turns != 0 {
		t.Fatalf("a user without an order was admitted: %+v", live)
	}
	set.Revision, set.Paused = 2, true
	one.configure(set)
	c.advance(10 * time.Second)
	one.tickOnce()
	two.tickOnce()
	one.wantLine(nil, 2, general, []string{"late"})
	two.tickOnce()
	if events := two.eventsOf(general[0], Changed); len(events) == 0 || events[len(events)-1].Status.State != Waiting {
		t.Errorf("a socket on the other node is told the place: %+v", events)
	}
}

// heldNth returns a held draw by its number.
func (n *node) heldNth(nth int) *HeldDraw {
	n.t.Helper()
	n.Queue.season(n.season).draws.asked = time.Time{}
	h, err := n.HeldDraw(n.t.Context(), n.season, nth)
	n.must(err)
	if h == nil {
		n.t.Fatalf("draw %d was not held", nth)
	}
	return h
}

// TestALineOfTheVersionBeforeHasALaterDraw: such a line knows neither spans nor the
// number of its draw, and its season has a commitment for the first draw alone.
func TestALineOfTheVersionBeforeHasALaterDraw(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.clocked(c, nil)
	set := paused(twoPhases(1, c.now.Add(time.Minute)))
	n.configure(set)
	early := named("early", 6)
	for _, user := range early {
		n.joinCleared(user)
	}
	c.advance(time.Minute)
	n.tickOnce()
	order, _ := draw.Order(n.heldNth(1).key, early)
	s := n.Queue.season(h.season)
	n.must(h.stores.Redis.HDel(t.Context(), s.keys[keyLine], "drawNth", "drawSpans", "gatherFrom", "gatherJoined", "promised").Err())
	_, err := n.ledger.draws.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: h.season + "/2/promise"}})
	n.must(err)
	for _, document := range []string{"/promise", "/frozen", "/reveal"} {
		_, err := n.ledger.draws.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: h.season + document}},
			bson.D{{Key: "$unset", Value: bson.D{{Key: "nth", Value: ""}, {Key: "from", Value: ""}}}})
		n.must(err)
	}
	n = h.clocked(c, nil)
	n.configure(set)
	c.advance(time.Hour)
	general := named("general", 6)
	n.joinAll(general)
	c.advance(30 * time.Minute)
	n.tickOnce()
	n.wantLine(order, 2, general, nil)
}

// TestPhasesThatChangeWhileUsersGather: the draw is held when admission goes on, and a
// phase that comes later has a draw of its own.
func TestPhasesThatChangeWhileUsersGather(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.clocked(c, nil)
	set := paused(twoPhases(1, c.now.Add(-time.Minute)))
	n.configure(set)
	n.joinCleared("early")
	c.advance(time.Hour)
	first := named("first", 5)
	n.joinAll(first)
	set.Revision = 2
	set.Phases[0].ClosesAt = c.now.Add(10 * time.Minute) // the presale goes on
	n.configure(set)
	n.tickOnce()
	n.wantLine([]string{"early"}, 2, first, nil)
	order, _ := draw.Order(n.heldNth(2).key, first)
	c.advance(15 * time.Minute)
	second := named("second", 5)
	n.joinAll(second)
	if st := n.state(second[0]); st != Gathering {
		t.Fatalf("who gathers for the later phase is %s", st)
	}
	c.advance(20 * time.Minute)
	n.tickOnce()
	n.wantLine(append([]string{"early"}, order...), 3, second, nil)
}

// TestTheSecondDrawIsHeldOnRealRedis is the draw of a later phase on each kind of Redis.
func TestTheSecondDrawIsHeldOnRealRedis(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		now := time.Now()
		set := paused(twoPhases(1, now.Add(-time.Minute)))
		n.configure(set)
		early, general := named("early", 20), named("general", 2*drawPortions+5)
		for _, user := range early {
			n.joinCleared(user)
		}
		set.Revision, set.Phases[0].ClosesAt, set.Phases[1].OpensAt = 2, time.Now(), now.Add(time.Hour)
		n.configure(set)
		n.joinAll(general)
		n.tickOnce()
		set.Revision, set.Phases[1].OpensAt = 3, time.Now()
		n.configure(set)
		n.tickOnce()
		n.wantLine(early, 2, general, nil)
	})
}

// TestWhoBringsBackAnEarlierPlaceIsNotDrawn: a user who lost a place of the first phase
// with Redis gathers for the second, and brings the place back while the draw is held.
func TestWhoBringsBackAnEarlierPlaceIsNotDrawn(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	set := paused(twoPhases(1, c.now.Add(-time.Minute)))
	n := h.node(func(o *Options) {
		o.Now = func() time.Time { return c.now }
		o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
	})
	n.configure(set)
	place := n.joinCleared("early").Place()
	h.loseEverything()
	c.advance(time.Hour)
	general := append(named("general", 12), "early")
	for _, user := range general {
		n.join(user)
	}
	c.advance(30 * time.Minute)
	n.configure(set)
	n.recordDraw(t)
	if st, err := n.Join(t.Context(), h.season, "early", place); err != nil || st.State != Waiting || st.Position != 1 {
		t.Fatalf("a place of the first phase is in front at once: %+v %v", st, err)
	}
	n.must(n.Queue.season(h.season).holdDrawNow(t.Context()))
	order, _ := draw.Order(n.heldNth(2).key, general)
	order = slices.DeleteFunc(order, func(user string) bool { return user == "early" })
	for i, row := range n.line() {
		if want := append([]string{"early"}, order...)[i]; row.User != want {
			t.Errorf("position %d: %s, want %s", i+1, row.User, want)
		}
	}
	if found, err := n.AuditDraw(t.Context(), n.season); err != nil || len(found) > 0 {
		t.Errorf("audit of the draws: %q %v", found, err)
	}
}

// TestNoUserPassesThoseWhoAreBeingDrawn: the users who gathered are all absent, a place
// is free, and a user comes while the draw waits for its beacon.
func TestNoUserPassesThoseWhoAreBeingDrawn(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.clocked(c, &coin{c: c})
	set := twoPhases(1, c.now.Add(-time.Minute))
	set.Absence = 10 * time.Minute
	n.configure(set)
	c.advance(time.Hour)
	n.joinAll(named("general", 3))
	c.advance(30 * time.Minute)
	n.tickOnce()
	if st := n.join("late"); st.State != Gathering {
		t.Fatalf("before the order is known a user is %s", st.State)
	}
	c.advance(10 * time.Second)
	n.tickOnce()
	if st := n.state("late"); st != Turn {
		t.Errorf("those drawn are absent, and the user behind them is %s", st)
	}
}
