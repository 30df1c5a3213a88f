package queue

import (
	"fmt"
	"testing"
	"time"
)

func TestWhatRunsOutSaysWhy(t *testing.T) {
	cases := map[string]struct {
		act    func(n *node, c *clock)
		reason Reason
	}{
		"a turn not taken, though the socket is open": {func(n *node, c *clock) {
			n.open("bob")
			n.leaveAs("ann")
			n.tickOnce()
			c.advance(time.Minute)
		}, TurnMissed},
		"a lease without a sign of life": {func(n *node, c *clock) {
			n.leaveAs("ann")
			n.enterAs("bob")
			c.advance(90 * time.Second)
		}, Idle},
		"a session at its hard end, though there is life": {func(n *node, c *clock) {
			n.leaveAs("ann")
			n.enterAs("bob")
			n.open("bob")
			n.tickOnce()
			for range 15 {
				c.advance(time.Minute)
				n.tickOnce()
			}
		}, SessionEnded},
		"an absent fan who does not come back": {func(n *node, c *clock) {
			c.advance(2 * time.Minute) // ann lapses too, but bob is away
			n.tickOnce()
			c.advance(15*time.Minute - time.Millisecond)
			n.tickOnce()
			if n.reason("bob") != "" {
				n.t.Error("forgotten too early")
			}
			c.advance(time.Millisecond)
		}, Absent},
		"a fan put out of the line": {func(n *node, _ *clock) {
			if _, err := n.Remove(n.t.Context(), n.season, "bob"); err != nil {
				n.t.Error(err)
			}
		}, Removed},
		"a fan put out of an active place": {func(n *node, _ *clock) {
			n.leaveAs("ann")
			n.enterAs("bob")
			if _, err := n.Remove(n.t.Context(), n.season, "bob"); err != nil {
				n.t.Error(err)
			}
		}, Removed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			n, c, _ := still(t, 1)
			n.join("ann")
			n.join("bob")
			tc.act(n, c)
			n.tickOnce()
			if got := n.reason("bob"); got != tc.reason {
				t.Fatalf("reason %q, want %q", got, tc.reason)
			}
			if st := n.state("bob"); st != None {
				t.Fatalf("state %s", st)
			}
			if n.join("bob"); n.reason("bob") != "" {
				t.Error("joining again forgets the reason")
			}
			n.wantClean()
		})
	}
}

func TestAnOpenSocketKeepsTheLease(t *testing.T) {
	n, c, _ := still(t, 1)
	n.join("ann")
	n.open("ann")
	n.tickOnce()
	for range 5 {
		c.advance(time.Minute)
		n.tickOnce()
	}
	if st := n.state("ann"); st != Active {
		t.Fatalf("after five minutes on an open socket: %s", st)
	}
}

func TestTheAbsentArePassedOverAndFirstAgainOnReturn(t *testing.T) {
	n, c, _ := still(t, 1)
	n.join("ann")
	bob, _ := n.open("bob")
	number := n.join("bob").Number
	n.open("cat")
	n.join("cat")
	n.open("dan")
	n.join("dan")
	n.tickOnce()
	n.Disconnect(n.season, "bob", bob)
	n.tickOnce()
	n.leaveAs("ann")
	if got := n.state("cat"); got != Turn {
		t.Fatalf("cat is offered the place, got %s", got)
	}
	if rows, _, err := n.Line(t.Context(), n.season, "", 10); err != nil || len(rows) != 2 || rows[0].User != "bob" || rows[0].Present {
		t.Fatalf("bob keeps the place in line: %+v %v", rows, err)
	}
	_, st := n.open("bob")
	if st.State != Waiting || st.Position != 1 || st.Number != number {
		t.Fatalf("bob is first again: %+v", st)
	}
	n.leaveAs("cat")
	if got := n.state("bob"); got != Turn {
		t.Fatalf("bob's turn, got %s", got)
	}
	c.advance(time.Second)
	n.wantClean()
}

func TestARequestIsPresenceForAWhile(t *testing.T) {
	n, c, _ := still(t, 1)
	n.join("ann")
	n.open("ann")
	n.tickOnce()
	n.join("bob")
	n.join("cat")
	for range 2 {
		c.advance(time.Minute)
		n.status("cat")
		n.tickOnce()
	}
	n.leaveAs("ann")
	if n.state("cat") != Turn {
		t.Error("cat asked in time and is there; bob is passed over")
	}
	if n.state("bob") != Waiting {
		t.Error("bob keeps the place")
	}
}

func TestALeaseOutlivesATimeInWhichNoNodeWasThere(t *testing.T) {
	n, c, set := still(t, 2)
	n.join("ann")
	n.open("ann")
	n.join("bob")
	n.tickOnce()
	c.advance(set.Lease + time.Second) // no tick came through
	if got := n.state("bob"); got != Active {
		t.Fatalf("no node was there for bob: %s", got)
	}
	if st := n.status("ann"); st.State != Active || st.Deadline.Sub(st.Now) != set.Lease {
		t.Fatalf("ann: %+v", st)
	}
	for range int(set.Lease / time.Second) {
		n.tickOnce()
		c.advance(time.Second)
	}
	if n.tickOnce(); n.state("bob") != None || n.reason("bob") != Idle {
		t.Fatalf("bob has no socket and gave no sign: %s, %s", n.state("bob"), n.reason("bob"))
	}
	c.advance(set.Session)
	if n.state("ann") != None || n.reason("ann") != SessionEnded {
		t.Fatalf("the session's end is hard: %s, %s", n.state("ann"), n.reason("ann"))
	}
}

func TestALeaseEndsWithTheSession(t *testing.T) {
	n, c, set := still(t, 1)
	end := n.join("ann").SessionEndsAt
	for range 15 {
		c.advance(time.Minute - time.Millisecond)
		if st := n.status("ann"); st.State != Active || st.Deadline.After(end) {
			t.Fatalf("%+v, the session ends at %v", st, end)
		}
	}
	set.Revision, set.Lease = 2, time.Hour
	n.configure(set)
	n.leaveAs("ann")
	if st := n.join("ann"); !st.Deadline.Equal(st.SessionEndsAt) {
		t.Fatalf("a lease longer than the session: %+v", st)
	}
}

func TestAClockPutBackDelaysNoUser(t *testing.T) {
	n, c, set := still(t, 1000)
	set.Revision, set.AdmitPerMinute = 2, 60
	n.configure(set)
	n.tickOnce()
	for i := range 10 {
		n.join(fmt.Sprintf("fan-%03d", i))
	}
	before := n.status("").Active
	c.advance(-time.Hour)
	for range 3 {
		c.advance(time.Second)
		n.tickOnce()
	}
	if got := n.status("").Active; got < before+3 {
		t.Fatalf("%d admitted before, %d after", before, got)
	}
	first, second := n.join("ann"), n.join("bob")
	if first.Number >= second.Number || first.Position >= second.Position {
		t.Fatalf("%+v %+v", first, second)
	}
	n.wantClean()
}
