package queue

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/testkit"
)

// lossy runs a test on Redises of its own, which it may empty.
func lossy(t *testing.T, test func(t *testing.T, h *house)) {
	t.Run("embedded redis", func(t *testing.T) {
		t.Parallel()
		test(t, newHouse(t, "redis://"+miniredis.RunT(t).Addr()))
	})
	t.Run("redis-server", func(t *testing.T) {
		t.Parallel()
		server := testkit.StartRedis(t, t.TempDir())
		t.Cleanup(server.Kill)
		test(t, newHouse(t, server.URL))
	})
}

func (h *house) loseEverything() {
	h.t.Helper()
	if err := h.stores.Redis.FlushAll(h.t.Context()).Err(); err != nil {
		h.t.Fatal(err)
	}
}

// endGathering lets a line that gathers after a loss stand from now on. Until then
// it gathers as long as the node's options say: a minute, where a test must know
// that everybody is back first.
func (h *house) endGathering() {
	h.t.Helper()
	if err := h.stores.Redis.HSet(h.t.Context(), "line:{"+h.season+"}", "gatherUntil", 1).Err(); err != nil {
		h.t.Fatal(err)
	}
}

func TestAnEmptiedRedisIsRebuiltFromThePlacesFansBring(t *testing.T) {
	lossy(t, func(t *testing.T, h *house) {
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
	lossy(t, func(t *testing.T, h *house) {
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
	h := newHouse(t, "")
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
	lossy(t, func(t *testing.T, h *house) {
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

func TestManyNodesOpenOneEpoch(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHouse(t, redisURL)
		states := make(chan Status, 12)
		for range 12 {
			n := h.node()
			go func() {
				st, err := n.Join(context.Background(), h.season, n.o.Node, "")
				if err != nil {
					t.Error(err)
				}
				states <- st
			}()
		}
		seen := map[int64]bool{}
		for range 12 {
			st := <-states
			if st.Epoch != 1 || seen[st.Number] {
				t.Errorf("epoch %d, number %d", st.Epoch, st.Number)
			}
			seen[st.Number] = true
		}
	})
}

func TestAnOpeningThatFailsIsTriedAgain(t *testing.T) {
	h := newHouse(t, "")
	broken := true
	n := h.node(func(o *Options) {
		o.BeforeEpoch = func(context.Context, string, int64) error {
			if broken {
				return fault.Wrap(fault.Unavailable, errors.New("no"), "not now")
			}
			return nil
		}
	})
	if _, err := n.Join(t.Context(), h.season, "ann", ""); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("%v", err)
	}
	if h.stores.Redis.Exists(t.Context(), key("epoch", h.season)).Val() != 0 {
		t.Fatal("the epoch key is set last")
	}
	broken = false
	n.join("ann")
}

func TestOpeningAnOpenSeasonChangesNothing(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHouse(t, redisURL)
		n := h.node()
		n.join("ann")
		s := n.Queue.season(h.season)
		for range 2 {
			raw, err := openScript.Run(t.Context(), h.stores.Redis, s.keys, anyEpoch, newsChannel(h.season), 9, 99, 999, 0).Slice()
			if err != nil || whole(raw[1]) != 1 {
				t.Fatalf("%v %v", raw, err)
			}
		}
		if st := n.status("ann"); st.Number != 1 || st.Epoch != 1 {
			t.Fatalf("%+v", st)
		}
	})
}

func TestARedisThatLostItsLatestStartsANewEpoch(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHouse(t, redisURL)
		n := h.node(func(o *Options) {
			o.Gather = time.Millisecond
			o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
		})
		n.join("ann")
		number := n.join("bob").Number
		n.open("bob")
		n.tickOnce()
		n.tickOnce()
		// Redis comes back without its last second.
		if err := h.stores.Redis.HIncrBy(t.Context(), key("line", h.season), "version", -1).Err(); err != nil {
			t.Fatal(err)
		}
		n.tickOnce() // notices, and opens
		n.tickOnce() // brings back
		st := n.status("bob")
		if st.Epoch != 2 || st.Number != number && st.State != Turn {
			t.Fatalf("bob: %+v", st)
		}
		n.wantClean()
	})
}

func TestANumberThatCouldBeDrawnStillCannotBeBroughtIn(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		n := newHouse(t, redisURL).node()
		n.join("ann")
		if _, err := n.Queue.season(n.season).call(t.Context(), joinScript, "cat", "50 1 1"); err != nil {
			t.Fatal(err)
		}
		if st := n.status("cat"); st.Number != 2 {
			t.Fatalf("cat: %+v", st)
		}
	})
}

