package queue

import (
	"context"
	"fmt"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/testkit"
)

var (
	balcony = Wish{Seats: 1, Categories: []string{"Balcony"}}
	twoBox  = Wish{Seats: 2, Categories: []string{"Box, left/right"}, UpTo: 9000}
)

// house gives the season the small house, sold out, and takes users for returned seats.
func (n *node) house(limit int) Settings {
	n.t.Helper()
	set := plain(limit)
	set.Revision, set.Returns = 2, true
	n.configure(set)
	n.must(setHouse(n.t.Context(), n.o.Redis, n.season))
	return set
}

// returned makes seats of the small house free.
func (n *node) returned(seats ...int) {
	n.t.Helper()
	pipe := n.o.Redis.TxPipeline()
	for _, seat := range seats {
		setSeat(n.t.Context(), pipe, n.season, seat, true)
	}
	_, err := pipe.Exec(n.t.Context())
	n.must(err)
}

func (n *node) wishes(user string, wish Wish) Status {
	n.t.Helper()
	st, err := n.Wish(n.t.Context(), n.season, user, &wish)
	n.must(err)
	return st
}

// TestAReturnedSeatGoesToTheFirstWhoseWishItMeets: on two nodes, with a user who is told
// on the other node, and with a seat for which one user gets a turn, not two.
func TestAReturnedSeatGoesToTheFirstWhoseWishItMeets(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		one, two := h.node(), h.node()
		one.house(10)
		one.tickOnce()
		two.tickOnce()
		for _, user := range []string{"ann", "bob", "cat", "dan"} {
			two.join(user)
			two.open(user)
		}
		st := two.wishes("ann", twoBox)
		if st.State != Waiting || st.Number != 1 || st.Position != 1 || st.Wish == nil || st.Wish.Seats != 2 || st.Wish.UpTo != 9000 ||
			len(st.Wish.Categories) != 1 || st.Wish.Categories[0] != "Box, left/right" || st.Wish.PassedOver || st.ETA != nil {
			t.Fatalf("ann keeps the place and has the wish: %+v %+v", st, st.Wish)
		}
		if e := two.wantEvent("ann", Changed, time.Second); e.Status.Wish == nil || e.Status.Place() == "" {
			t.Fatalf("ann is sent the wish, and a place that has it: %+v", e.Status)
		}
		one.wishes("bob", balcony)
		one.wishes("cat", balcony)
		one.returned(1)
		two.tickOnce()
		for user, want := range map[string]State{"ann": Waiting, "bob": Turn, "cat": Waiting, "dan": Waiting} {
			if got := one.peek(user); got != want {
				t.Fatalf("one seat came back for bob's wish, and %s is %s", user, got)
			}
		}
		two.tickOnce()
		events := two.eventsOf("ann", Changed)
		if last := events[len(events)-1]; last.Status.Wish == nil || !last.Status.Wish.PassedOver || last.Status.Position != 1 {
			t.Fatalf("ann is told that bob passed: %+v %+v", last.Status, last.Status.Wish)
		}
		if told := one.status("cat").Wish; told.PassedOver {
			t.Fatal("no user who came after cat has got a turn")
		}
		count := len(two.eventsOf("ann", Changed))
		two.tickOnce()
		if again := len(two.eventsOf("ann", Changed)); again != count {
			t.Fatalf("ann is told %d times more", again-count)
		}

		// dan wishes for nothing, so any seat is enough. bob's is set aside.
		one.returned(5)
		two.tickOnce()
		if one.peek("dan") != Turn || one.peek("ann") != Waiting || one.peek("cat") != Waiting {
			t.Fatalf("dan is %s, ann is %s, cat is %s", one.peek("dan"), one.peek("ann"), one.peek("cat"))
		}
		one.leaveAs("bob")
		if one.peek("cat") != Turn {
			t.Fatalf("bob's seat is for the next wish, and cat is %s", one.peek("cat"))
		}
		one.returned(3, 4)
		two.tickOnce()
		if one.peek("ann") != Turn {
			t.Fatalf("two seats came back for ann, who is %s", one.peek("ann"))
		}
		one.wantClean()
	})
}

