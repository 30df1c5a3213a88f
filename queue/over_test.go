package queue

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// TestTheLineOfACancelledEventEndsOnEveryNode: who waits, who has a turn and who is inside
// lose their places and are told over their sockets on both nodes; no user joins, brings a
// place back or gets a turn any more.
func TestTheLineOfACancelledEventEndsOnEveryNode(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		nodes := []*node{h.running(), h.running()}
		set := plain(2)
		nodes[0].configure(set)
		inside, turn := "inside", "turn"
		if st := nodes[0].join(inside); st.State != Active {
			t.Fatalf("inside: %+v", st)
		}
		nodes[1].join("leaver")
		nodes[1].join(turn)
		users := []string{inside, turn}
		for i := range 6 {
			users = append(users, fmt.Sprintf("fan-%d", i))
			nodes[i%2].join(users[i+2])
		}
		place := nodes[0].status("fan-0").Place()
		away := nodes[0].join("away") // has no socket
		for i, user := range users {
			nodes[i%2].open(user)
		}
		nodes[0].leaveAs("leaver")
		nodes[1].wantEvent(turn, TurnCame, 5*time.Second)

		set.Revision, set.Over, set.ActiveLimit = 2, true, 9
		nodes[1].configure(set)
		for i, user := range users {
			if e := nodes[i%2].wantEvent(user, Lapsed, 10*time.Second); e.Reason != SeasonClosed || e.Status.State != None {
				t.Errorf("%s is told %+v", user, e)
			}
		}
		testkit.Eventually(t, 10*time.Second, "the line is empty", func() bool {
			st := nodes[0].status("")
			return st.Waiting == 0 && st.Active == 0
		})
		if away.State != Waiting || nodes[1].state("away") != None || nodes[1].reason("away") != SeasonClosed {
			t.Errorf("who was away: %+v, now %s (%s)", away, nodes[1].state("away"), nodes[1].reason("away"))
		}
		for user, brought := range map[string]string{"new": "", "fan-0": place} {
			if _, err := nodes[0].Join(t.Context(), h.season, user, brought); !fault.Is(err, fault.SeasonClosed) {
				t.Errorf("%s joins: %v", user, err)
			}
		}
		if n := len(nodes[0].eventsOf("fan-0", TurnCame)) + len(nodes[1].eventsOf("fan-1", TurnCame)); n != 0 {
			t.Errorf("%d turns were given", n)
		}
		nodes[0].wantClean()
	})
}

// TestALongLineEndsInPortions, and a season that is over stays so.
func TestALongLineEndsInPortions(t *testing.T) {
	n, c, set := still(t, 1)
	const fans = 1500
	n.join("inside")
	for i := range fans {
		n.join(fmt.Sprint("fan-", i))
	}
	set.Revision, set.Over = 2, true
	n.configure(set)
	st := n.status("")
	if st.Active != 0 || st.Waiting != fans-1000 {
		t.Fatalf("after the first portion: %+v", st)
	}
	if st := n.join("fan-1400"); st.State != Waiting {
		t.Errorf("who is not reached yet: %+v", st)
	}
	set.Revision, set.Over, set.Paused = 3, false, true // an older program knows no end
	n.configure(set)
	c.advance(time.Second)
	n.tickOnce()
	if st := n.status(""); st.Waiting != 0 {
		t.Errorf("after the second portion: %+v", st)
	}
	n.wantClean()
}

// TestAGatheringForADrawEnds without a draw when the event is cancelled before the opening.
func TestAGatheringForADrawEnds(t *testing.T) {
	n, c, set := still(t, 1)
	set.Revision, set.OpensAt = 2, c.now.Add(time.Hour)
	n.configure(set)
	if st := n.join("ann"); st.State != Gathering {
		t.Fatalf("ann: %+v", st)
	}
	set.Revision, set.Over, set.OpensAt, set.ClosesAt = 3, true, time.Time{}, c.now
	n.configure(set)
	c.advance(time.Second)
	n.tickOnce()
	if st := n.status("ann"); st.State != None || n.reason("ann") != SeasonClosed {
		t.Errorf("ann: %+v (%s)", st, n.reason("ann"))
	}
	if _, err := n.Join(t.Context(), n.season, "bob", ""); !fault.Is(err, fault.SeasonClosed) {
		t.Errorf("bob: %v", err)
	}
	n.wantClean()
}