func TestALossIsNoticedBeforeTheLineHasGoneOnPastIt(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHouse(t, redisURL)
		n := h.node(func(o *Options) { o.Gather = time.Millisecond })
		n.configure(plain(1))
		n.join("ann")
		n.join("bob")
		if err := h.stores.Redis.HIncrBy(t.Context(), key("line", h.season), "version", -2).Err(); err != nil {
			t.Fatal(err)
		}
		if st := n.join("cat"); st.Epoch != 2 { // no tick between the loss and the next change
			t.Fatalf("cat: %+v", st)
		}
	})
}

func TestATurnNotYetTakenSurvivesAnEmptiedRedis(t *testing.T) {
	c := newClock(t)
	h := newHouse(t, "redis://"+c.redis.Addr())
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
	h := newHouse(t, "redis://"+c.redis.Addr())
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

func TestAPlaceGivenUpCannotBeBroughtBack(t *testing.T) {
	for name, giveUp := range map[string]func(n *node, c *clock){
		"left the line": func(n *node, _ *clock) { n.leaveAs("bob") },
		"left the turn": func(n *node, _ *clock) { n.leaveAs("ann"); n.leaveAs("bob") },
		"missed the turn": func(n *node, c *clock) {
			n.leaveAs("ann")
			c.advance(time.Minute)
			n.tickOnce()
		},
		"forgotten": func(n *node, c *clock) {
			set := plain(1)
			set.Revision, set.Paused = 2, true
			n.configure(set)
			c.advance(3 * time.Hour)
			n.tickOnce()
			c.advance(3 * time.Hour)
			n.tickOnce()
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock(t)
			h := newHouse(t, "redis://"+c.redis.Addr())
			set := plain(1)
			set.TurnWindow = time.Minute
			n := h.node(func(o *Options) {
				o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
			})
			n.join("ann")
			bob, cat := n.join("bob"), n.join("cat")
			n.open("cat")
			giveUp(n, c)
			if st := n.state("bob"); st != None {
				t.Fatalf("bob is %s", st)
			}
			s := n.Queue.season(h.season)
			for range 2 {
				n.must(s.giveUpOnce(t.Context()))
			}
			if left := h.stores.Redis.SCard(t.Context(), keysOf(h.season)[keyGivenUp]).Val(); left != 0 {
				t.Errorf("%d wait for the ledger", left)
			}
			h.loseEverything()
			st, err := n.Join(t.Context(), h.season, "bob", bob.Place())
			if err != nil || st.Number < segmentSize {
				t.Errorf("bob gave %d up and has %d: %v", bob.Number, st.Number, err)
			}
			st, err = n.Join(t.Context(), h.season, "cat", cat.Place())
			if err != nil || st.Number != cat.Number {
				t.Errorf("cat gave nothing up: %+v %v", st, err)
			}
		})
	}
}

// A number is noted in the ledger a moment after it was given up. Until then Redis
// alone knows, and the signed place is still in the fan's hands.
func TestAPlaceGivenUpAMomentAgoCannotBeBroughtBack(t *testing.T) {
	for name, giveUp := range map[string]func(n *node){
		"left the line": func(n *node) { n.leaveAs("bob") },
		"left the turn": func(n *node) { n.leaveAs("ann"); n.leaveAs("bob") },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, "")
			n := h.node(func(o *Options) {
				o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
			})
			ann, bob := n.join("ann"), n.join("bob")
			cat := n.join("cat")
			h.loseEverything()
			bring := func(user, place string) Status {
				t.Helper()
				st, err := n.Join(t.Context(), h.season, user, place)
				n.must(err)
				return st
			}
			bring("ann", ann.Place())
			if st := bring("bob", bob.Place()); st.Number != bob.Number {
				t.Fatalf("bob's place does not come back: %+v", st)
			}
			bring("cat", cat.Place())
			giveUp(n)
			if st := bring("bob", bob.Place()); st.Number == bob.Number {
				t.Errorf("bob gave %d up and has it again", bob.Number)
			}
			n.wantClean()
		})
	}
}

