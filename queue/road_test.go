package queue

import (
	"testing"
	"time"

	"usher/internal/testkit"
)

func TestThePlaceIsHandedOnInOrderOfArrival(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		n := newFixture(t, redisURL).node()
		n.configure(plain(1))
		if st := n.join("ann"); st.State != Active || st.Deadline.IsZero() || st.SessionEndsAt.IsZero() {
			t.Fatalf("with room and an empty line joining goes straight in, got %+v", st)
		}
		bob, cat := n.join("bob"), n.join("cat")
		if bob.State != Waiting || bob.Position != 1 || bob.Number != 2 || bob.Place() == "" {
			t.Fatalf("bob: %+v", bob)
		}
		if cat.Position != 2 || cat.Waiting != 2 || cat.Active != 1 || cat.Limit != 1 {
			t.Fatalf("cat: %+v", cat)
		}
		n.leaveAs("ann")
		if st := n.status("bob"); st.State != Turn || st.Deadline.IsZero() || st.Number != 0 || st.Place() != "" {
			t.Fatalf("the script that frees the place admits the next, got %+v", st)
		}
		if st := n.status("cat"); st.Position != 1 {
			t.Fatalf("cat moves up, got %+v", st)
		}
		if st := n.enterAs("bob"); st.State != Active {
			t.Fatalf("bob enters: %+v", st)
		}
		if st := n.enterAs("bob"); st.State != Active {
			t.Fatalf("entering twice is no error: %+v", st)
		}
		n.leaveAs("bob")
		if st := n.enterAs("cat"); st.State != Active {
			t.Fatalf("cat: %+v", st)
		}
		n.wantClean()
	})
}

func TestTheTurnReachesTheSocketWithItsStatus(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		one, two := h.running(), h.running()
		one.configure(plain(1))
		one.join("ann")
		two.join("bob")
		_, st := two.open("bob")
		if st.State != Waiting || st.Position != 1 {
			t.Fatalf("welcome: %+v", st)
		}
		one.leaveAs("ann")
		e := two.wantEvent("bob", TurnCame, 2*time.Second)
		if e.Status.State != Turn || e.Status.Deadline.IsZero() {
			t.Fatalf("the turn carries its deadline: %+v", e)
		}
	})
}