// TestAWishNeverCostsThePlace: changing and removing it keeps number and position, and
// the user gets the seats that are free already.
func TestAWishNeverCostsThePlace(t *testing.T) {
	n, _, _ := still(t, 5)
	n.house(5)
	ann := n.join("ann")
	n.join("bob")
	for _, wish := range []Wish{twoBox, balcony, {Seats: 4}} {
		if st := n.wishes("ann", wish); st.Number != ann.Number || st.Position != 1 {
			t.Fatalf("with %+v ann is %+v", wish, st)
		}
	}
	n.returned(0)
	n.tickOnce()
	if n.peek("bob") != Turn || !n.status("ann").Wish.PassedOver {
		t.Fatal("bob passes ann, who wants four seats")
	}
	if st := n.wishes("ann", Wish{Seats: 3}); st.Wish.PassedOver {
		t.Fatalf("no user has passed since the new wish: %+v", st.Wish)
	}
	st, err := n.Wish(t.Context(), n.season, "ann", nil)
	n.must(err)
	if st.Wish != nil || st.Number != ann.Number {
		t.Fatalf("%+v", st)
	}
	n.returned(6)
	n.tickOnce()
	if n.peek("ann") != Turn {
		t.Fatalf("without a wish any seat is enough, and ann is %s", n.peek("ann"))
	}
	n.wantClean()
}

// TestWhoClosedThePageIsPassedOverAndKeepsPlaceAndWish, until forget.
func TestWhoClosedThePageIsPassedOverAndKeepsPlaceAndWish(t *testing.T) {
	n, c, set := still(t, 1)
	set.Revision, set.Returns = 2, true
	n.configure(set)
	n.must(setHouse(t.Context(), n.o.Redis, n.season))
	n.join("ann")
	conn, _ := n.open("ann")
	n.wishes("ann", balcony)
	n.join("bob")
	n.wishes("bob", balcony)
	n.Disconnect(n.season, "ann", conn)
	n.must(n.Queue.season(n.season).flushGone(t.Context()))
	n.returned(1)
	n.tickOnce()
	if n.peek("bob") != Turn || n.peek("ann") != Waiting {
		t.Fatalf("bob is %s, ann is %s", n.peek("bob"), n.peek("ann"))
	}
	if st := n.status("ann"); st.Number != 1 || st.Wish == nil || st.Wish.PassedOver {
		t.Fatalf("ann was away: the place stays, and the wish was not the reason: %+v %+v", st, st.Wish)
	}
	n.leaveAs("bob")
	if n.peek("ann") != Turn {
		t.Fatalf("ann is back, and is %s", n.peek("ann"))
	}
	n.leaveAs("ann")
	n.must(setHouse(t.Context(), n.o.Redis, n.season)) // another sale has the seat
	n.join("cat")
	n.wishes("cat", twoBox)
	c.advance(set.Absence + time.Second) // cat has no socket
	n.tickOnce()
	n.wantClean()
	c.advance(set.Forget + time.Second)
	n.tickOnce()
	if n.peek("cat") != None || n.o.Redis.Exists(t.Context(), key("wishes", n.season), key("wish_groups", n.season), key("wish_heads", n.season)).Val() != 0 {
		t.Fatalf("cat is forgotten, and so is the wish; cat is %s", n.peek("cat"))
	}
	n.wantClean()
}

// TestAWishThatCannotBeTakenIsRefused.
func TestAWishThatCannotBeTakenIsRefused(t *testing.T) {
	n, c, set := still(t, 1)
	n.setStock("gone")
	set.Revision, set.Returns = 2, true
	n.configure(set)
	refused := func(user string, wish Wish, code fault.Code) {
		t.Helper()
		if _, err := n.Wish(t.Context(), n.season, user, &wish); !fault.Is(err, code) {
			t.Errorf("%+v of %s: %v, want %s", wish, user, err, code)
		}
	}
	n.join("ann")
	refused("ann", balcony, fault.Conflict) // a program before has described no classes
	n.must(setHouse(t.Context(), n.o.Redis, n.season))
	refused("bob", balcony, fault.Conflict)
	refused("ann", Wish{Seats: 0}, fault.InvalidRequest)
	refused("ann", Wish{Seats: 1, UpTo: -1}, fault.InvalidRequest)
	refused("ann", Wish{Seats: 5}, fault.SeatLimit)
	refused("ann", Wish{Seats: 1, Categories: []string{"Balcony", "Moon"}}, fault.InvalidRequest)
	refused("ann", Wish{Seats: 1, Categories: []string{""}}, fault.InvalidRequest)
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprint("Balcony ", i))
	}
	refused("ann", Wish{Seats: 1, Categories: names}, fault.InvalidRequest)
	for i := range 256 {
		n.must(n.o.Redis.HSet(t.Context(), key("wish_kinds", n.season), fmt.Sprint(i), 1).Err())
	}
	refused("ann", Wish{Seats: 1, Categories: []string{"Balcony", "Box, left/right"}}, fault.Conflict)
	n.wishes("ann", balcony)
	if _, err := n.Wish(t.Context(), n.season, "bob", nil); err != nil {
		t.Errorf("removing a wish that is not there: %v", err)
	}
	set.Revision, set.Returns = 3, false
	n.configure(set)
	refused("ann", Wish{Seats: 2}, fault.Conflict)
	if st := n.status("ann"); st.Wish == nil || st.Wish.Seats != 1 {
		t.Errorf("the wish left before stays: %+v", st.Wish)
	}
	set.Revision, set.Returns, set.OpensAt = 4, true, c.now.Add(time.Hour)
	n.configure(set)
	n.must(n.o.Redis.HSet(t.Context(), key("line", n.season), "draw", drawGathering).Err())
	n.join("cat")
	refused("cat", balcony, fault.Conflict)
}