func TestTheLedgerIsToldTwiceOfWhatWasGivenUp(t *testing.T) {
	n := newHouse(t, "").node()
	ann, bob := userState{User: "ann", Origin: 1, Number: 7}, userState{User: "bob", Origin: 1, Number: 8}
	n.must(n.ledger.giveUp(t.Context(), n.season, []userState{ann}))
	n.must(n.ledger.giveUp(t.Context(), n.season, []userState{ann, bob}))
	for number, want := range map[int64]bool{7: true, 8: true, 9: false} {
		if got, err := n.ledger.spent(t.Context(), n.season, userState{Number: number, Origin: 1}); err != nil || got != want {
			t.Errorf("number %d spent: %v, %v", number, got, err)
		}
	}
}

func TestAPlaceIsHonouredAfterJoiningWithoutIt(t *testing.T) {
	lossy(t, func(t *testing.T, h *house) {
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

func TestTheLedgerSaysOfManyWhichAreUnspent(t *testing.T) {
	n := newHouse(t, "").node()
	var all []userState
	var spent []userState
	for i := range int64(50) {
		all = append(all, userState{Origin: 1, Number: i + 1})
		if i%3 == 0 {
			spent = append(spent, userState{User: "ann", Origin: 1, Number: i + 1})
		}
	}
	n.must(n.ledger.giveUp(t.Context(), n.season, spent))
	left, err := n.ledger.unspent(t.Context(), n.season, all)
	if err != nil || len(left) != 33 || left[0].Number != 2 || left[32].Number != 50 {
		t.Fatalf("%v %v", left, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if left, err := n.ledger.unspent(ctx, n.season, all); err == nil {
		t.Fatalf("who cannot be asked about is not unspent: %v", left)
	}
}

func TestARedisThatCameBackFromAnEarlierEpochStartsANewOne(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHouse(t, redisURL)
		n := h.node(func(o *Options) { o.Gather = time.Millisecond })
		n.configure(plain(1))
		n.join("ann")
		n.must(h.stores.Redis.Del(t.Context(), key("epoch", h.season)).Err())
		n.join("ann")
		// An old replica takes over: what was sent in epoch 2 is not in it.
		n.must(h.stores.Redis.Set(t.Context(), key("epoch", h.season), 1, 0).Err())
		if st := n.join("bob"); st.Epoch != 3 {
			t.Fatalf("bob: %+v", st)
		}
	})
}

// TestAnOpeningDuringWhichRedisLosesSomethingBeginsAnew: what the hook laid down
// must be there when the season is open.
func TestAnOpeningDuringWhichRedisLosesSomethingBeginsAnew(t *testing.T) {
	open := func(t *testing.T, h *house, lose func(mark string)) {
		hooks := 0
		n := h.node(func(o *Options) {
			o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
			o.BeforeEpoch = func(ctx context.Context, season string, _ int64) error {
				hooks++
				err := h.stores.Redis.Set(ctx, key("mark", season), 1, 0).Err()
				if hooks == 1 {
					lose(key("mark", season))
				}
				return err
			}
		})
		if st := n.join("ann"); st.State != Active && st.State != Gathering {
			t.Errorf("%+v", st)
		}
		if h.stores.Redis.Exists(t.Context(), key("mark", h.season)).Val() != 1 || hooks != 2 {
			t.Errorf("the season is open after %d calls of the hook, and what it laid down is gone", hooks)
		}
		if h.stores.Redis.Exists(t.Context(), key("openings", h.season)).Val() != 0 {
			t.Error("the notes of openings are still there")
		}
	}
	t.Run("everything", func(t *testing.T) {
		lossy(t, func(t *testing.T, h *house) { open(t, h, func(string) { h.loseEverything() }) })
	})
	t.Run("its latest, by a restart", func(t *testing.T) {
		server := testkit.StartRedis(t, t.TempDir())
		t.Cleanup(server.Kill)
		h := newHouse(t, server.URL)
		open(t, h, func(mark string) {
			server.Crash()
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			_ = h.stores.Redis.Del(t.Context(), mark).Err()
		})
	})
}

// TestAnEpochIsOpenedOnce repeats an opening after its epoch is over: its numbers
// have been drawn.
func TestAnEpochIsOpenedOnce(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHouse(t, redisURL)
		n := h.node()
		n.join("ann")
		n.must(h.stores.Redis.Del(t.Context(), key("epoch", h.season)).Err())
		s := n.Queue.season(h.season)
		raw, err := openScript.Run(t.Context(), h.stores.Redis, s.keys, anyEpoch, newsChannel(h.season), 1, 1, segmentSize-1, 0).Slice()
		if err != nil || text(raw[1]) != "" {
			t.Fatalf("opened again: %v %v", raw, err)
		}
	})
}
