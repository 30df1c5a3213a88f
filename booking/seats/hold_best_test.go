package seats

import (
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

func TestHoldingTheBestSeats(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{MaxSeats: 4}, "vvvvv", "rrxrr")
		h.admit(time.Minute, "ann", "bob", "cat")
		best := func(user string, best seatmap.Best) (Cart, error) { return h.HoldBest(h.ctx, h.season, user, best) }

		_, err := best("stranger", seatmap.Best{Count: 1})
		wantFault(t, err, fault.NotAdmitted)
		_, err = best("ann", seatmap.Best{Count: 0})
		wantFault(t, err, fault.InvalidRequest)
		_, err = best("ann", seatmap.Best{Count: 1, Categories: []seatmap.Category{"Box"}})
		wantFault(t, err, fault.InvalidRequest)
		_, err = best("ann", seatmap.Best{Count: 5, Adjacent: true})
		wantFault(t, err, fault.SeatLimit)
		_, err = best("ann", seatmap.Best{Count: 3, Categories: []seatmap.Category{"Regular"}, Adjacent: true})
		wantFault(t, err, fault.NoAdjacentSeats)
		h.wantCart("ann")

		cart, err := best("ann", seatmap.Best{Count: 3, Categories: []seatmap.Category{"Regular"}})
		if err != nil || len(cart.Seats) != 3 {
			t.Fatal(cart, err)
		}
		cart, err = best("bob", seatmap.Best{Count: 3, Categories: []seatmap.Category{"VIP"}, Adjacent: true})
		if err != nil || len(cart.Seats) != 3 {
			t.Fatal(cart, err)
		}
		_, err = best("cat", seatmap.Best{Count: 2, Categories: []seatmap.Category{"Regular"}})
		wantFault(t, err, fault.SoldOut)
		_, err = best("ann", seatmap.Best{Count: 2, Categories: []seatmap.Category{"Regular"}})
		wantFault(t, err, fault.SeatLimit)
		if _, err := h.Release(h.ctx, h.season, "ann", nil); err != nil {
			t.Fatal(err)
		}
		// This node's snapshot is old by now. The call reads a new one.
		if cart, err = best("ann", seatmap.Best{Count: 4, Categories: []seatmap.Category{"Regular"}}); err != nil || len(cart.Seats) != 4 {
			t.Fatal(cart, err)
		}
		h.wantWhole()
	})
}

// A lost reply makes the client repeat the script: no second group is held.
func TestARepeatedBestScriptHoldsOneGroup(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvv")
		h.admit(time.Minute, "ann")
		h.hold("ann", "A-6")
		args := holdArgs(h.source.plan, "ann", nil, "request", false, [][]int{{0, 1}, {2, 3}}, nil)
		for range 2 {
			var r holdReply
			outcome, err := h.call(h.ctx, h.Scripts.Hold, h.season, &r, args...)
			if err != nil || outcome != outcomeOK || !slices.Equal(r.cart.seats, []string{"A-1", "A-2", "A-6"}) {
				t.Fatal(outcome, r, err)
			}
		}
		h.wantCart("ann", "A-1", "A-2", "A-6")
	})
}

func TestManyWantTheBestSeatsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvvvvvv", "vvvvvvvvvv", "vvvvvvvvvv")
		nodes := []*Store{h.Store, h.node(nil, io.Discard)}
		var fans sync.WaitGroup
		var mu sync.Mutex
		owners := map[string]string{}
		refused := 0
		for fan := range 20 {
			user := fmt.Sprintf("fan%d", fan)
			h.admit(time.Minute, user)
			fans.Go(func() {
				cart, err := nodes[fan%2].HoldBest(h.ctx, h.season, user, seatmap.Best{Count: 2, Adjacent: true})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					if !fault.Is(err, fault.SoldOut, fault.NoAdjacentSeats, fault.SeatTaken) {
						t.Error(err)
					}
					refused++
					return
				}
				for _, seat := range seatsOf(cart) {
					if owners[seat] != "" {
						t.Errorf("%s went to %s and %s", seat, owners[seat], user)
					}
					owners[seat] = user
				}
			})
		}
		fans.Wait()
		if refused != 5 || len(owners) != 30 {
			t.Errorf("%d of 20 pairs were refused and %d of 30 seats held", refused, len(owners))
		}
	})
}