// TestANewPlanIsJudgedByItsOwnClasses: a wish for at most 59.99 did not fit the prices of
// the plan before, and fits a seat of the new plan.
func TestANewPlanIsJudgedByItsOwnClasses(t *testing.T) {
	n, _, _ := still(t, 3)
	n.house(3)
	n.join("ann")
	n.wishes("ann", Wish{Seats: 1, Categories: []string{"Box, left/right"}, UpTo: 5999})
	n.join("bob")
	n.wishes("bob", balcony)
	n.returned(5)
	n.tickOnce()
	if n.peek("ann") != Waiting {
		t.Fatal("the free seat costs 90.00")
	}
	pipe := n.o.Redis.TxPipeline()
	pipe.HSet(t.Context(), key("sale", n.season), "classes", "new 3000/Balcony/3 5000/Box%2C+left%2Fright/2 5900/Box%2C+left%2Fright/3")
	pipe.Incr(t.Context(), key("seatver", n.season))
	_, err := pipe.Exec(t.Context())
	n.must(err)
	n.tickOnce()
	if n.peek("ann") != Turn || n.peek("bob") != Waiting {
		t.Fatalf("the seat costs 59.00 now: ann is %s, bob is %s", n.peek("ann"), n.peek("bob"))
	}
	n.wantClean()
}

// TestAWishSurvivesTheLossOfRedis: a place brings its wish back, and so does the node that
// the user is connected to.
func TestAWishSurvivesTheLossOfRedis(t *testing.T) {
	lossy(t, func(t *testing.T, h *fixture) {
		set := plain(3)
		set.Returns = true
		options := func(o *Options) {
			o.Gather = 300 * time.Millisecond
			o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
			o.BeforeEpoch = func(ctx context.Context, season string, _ int64) error { return setHouse(ctx, h.stores.Redis, season) }
		}
		n := h.running(options)
		n.house(3)
		n.join("ann")
		place := n.wishes("ann", twoBox).Place()
		n.join("bob")
		n.open("bob")
		n.wishes("bob", balcony)
		forged := n.join("cat")
		if _, err := n.Join(t.Context(), h.season, "cat", place); !fault.Is(err, fault.InvalidRequest) || forged.Wish != nil {
			t.Fatalf("the place of another user: %v", err)
		}
		h.loseEverything()
		st, err := n.Join(t.Context(), h.season, "ann", place)
		n.must(err)
		if st.Number != 1 || st.Wish == nil || st.Wish.Seats != 2 || st.Wish.UpTo != 9000 || len(st.Wish.Categories) != 1 {
			t.Fatalf("ann brings the place with its wish: %+v %+v", st, st.Wish)
		}
		testkit.Eventually(t, 10*time.Second, "the node brings bob's place and wish back", func() bool {
			a, err := n.Queue.season(h.season).look.Do(t.Context(), question{user: "bob"})
			return err == nil && a.state.Number == 2 && a.state.Wish == balcony.text() && a.state.State == Waiting
		})
		n.returned(2)
		n.SeatsFreed(h.season)
		testkit.Eventually(t, 10*time.Second, "the seat is for bob", func() bool { return n.peek("bob") == Turn })
		if n.peek("ann") != Waiting {
			t.Fatal("ann wants two other seats")
		}
		n.wantClean()
	})
}

// TestUsersWithWishesOfADeadNodeArePassedOver: the node's users are absent, and the order
// of the others goes on.
func TestUsersWithWishesOfADeadNodeArePassedOver(t *testing.T) {
	n, c, _ := still(t, 3)
	n.house(3)
	dead := newFixture(t, "redis://"+c.redis.Addr())
	dead.season = n.season
	other := dead.node(func(o *Options) { o.Node = "dead" })
	other.tickOnce()
	other.join("ann")
	other.open("ann")
	other.wishes("ann", balcony)
	n.tickOnce()
	n.join("bob")
	n.open("bob")
	n.wishes("bob", balcony)
	for range 5 { // its heartbeat stops, this node's goes on
		c.advance(time.Second)
		n.tickOnce()
	}
	n.returned(0)
	n.tickOnce()
	if n.peek("ann") != Waiting || n.peek("bob") != Turn {
		t.Fatalf("ann is %s, bob is %s", n.peek("ann"), n.peek("bob"))
	}
	n.wantClean()
}
