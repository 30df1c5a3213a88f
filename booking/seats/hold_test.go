package seats

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/testkit"
)

func faultOf(err error) (f *fault.Error) {
	errors.As(err, &f)
	return f
}

func TestHoldingIsAllOrNoneAndRepeatable(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{Currency: "CHF"}, "vvvvvv")
		h.admit(time.Minute, "ann", "bob")
		first := h.hold("ann", "A-2", "A-1")
		if first.Total != 9000 || first.Currency != "CHF" || !slices.Equal(seatsOf(first), []string{"A-1", "A-2"}) {
			t.Fatalf("the cart is %+v", first)
		}
		if ttl := h.redis.PTTL(h.ctx, "hold:{"+h.season+"}:A-1").Val(); ttl <= 0 || ttl > time.Minute {
			t.Fatal("a hold's key lives", ttl)
		}

		_, err := h.Hold(h.ctx, h.season, "bob", []string{"A-3", "A-2", "A-4", "A-1"})
		wantFault(t, err, fault.SeatTaken, "A-1", "A-2")
		h.wantCart("bob")

		again := h.hold("ann", "A-1", "A-2")
		if again.Version != first.Version || !again.ExpiresAt.Equal(first.ExpiresAt) {
			t.Errorf("holding the same seats again changed %+v to %+v", first, again)
		}
		more := h.hold("ann", "A-2", "A-3")
		if !more.ExpiresAt.Equal(first.ExpiresAt) {
			t.Errorf("adding a seat moved the deadline from %v to %v", first.ExpiresAt, more.ExpiresAt)
		}
		if more.Version <= first.Version {
			t.Errorf("a change of seats did not raise the version")
		}
		h.wantCart("ann", "A-1", "A-2", "A-3")
	})
}

func TestSeatsAreListedInNaturalOrder(t *testing.T) {
	h := newHall(t, testkit.Stores(t).RedisURL, Settings{}, "vvvvvvvvvvv")
	h.admit(time.Minute, "ann", "bob")
	h.hold("ann", "A-10", "A-9", "A-2")
	h.wantCart("ann", "A-2", "A-9", "A-10")
	_, err := h.Hold(h.ctx, h.season, "bob", []string{"A-10", "A-9"})
	wantFault(t, err, fault.SeatTaken, "A-9", "A-10")
	h.pinSeats("ann", "tx", false, "A-10", "A-9")
	_, err = h.Release(h.ctx, h.season, "ann", nil)
	wantFault(t, err, fault.Conflict, "A-9", "A-10")
}

func TestAHoldIsRefused(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{MaxSeats: 3}, "vvvvvvx")
		h.admit(time.Minute, "ann", "bob")
		h.hold("bob", "A-1", "A-2")
		h.pinSeats("bob", "tx", true, "A-2")
		for _, c := range []struct {
			name, user string
			seats      []string
			code       fault.Code
			about      []string
		}{
			{"to a stranger", "eve", []string{"A-3"}, fault.NotAdmitted, nil},
			{"for a seat that is not there", "ann", []string{"A-3", "Z-9"}, fault.UnknownSeat, []string{"Z-9"}},
			{"for a seat that is never sold, and one held", "ann", []string{"A-3", "A-7", "A-1"}, fault.SeatTaken, []string{"A-1", "A-7"}},
			{"for a seat that another user buys", "ann", []string{"A-2"}, fault.SeatTaken, []string{"A-2"}},
			{"for a seat that the user buys", "bob", []string{"A-2", "A-3"}, fault.Conflict, []string{"A-2"}},
			{"beyond the limit", "ann", []string{"A-3", "A-4", "A-5", "A-6"}, fault.SeatLimit, nil},
			{"beyond the limit, with seats held and bought", "bob", []string{"A-3", "A-4"}, fault.SeatLimit, nil},
			{"for nothing", "ann", nil, fault.InvalidRequest, nil},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := h.Hold(h.ctx, h.season, c.user, c.seats)
				wantFault(t, err, c.code, c.about...)
			})
		}
		h.hold("bob", "A-3") // held, being bought, and a third
		h.wantCart("ann")
		_, err := h.Hold(h.ctx, "no-such-season", "ann", []string{"A-1"})
		wantFault(t, err, fault.NotFound)
	})
}

func TestAHoldNeedsAPlace(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvv")
		h.admit(20*time.Second, "ann")
		if cart := h.hold("ann", "A-1"); cart.ExpiresAt.After(h.now().Add(20 * time.Second)) {
			t.Error("a hold outlives its session")
		}
		for _, c := range []struct{ name, key string }{{"no lease", "leases"}, {"no session", "sessions"}} {
			h.admit(time.Minute, "bob")
			h.redis.ZRem(h.ctx, h.key(c.key), "bob")
			_, err := h.Hold(h.ctx, h.season, "bob", []string{"A-2"})
			if fault.CodeOf(err) != fault.NotAdmitted {
				t.Errorf("%s: got %v", c.name, err)
			}
		}
		h.admit(-time.Millisecond, "bob") // all over, and the queue has not come by yet
		_, err := h.Hold(h.ctx, h.season, "bob", []string{"A-2"})
		wantFault(t, err, fault.NotAdmitted)
	})
}

func TestAClosedSeasonRefusesHolds(t *testing.T) {
	past := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{ClosesAt: &past}, "vvv")
		h.admit(time.Minute, "ann")
		_, err := h.Hold(h.ctx, h.season, "ann", []string{"A-1"})
		wantFault(t, err, fault.SeasonClosed)
		_, err = h.HoldBest(h.ctx, h.season, "ann", seatmap.Best{Count: 1})
		wantFault(t, err, fault.SeasonClosed)
		h.set(func(s *Settings) { s.ClosesAt = nil })
		h.hold("ann", "A-1")
	})
}

