package queue

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/testkit"
)

func TestAnEmptiedRedisIsRebuiltFromThePlacesFansBring(t *testing.T) {
	lossy(t, func(t *testing.T, h *fixture) {
		set := plain(1)
		var rebuilt atomic.Int64
		options := func(o *Options) {
			o.Gather = 2500 * time.Millisecond
			o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
			o.BeforeEpoch = func(_ context.Context, _ string, epoch int64) error {
				rebuilt.Store(epoch)
				return nil
			}
		}
		n := h.node(options)
		n.join("ann")
		if rebuilt.Load() != 1 {
			t.Fatalf("BeforeEpoch was called with epoch %d", rebuilt.Load())
		}
		places := map[string]string{}
		numbers := map[string]int64{}
		for _, user := range []string{"bob", "cat", "dan", "eve"} {
			st := n.join(user)
			places[user], numbers[user] = st.Place(), st.Number
		}
		// bob's turn comes and is taken: his place is spent.
		n.leaveAs("ann")
		n.enterAs("bob")

		h.loseEverything()
		if st := n.status("cat"); st.State != None || st.Epoch != 2 || st.Limit != 1 {
			t.Fatalf("the data is lost, the settings are there: %+v", st)
		}
		if rebuilt.Load() != 2 {
			t.Fatalf("BeforeEpoch was called with epoch %d", rebuilt.Load())
		}
		newcomer := n.join("fay")
		if newcomer.State != Gathering || newcomer.Number < segmentSize || newcomer.Position != 0 {
			t.Fatalf("no user may be admitted while the line gathers: %+v", newcomer)
		}
		// They come in another order, and each twice.
		for _, user := range []string{"dan", "eve", "cat", "dan", "bob"} {
			st, err := n.Join(t.Context(), h.season, user, places[user])
			if err != nil {
				t.Fatal(err)
			}
			if user == "bob" {
				if st.Number < segmentSize {
					t.Fatalf("bob's place is spent, yet he has %d again", st.Number)
				}
			} else if st.State != Gathering || st.Number != numbers[user] || st.Place() != places[user] {
				t.Fatalf("%s: %+v, want number %d and the same place", user, st, numbers[user])
			}
		}
		testkit.Eventually(t, 5*time.Second, "the gathering ends", func() bool { return n.state("fay") == Waiting })
		for _, user := range []string{"cat", "dan", "eve", "fay", "bob"} {
			if got := n.state(user); got != Turn {
				t.Fatalf("%s is next in the old order, but is %s", user, got)
			}
			n.enterAs(user)
			n.leaveAs(user)
		}
		n.wantClean()

		// A user who was admitted with a place cannot use it again, even in a
		// third life.
		h.loseEverything()
		if st, err := n.Join(t.Context(), h.season, "cat", places["cat"]); err != nil || st.Number < 2*segmentSize {
			t.Fatalf("cat: %+v %v", st, err)
		}
	})
}

func TestAPlaceBroughtBackLateGoesStraightInAndIsSpent(t *testing.T) {
	lossy(t, func(t *testing.T, h *fixture) {
		set := plain(1)
		n := h.node(func(o *Options) {
			o.Gather = time.Millisecond
			o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
		})
		n.join("ann")
		place := n.join("bob").Place()
		h.loseEverything()
		testkit.Eventually(t, 2*time.Second, "the gathering ends", func() bool { return n.status("").OpensAt.IsZero() })
		st, err := n.Join(t.Context(), h.season, "bob", place)
		if err != nil || st.State != Active {
			t.Fatalf("there is room and no user waits: %+v %v", st, err)
		}
		n.leaveAs("bob")
		if st, err = n.Join(t.Context(), h.season, "ann", ""); err != nil || st.State != Active {
			t.Fatalf("ann: %+v %v", st, err)
		}
		if st, err = n.Join(t.Context(), h.season, "bob", place); err != nil || st.Number < segmentSize {
			t.Fatalf("the place is spent: %+v %v", st, err)
		}
	})
}

