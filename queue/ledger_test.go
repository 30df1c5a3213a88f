package queue

import (
	"context"
	"testing"
	"time"
)

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
			h := newFixture(t, "redis://"+c.redis.Addr())
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
			h := newFixture(t, "")
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

func TestGivenUpNumbersMayBeRecordedTwice(t *testing.T) {
	n := newFixture(t, "").node()
	ann, bob := userState{User: "ann", Origin: 1, Number: 7}, userState{User: "bob", Origin: 1, Number: 8}
	n.must(n.ledger.giveUp(t.Context(), n.season, []userState{ann}))
	n.must(n.ledger.giveUp(t.Context(), n.season, []userState{ann, bob}))
	for number, want := range map[int64]bool{7: true, 8: true, 9: false} {
		if got, err := n.ledger.spent(t.Context(), n.season, userState{Number: number, Origin: 1}); err != nil || got != want {
			t.Errorf("number %d spent: %v, %v", number, got, err)
		}
	}
}

func TestTheLedgerSaysOfManyWhichAreUnspent(t *testing.T) {
	n := newFixture(t, "").node()
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
