package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/draw"
	"usher/internal/testkit"
)

// opening are settings of a sale that opens after some time, one fan at a time.
func opening(at time.Time) Settings {
	set := plain(1)
	set.OpensAt = at
	return set
}

func ids(n int) []string {
	users := make([]string, n)
	for i := range users {
		users[i] = fmt.Sprintf("%024x", i)
	}
	return users
}

// held returns the season's draw, which must have been held.
func (n *node) held() *HeldDraw {
	n.t.Helper()
	n.Queue.season(n.season).draws.asked = time.Time{}
	h, err := n.HeldDraw(n.t.Context(), n.season, 1)
	n.must(err)
	if h == nil {
		n.t.Fatal("the draw was not held")
	}
	if draw.Commit(h.Seed) != h.Commitment {
		n.t.Error("the seed is not the one committed to")
	}
	return h
}

// committed returns the public part of the season's draw.
func (n *node) committed() *Draw {
	n.t.Helper()
	n.Queue.season(n.season).draws.asked = time.Time{}
	d, err := n.firstDraw()
	n.must(err)
	if d == nil {
		n.t.Fatal("the season is not committed to a draw")
	}
	return d
}

// firstDraw is the public part of the season's draw; nil for none.
func (n *node) firstDraw() (*Draw, error) {
	draws, err := n.Draws(n.t.Context(), n.season)
	if err != nil || len(draws) == 0 {
		return nil, err
	}
	return &draws[0], nil
}

// line is who waits, in order.
func (n *node) line() []Row {
	n.t.Helper()
	rows, _, err := n.Line(n.t.Context(), n.season, "", 0)
	n.must(err)
	return rows
}

// wantDrawn checks the whole line: the gathered by their marks, each once, then
// the late in the order they came.
func (n *node) wantDrawn(gathered, late []string, opened time.Time) {
	n.t.Helper()
	h := n.held()
	if h.Frozen.Gathered != draw.Hash(gathered) {
		n.t.Error("the hash is not that of the gathered")
	}
	want, marks := draw.Order(h.key, gathered)
	if !slices.Equal(marks, h.Marks) {
		n.t.Error("the marks are not those of the gathered")
	}
	rows := n.line()
	for i, user := range slices.Concat(want, late) {
		if i >= len(rows) || rows[i].User != user || rows[i].Position != i+1 || i > 0 && rows[i].Number <= rows[i-1].Number {
			n.t.Fatalf("position %d must be %s's: %+v", i+1, user, rows)
		}
		if drawn := opened.Add(time.Duration(i+1) * time.Microsecond); i < len(want) && !rows[i].JoinedAt.Equal(drawn) {
			n.t.Errorf("rank %d has joined at %v, want %v", i+1, rows[i].JoinedAt, drawn)
		}
		if st := n.status(user); st.State != Waiting || st.Position != i+1 || st.Number != rows[i].Number {
			n.t.Errorf("%s: %+v", user, st)
		}
	}
	if len(rows) != len(gathered)+len(late) {
		n.t.Errorf("%d wait, want %d", len(rows), len(gathered)+len(late))
	}
	n.wantClean()
	found, err := n.AuditDraw(n.t.Context(), n.season)
	n.must(err)
	if len(found) > 0 {
		n.t.Error("audit of the draw:", strings.Join(found, "; "))
	}
}

// paused stops admission, so that the whole line can be looked at.
func paused(set Settings) Settings { set.Paused = true; return set }

func TestTheOrderOfAScheduledOpeningIsDrawn(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		one, two := h.running(), h.running()
		set := opening(time.Now().Add(time.Hour))
		one.configure(set)
		committed, err := one.firstDraw()
		if err != nil || committed == nil || committed.Held || len(committed.Commitment) != 64 {
			t.Fatalf("the commitment is published at once: %+v %v", committed, err)
		}
		gathered := ids(40)
		for i, user := range gathered {
			n := []*node{one, two}[i%2]
			n.join(user)
			n.open(user)
			if st := n.status(user); st.State != Gathering || st.Position != 0 {
				t.Fatalf("before the opening: %+v", st)
			}
		}
		set.Revision, set.OpensAt = 2, time.Now().Truncate(time.Millisecond)
		one.configure(set)
		testkit.Eventually(t, 10*time.Second, "the line opens", func() bool { return one.status("").OpensAt.IsZero() && one.figures(t).Turns == 1 })
		order, _ := draw.Order(two.held().key, gathered)
		for i, user := range order {
			n := []*node{one, two}[slices.Index(gathered, user)%2]
			if i == 0 {
				n.wantEvent(user, TurnCame, 5*time.Second)
				continue
			}
			e := n.wantEvent(user, Changed, 5*time.Second)
			testkit.Eventually(t, 5*time.Second, user+" gets the place drawn", func() bool {
				events := n.eventsOf(user, Changed)
				e = events[len(events)-1]
				return e.Status.State == Waiting
			})
			if e.Status.Position != i {
				t.Errorf("rank %d is shown position %d", i+1, e.Status.Position)
			}
		}
		one.wantClean()
	})
}

// figures is Live that must not fail.
func (n *node) figures(t *testing.T) Live {
	live, err := n.Live(t.Context(), n.season)
	n.must(err)
	return live
}