func TestSixtyFansOnThirtySeats(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvv")
		other := h.node(nil, io.Discard)
		var fans sync.WaitGroup
		for fan := range 60 {
			user := fmt.Sprintf("fan%02d", fan)
			h.admit(time.Minute, user)
			node := []*Store{h.Store, other}[fan%2]
			fans.Go(func() {
				for try := range 5 {
					a, c := (fan*7+try*11)%30+1, (fan*13+try*17)%30+1
					if _, err := node.Hold(h.ctx, h.season, user, []string{fmt.Sprintf("A-%d", a), fmt.Sprintf("A-%d", c)}); err != nil && !fault.Is(err, fault.SeatTaken, fault.SeatLimit) {
						t.Error(err)
					}
					if try%3 == 2 {
						if _, err := node.Release(h.ctx, h.season, user, nil); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		fans.Wait()
		owners := map[string]string{}
		for fan := range 60 {
			user := fmt.Sprintf("fan%02d", fan)
			cart, err := other.Cart(h.ctx, h.season, user)
			if err != nil {
				t.Fatal(err)
			}
			for _, seat := range seatsOf(cart) {
				if owners[seat] != "" {
					t.Errorf("%s is held by %s and %s", seat, owners[seat], user)
				}
				owners[seat] = user
			}
		}
		if len(owners) == 0 {
			t.Error("no user holds a seat")
		}
		h.wantWhole()
	})
}

func TestReleasing(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvv")
		h.admit(time.Minute, "ann", "bob")
		h.hold("ann", "A-1", "A-2", "A-3")
		cart, err := h.Release(h.ctx, h.season, "ann", []string{"A-2", "A-6", "no seat"})
		if err != nil || !slices.Equal(seatsOf(cart), []string{"A-1", "A-3"}) {
			t.Fatal(cart, err)
		}
		h.hold("bob", "A-2")
		if _, err := h.Release(h.ctx, h.season, "ann", []string{"A-2"}); err != nil {
			t.Fatal(err)
		}
		h.wantCart("bob", "A-2")
		after, err := h.Release(h.ctx, h.season, "ann", []string{"!until"}) // a field of the cart, no seat
		if err != nil || !after.ExpiresAt.Equal(cart.ExpiresAt) {
			t.Fatal(after, err)
		}

		h.pinSeats("ann", "tx", false, "A-3")
		_, err = h.Release(h.ctx, h.season, "ann", nil)
		wantFault(t, err, fault.Conflict, "A-3")
		h.wantCart("ann", "A-1", "A-3")

		h.script("unpin('ann', 'A-3', 2, 'tx')")
		cart, err = h.Release(h.ctx, h.season, "ann", nil)
		if err != nil || len(cart.Seats) != 0 || !cart.ExpiresAt.IsZero() {
			t.Fatal(cart, err)
		}
		h.wantCart("ann")
		h.hold("bob", "A-1", "A-3")
	})
}

func TestReleasingTheInactiveKeepsSeatsInFlight(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvv")
		h.admit(time.Minute, "ann", "bob", "cat")
		h.hold("ann", "A-1", "A-2")
		h.hold("bob", "A-3")
		h.hold("cat", "A-4")
		h.pinSeats("ann", "tx", false, "A-2")
		h.dismiss("ann")
		h.dismiss("bob")
		for range 2 { // as a repeated call would
			if err := h.ReleaseInactive(h.ctx, h.season, "ann", "bob", "cat", "a stranger"); err != nil {
				t.Fatal(err)
			}
		}
		h.wantCart("ann", "A-2")
		h.wantCart("bob")
		h.wantCart("cat", "A-4")
	})
}

func TestAnExpiredHoldIsFreeBeforeAnySweep(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{Hold: 150 * time.Millisecond}, "vvvvvv")
		h.admit(time.Minute, "ann", "bob")
		held := h.hold("ann", "A-1", "A-2")
		// The embedded Redis expires a key some milliseconds before its clock says so.
		testkit.Eventually(t, 5*time.Second, "the hold's keys expire, and its time ends", func() bool {
			return h.redis.Exists(h.ctx, "hold:{"+h.season+"}:A-1").Val() == 0 && h.now().After(held.ExpiresAt)
		})
		h.hold("bob", "A-1")
		cart, err := h.Cart(h.ctx, h.season, "ann")
		if err != nil || len(cart.Seats) != 0 {
			t.Fatal(cart, err)
		}
		_, err = h.Hold(h.ctx, h.season, "ann", []string{"A-2"})
		wantFault(t, err, fault.RateLimited, "A-2")
		if again := h.hold("ann", "A-3"); !again.ExpiresAt.After(h.now().Add(-time.Millisecond)) {
			t.Error("a new cart took an old deadline")
		}
		h.wantWhole()
	})
}

func TestAMissingEpochIsUnavailableAndANewEpochIsLearnt(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvv")
		h.admit(time.Minute, "ann")
		h.hold("ann", "A-1")
		h.redis.Set(h.ctx, EpochKey(h.season), 2, 0)
		h.hold("ann", "A-2")
		h.redis.Del(h.ctx, EpochKey(h.season))
		_, err := h.Hold(h.ctx, h.season, "ann", []string{"A-3"})
		wantFault(t, err, fault.Unavailable)
		_, err = h.Cart(h.ctx, h.season, "ann")
		wantFault(t, err, fault.Unavailable)
	})
}
