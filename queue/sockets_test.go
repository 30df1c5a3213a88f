package queue

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/testkit"
)

func TestTheNewerSocketOnAnotherNodeReplacesTheOlder(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		one, two := h.running(), h.running()
		one.configure(plain(1))
		one.join("ann")
		one.join("bob")
		older, _ := one.open("bob")
		newer, _ := two.open("bob")
		if newer <= older {
			t.Fatalf("socket %d after %d", newer, older)
		}
		if e := one.wantEvent("bob", Replaced, 2*time.Second); e.Conn != newer {
			t.Fatalf("%+v", e)
		}
		// The older closes late: bob stays present on the other node.
		one.Disconnect(h.season, "bob", older)
		one.must(one.Queue.season(h.season).flushGone(t.Context()))
		one.leaveAs("ann")
		two.wantEvent("bob", TurnCame, 2*time.Second)
	})
}

func TestALostReplacementIsInTheMail(t *testing.T) {
	h := newFixture(t, "")
	one, two := h.node(), h.node()
	one.configure(plain(1))
	one.open("bob")
	one.tickOnce()
	newer, _ := two.open("bob")
	if len(one.eventsOf("bob", Replaced)) > 0 {
		t.Fatal("a node that does not run gets no news")
	}
	one.tickOnce()
	if e := one.wantEvent("bob", Replaced, 0); e.Conn != newer {
		t.Fatalf("%+v", e)
	}
	one.tickOnce()
	if events := one.eventsOf("bob", Replaced); len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	if left := h.stores.Redis.HLen(t.Context(), key("mail", h.season)+":node-1").Val(); left != 0 {
		t.Fatalf("%d handled messages of the mail are still there", left)
	}
}

func TestAReplacementIsPublishedAtOnce(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		n.open("bob")
		r, err := n.Queue.season(h.season).call(t.Context(), connectScript, "elsewhere", "0", 0, "bob", 0)
		n.must(err)
		message, err := parseNews(r.news)
		if err != nil || len(message.Replaced) != 1 || text(message.Replaced[0][0]) != "bob" || message.Replaced[0][1] != r.extra[0] {
			t.Fatalf("%s %v", r.news, err)
		}
	})
}

// TestAUserTwiceInOneBatchHasOneSocket: sockets that connect in one moment share a run
// of the script, also two of one user, or a new one and one that is open already.
func TestAUserTwiceInOneBatchHasOneSocket(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		s := n.Queue.season(h.season)
		r, err := s.call(t.Context(), connectScript, "elsewhere", 0, 0, "bob", 0, "bob", 0)
		n.must(err)
		first, second := whole(r.extra[0]), whole(r.extra[1])
		message, err := parseNews(r.news)
		if err != nil || second <= first || len(message.Replaced) != 1 || whole(message.Replaced[0][1]) != second {
			t.Fatalf("sockets %d and %d, news %s, %v", first, second, r.news, err)
		}
		r, err = s.call(t.Context(), connectScript, "elsewhere", 0, 0, "bob", 0, "bob", second)
		n.must(err)
		third := whole(r.extra[0])
		if third <= second || whole(r.extra[1]) != third {
			t.Fatalf("a new socket %d beside the open %d, which is answered %d", third, second, whole(r.extra[1]))
		}
		if got := h.stores.Redis.HGet(t.Context(), key("conn", h.season), "bob").Val(); got != fmt.Sprint(third) {
			t.Fatalf("the newest socket is %s, want %d", got, third)
		}
	})
}

func TestASecondSocketHereReplacesTheFirst(t *testing.T) {
	h := newFixture(t, "")
	n := h.node()
	n.configure(plain(1))
	first, _ := n.open("bob")
	second, _, err := n.Connect(t.Context(), h.season, "bob")
	n.must(err)
	if e := n.wantEvent("bob", Replaced, 0); e.Conn != second {
		t.Fatalf("%+v", e)
	}
	n.Follow(h.season, "bob", first) // an older socket that was slow to welcome
	if events := n.eventsOf("bob", Replaced); len(events) != 2 || events[1].Conn != second {
		t.Fatalf("%+v", events)
	}
	n.Disconnect(h.season, "bob", first)
	n.tickOnce()
	if got := h.stores.Redis.HGet(t.Context(), key("conn", h.season), "bob").Val(); got != fmt.Sprint(second) {
		t.Fatalf("the newest socket is %s, want %d", got, second)
	}
}

func TestEventsWaitForTheWelcome(t *testing.T) {
	h := newFixture(t, "")
	n := h.node()
	n.configure(plain(1))
	n.join("ann")
	n.join("bob")
	n.tickOnce()
	conn, st, err := n.Connect(t.Context(), h.season, "bob")
	n.must(err)
	n.leaveAs("ann")
	if st.State != Waiting || len(n.eventsOf("bob", TurnCame)) > 0 {
		t.Fatalf("too early: %+v", st)
	}
	n.Follow(h.season, "bob", conn)
	if len(n.eventsOf("bob", TurnCame)) != 1 {
		t.Fatal("the turn that came in between must be sent")
	}
}

func TestASocketWhoseAnswerWasLostIsTakenOut(t *testing.T) {
	h := newFixture(t, "")
	n := h.node()
	n.configure(plain(1))
	n.join("ann")
	n.join("bob")
	n.tickOnce()
	// The script ran and its reply was lost: Redis has a socket without a client.
	if _, err := n.Queue.season(h.season).call(t.Context(), connectScript, "node-1", "0", 0, "bob", 0); err != nil {
		t.Fatal(err)
	}
	for range reconcileAfter {
		n.tickOnce()
	}
	if h.stores.Redis.HExists(t.Context(), key("conn", h.season), "bob").Val() {
		t.Fatal("the socket without a client is still there")
	}
	n.wantClean()
}

func TestAConnectThatRunsLateReplacesNoSocket(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		conn, st := n.open("bob")
		s := n.Queue.season(h.season)
		// Sent before that to a Redis that stood still, and run only now.
		r, err := s.call(t.Context(), connectScript, "elsewhere", 0, st.Now.UnixMilli()-1, "bob", 0)
		n.must(err)
		if text(r.extra[0]) != "" || r.news != "" {
			t.Fatalf("%+v", r)
		}
		if got := h.stores.Redis.HGet(t.Context(), key("conn", h.season), "bob").Val(); got != fmt.Sprint(conn) {
			t.Fatalf("the newest socket is %s, want %d", got, conn)
		}
		// A node that is wrong about Redis' clock is put right by the answer.
		s.ahead.Store(-time.Hour.Microseconds())
		if newer, _ := n.open("bob"); newer <= conn {
			t.Fatalf("socket %d after %d", newer, conn)
		}
	})
}