func TestACommitmentStandsWhateverBecomesOfTheOpening(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		set := opening(time.Now().Add(time.Hour))
		var all sync.WaitGroup
		nodes := []*node{h.node(), h.node(), h.node()}
		for _, n := range nodes {
			all.Go(func() {
				if err := n.Configure(context.Background(), h.season, set); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		first, err := nodes[0].firstDraw()
		nodes[0].must(err)
		set.Revision, set.OpensAt = 2, set.OpensAt.Add(time.Hour)
		nodes[1].configure(set)
		set.Revision, set.OpensAt = 3, time.Time{} // open now: the draw is held now
		nodes[2].configure(set)
		for i, n := range append(nodes, h.node()) {
			d, err := n.firstDraw()
			n.must(err)
			if d.Commitment != first.Commitment || !d.CommittedAt.Equal(first.CommittedAt) {
				t.Errorf("node %d: %+v, want %+v", i, d, first)
			}
		}
		nodes[0].tickOnce()
		nodes[0].tickOnce()
		if st := nodes[1].join("ann"); st.State != Active {
			t.Errorf("an opening without anybody: %+v", st)
		}
	})
}

func TestALineThatWaitsByArrivalIsNotDrawn(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		n.configure(plain(1))
		n.join("ann")
		n.join("bob")
		set := opening(time.Now().Add(time.Hour))
		set.Revision = 2
		n.configure(set)
		if d, err := n.firstDraw(); err != nil || d != nil {
			t.Errorf("%+v %v", d, err)
		}
		set.Revision, set.OpensAt = 3, time.Time{}
		n.configure(set)
		if st := n.status("bob"); st.State != Waiting || st.Position != 1 || st.Number != 2 {
			t.Errorf("bob: %+v", st)
		}
	})
}

// errCrash is a node that dies.
var errCrash = errors.New("crash")

func TestWhoGaveUpOrComesLateHasNothingOfTheDraw(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	set := opening(c.now.Add(time.Minute))
	n := h.node(func(o *Options) {
		o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
	})
	n.configure(set)
	ann, bob := n.join("ann"), n.join("bob")
	c.advance(time.Minute)
	cat := n.join("cat")
	n.leaveAs("ann")
	n.must(n.Queue.season(h.season).giveUpOnce(t.Context()))
	n.tickOnce()
	if st := n.status("cat"); st.State != Waiting || st.Number != cat.Number || st.Position != 1 {
		t.Fatalf("cat came late, bob has the turn: %+v", st)
	}
	n.held()
	h.loseEverything()
	for user, place := range map[string]string{"ann": ann.Place(), "bob": bob.Place()} {
		st, err := n.Join(t.Context(), h.season, user, place)
		n.must(err)
		if user == "ann" && st.Number < segmentSize || user == "bob" && st.Number >= segmentSize {
			t.Errorf("%s: %+v", user, st)
		}
	}
}

// record records who had gathered, as the first step of holding the draw.
func (n *node) recordDraw(t *testing.T) *drawFreeze {
	t.Helper()
	s := n.Queue.season(n.season)
	state, err := s.drawState(t.Context())
	n.must(err)
	d, err := s.recallOne(t.Context(), state.nth)
	n.must(err)
	f, err := s.recordGathered(t.Context(), state, d.commitment)
	n.must(err)
	return f
}

func TestTheSameGatheredAreKeptOnceWhateverOrderTheyAreReadIn(t *testing.T) {
	n := newFixture(t, "").node()
	users := ids(portionSize + 10)
	var one, two drawFreeze
	one.Season, two.Season = n.season, n.season
	n.must(n.ledger.keepGathered(t.Context(), &one, users[:20])) // of others
	one.Portions = 0
	n.must(n.ledger.keepGathered(t.Context(), &one, users))
	_, err := n.ledger.draws.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: one.portion(1)}}) // as by a node that died
	n.must(err)
	slices.Reverse(users)
	n.must(n.ledger.keepGathered(t.Context(), &two, users))
	if one != two {
		t.Errorf("%+v %+v", one, two)
	}
	kept, err := n.ledger.gathered(t.Context(), &two)
	n.must(err)
	if len(kept) != len(users) || !slices.IsSorted(kept) {
		t.Errorf("%d are kept", len(kept))
	}
	_, err = n.ledger.draws.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: one.portion(1)}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "users", Value: strings.Join(kept[portionSize+1:], "\n")}}}})
	n.must(err)
	if _, err := n.ledger.gathered(t.Context(), &two); err == nil {
		t.Error("an id that was taken out of the ledger is not missed")
	}
}

// TestWhoIsNotInTheRecordStandsBehindTheDrawn: Redis has a user before the
// freeze who is not in what the ledger has recorded, as after a loss in which a
// leaver came back to life.
func TestWhoIsNotInTheRecordStandsBehindTheDrawn(t *testing.T) {
	lossy(t, func(t *testing.T, h *fixture) {
		set := paused(opening(time.Now().Add(time.Hour)))
		n := h.node(func(o *Options) {
			o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
		})
		n.configure(set)
		gathered := ids(5)
		places := map[string]string{}
		for _, user := range append(gathered, "leaver") {
			places[user] = n.join(user).Place()
		}
		set.Revision, set.OpensAt = 2, time.Now().Truncate(time.Millisecond)
		n.configure(set)
		s := n.Queue.season(h.season)
		state, err := s.drawState(t.Context())
		n.must(err)
		f := drawFreeze{Season: h.season, Epoch: state.epoch, Last: state.last, Opening: state.opening, Note: noBeacon, At: time.Now()}
		n.must(n.ledger.keepGathered(t.Context(), &f, gathered))
		_, err = n.ledger.freeze(t.Context(), f)
		n.must(err)
		n.must(s.holdDrawNow(t.Context()))
		for _, user := range []string{"leaver", gathered[4], gathered[0], gathered[2], gathered[3], gathered[1]} {
			if _, err := n.Join(t.Context(), h.season, user, places[user]); err != nil {
				t.Fatal(err)
			}
		}
		testkit.Eventually(t, 10*time.Second, "the line stands", func() bool {
			n.tickOnce()
			return n.state("leaver") == Waiting
		})
		n.wantDrawn(gathered, []string{"leaver"}, set.OpensAt)
	})
}