func TestAPlaceIsRefusedUnlessItIsOnesOwn(t *testing.T) {
	h := newFixture(t, "")
	n := h.node()
	n.configure(plain(1))
	n.join("ann")
	place := n.join("bob").Place()
	stranger, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	forged, err := newPlaceBook(stranger).sign(h.season, userState{User: "cat", Number: 1, Joined: 1, Origin: 1})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := newPlaceBook(h.ring).sign("another", userState{User: "cat", Number: 1, Joined: 1, Origin: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, place := range map[string]string{
		"another user's": place, "signed by a stranger": forged, "of another season": elsewhere, "nonsense": "x.y.z",
	} {
		if _, err := n.Join(t.Context(), h.season, "cat", place); !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if st, err := n.Join(t.Context(), h.season, "bob", place); err != nil || st.Position != 1 {
		t.Errorf("one's own of this epoch changes nothing: %+v %v", st, err)
	}
}

func TestFansOnOpenSocketsKeepTheirPlacesThroughAnEmptiedRedis(t *testing.T) {
	lossy(t, func(t *testing.T, h *fixture) {
		set := plain(1)
		options := func(o *Options) {
			o.Gather = 2500 * time.Millisecond
			o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
		}
		one, two := h.running(options), h.running(options)
		one.join("ann")
		numbers := map[string]int64{}
		for i := range 6 {
			n, user := []*node{one, two}[i%2], fmt.Sprintf("fan-%d", i)
			numbers[user] = n.join(user).Number
			n.open(user)
		}
		testkit.Eventually(t, 5*time.Second, "both nodes mirror the line", func() bool {
			return one.Queue.season(h.season).resumedIn() == 1 && two.Queue.season(h.season).resumedIn() == 1
		})
		h.loseEverything()
		for i := range 6 {
			n, user := []*node{one, two}[i%2], fmt.Sprintf("fan-%d", i)
			testkit.Eventually(t, 5*time.Second, user+" gathers again", func() bool {
				events := n.eventsOf(user, Changed)
				return len(events) > 0 && events[len(events)-1].Status.State == Gathering
			})
			for _, e := range n.eventsOf(user, Changed) {
				if e.Status.State == None || e.Status.Number != numbers[user] && e.Status.State != Turn {
					t.Errorf("%s was sent %+v", user, e.Status)
				}
			}
		}
		for i := range 6 {
			n, user := []*node{one, two}[i%2], fmt.Sprintf("fan-%d", i)
			n.wantEvent(user, TurnCame, 6*time.Second)
			n.enterAs(user)
			n.leaveAs(user)
		}
	})
}

func TestANumberThatCouldBeDrawnStillCannotBeBroughtIn(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		n := newFixture(t, redisURL).node()
		n.join("ann")
		if _, err := n.Queue.season(n.season).call(t.Context(), joinScript, "cat", "50 1 1"); err != nil {
			t.Fatal(err)
		}
		if st := n.status("cat"); st.Number != 2 {
			t.Fatalf("cat: %+v", st)
		}
	})
}

func TestATurnNotYetTakenSurvivesAnEmptiedRedis(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.node(func(o *Options) {
		o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
	})
	n.join("ann")
	n.join("bob")
	n.open("bob")
	n.tickOnce()
	n.leaveAs("ann")
	h.loseEverything()
	n.tickOnce()
	n.join("cat")
	c.advance(time.Minute)
	n.tickOnce()
	if n.state("bob") != Turn || n.state("cat") != Waiting {
		t.Fatalf("bob had the turn: %s; cat came later: %s", n.state("bob"), n.state("cat"))
	}
}

func TestABroughtPlaceTakesNoTurnThatComesLater(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.node(func(o *Options) {
		o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
	})
	n.join("ann")
	place := n.join("bob").Place()
	h.loseEverything()
	c.advance(-time.Hour) // and the new Redis has another clock
	for range 2 {
		if _, err := n.Join(t.Context(), h.season, "bob", place); err != nil {
			t.Fatal(err)
		}
	}
	if bob, cat := n.status("bob"), n.join("cat"); bob.State != Gathering || cat.State != Gathering {
		t.Fatalf("%+v %+v", bob, cat)
	}
	c.advance(time.Minute)
	n.tickOnce()
	if st, err := n.Join(t.Context(), h.season, "bob", place); err != nil || st.State != Turn {
		t.Fatalf("repeating a join takes no turn: %+v %v", st, err)
	}
	if st := n.status("cat"); st.Position != 1 {
		t.Fatalf("cat: %+v", st)
	}
	rows, _, err := n.Line(t.Context(), h.season, "", 10)
	if err != nil || len(rows) != 1 || !rows[0].JoinedAt.After(c.now) {
		t.Fatalf("times of joining rise: %+v %v", rows, err)
	}
}

func TestAPlaceIsHonouredAfterJoiningWithoutIt(t *testing.T) {
	lossy(t, func(t *testing.T, h *fixture) {
		n := h.node(func(o *Options) {
			o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
			o.Gather = time.Hour
		})
		n.join("ann")
		before := n.join("bob")
		h.loseEverything()
		n.join("cat")
		if st := n.join("bob"); st.Number == before.Number {
			t.Fatalf("bob brought nothing: %+v", st)
		}
		set := plain(1)
		set.Revision, set.ClosesAt = 2, time.UnixMilli(1)
		n.configure(set)
		if st, err := n.Join(t.Context(), h.season, "bob", before.Place()); err != nil || st.State != Gathering {
			t.Fatalf("after the close bob stays where he is: %+v %v", st, err)
		}
		set.Revision, set.ClosesAt = 3, time.Time{}
		n.configure(set)
		for range 2 {
			st, err := n.Join(t.Context(), h.season, "bob", before.Place())
			if err != nil || st.Number != before.Number || st.Place() != before.Place() || st.Waiting != 2 {
				t.Fatalf("bob: %+v %v", st, err)
			}
		}
		n.wantClean()
	})
}
