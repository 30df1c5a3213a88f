package seats

import (
	"io"
	"testing"
	"time"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/testkit"
)

func (h *hall) extend(user string) Cart {
	h.t.Helper()
	cart, err := h.Extend(h.ctx, h.season, user)
	if err != nil {
		h.t.Fatalf("extending the cart of %s: %v", user, err)
	}
	return cart
}

// TestACartIsGivenAMinuteMoreOnce: the holds and the carts after it have the new end too.
func TestACartIsGivenAMinuteMoreOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t, "", Settings{Hold: time.Minute}, "vvvv")
	h.admit(time.Hour, "ann", "bob")
	before := h.hold("ann", "A-1", "A-2")
	if !before.CanExtend {
		t.Fatal("a new cart cannot be extended")
	}
	after := h.extend("ann")
	if got := after.ExpiresAt.Sub(before.ExpiresAt); got != Extension || after.CanExtend || len(after.Seats) != 2 {
		t.Fatalf("the cart got %v more and is %+v", got, after)
	}
	for _, seat := range []string{"A-1", "A-2"} {
		left, err := h.redis.PTTL(h.ctx, h.key("hold")+":"+seat).Result()
		if err != nil || left <= time.Minute {
			t.Errorf("the hold on %s has %v left, want more than a minute: %v", seat, left, err)
		}
	}
	if again := h.extend("ann"); !again.ExpiresAt.Equal(after.ExpiresAt) {
		t.Errorf("the second request moved the end from %v to %v", after.ExpiresAt, again.ExpiresAt)
	}
	// The time of the carts is one: a cart begun now has what is left, and no more minutes.
	h.mustRelease("ann")
	next := h.hold("ann", "A-3")
	if !next.ExpiresAt.Equal(after.ExpiresAt) || next.CanExtend {
		t.Errorf("the next cart is %+v, want the end %v and no more time", next, after.ExpiresAt)
	}
	if seen, err := h.Cart(h.ctx, h.season, "ann"); err != nil || seen.CanExtend {
		t.Errorf("the cart as read is %+v, %v", seen, err)
	}
	h.wantCart("ann", "A-3")
}

// TestAnExtendedCartIsAnnounced: the user's other windows show the new end too.
func TestAnExtendedCartIsAnnounced(t *testing.T) {
	t.Parallel()
	h := newHall(t, "", Settings{}, "vvvv")
	h.admit(time.Hour, "ann")
	heard := &inbox{}
	node := h.node(heard.notify, io.Discard)
	h.run(node)
	testkit.Eventually(t, soon, "the node receives the messages", func() bool {
		h.hold("ann", "A-3")
		h.mustRelease("ann")
		return len(heard.carts("ann")) > 0
	})
	h.hold("ann", "A-1")
	after := h.extend("ann")
	testkit.Eventually(t, soon, "the extended cart is announced", func() bool {
		carts := heard.carts("ann")
		return len(carts) > 0 && carts[len(carts)-1].Cart.ExpiresAt.Equal(after.ExpiresAt)
	})
}

// TestAnExtensionIsForTheUsersOwnHoldsOnly: a seat that left the cart, and that another
// user holds, gets no more time.
func TestAnExtensionIsForTheUsersOwnHoldsOnly(t *testing.T) {
	t.Parallel()
	h := newHall(t, "", Settings{Hold: 4 * time.Minute}, "vvvv")
	h.admit(time.Hour, "ann")
	h.hold("ann", "A-1", "A-2")
	const left = 30 * time.Second
	if err := h.redis.Set(h.ctx, h.key("hold")+":A-2", "bob", left).Err(); err != nil {
		t.Fatal(err)
	}
	if cart := h.extend("ann"); len(cart.Seats) != 1 || cart.Seats[0].Number != "A-1" {
		t.Errorf("the extended cart is %+v, want A-1 only", cart)
	}
	if got, err := h.redis.PTTL(h.ctx, h.key("hold")+":A-2").Result(); err != nil || got > left {
		t.Errorf("the hold of another user has %v left, want at most %v: %v", got, left, err)
	}
}

func TestACartGetsNoTimeBeyondTheSession(t *testing.T) {
	t.Parallel()
	h := newHall(t, "", Settings{Hold: 4 * time.Minute}, "vvvv")
	h.admit(4*time.Minute+30*time.Second, "ann")
	h.admit(3*time.Minute, "bob")
	before := h.hold("ann", "A-1")
	if got := h.extend("ann").ExpiresAt.Sub(before.ExpiresAt); got <= 0 || got > 30*time.Second {
		t.Errorf("the cart got %v more, want at most the 30 s until the session's end", got)
	}
	if cart := h.hold("bob", "A-2"); cart.CanExtend {
		t.Error("a cart that ends with the session says that it can be extended")
	}
	_, err := h.Extend(h.ctx, h.season, "bob")
	wantFault(t, err, fault.Conflict)
}

func TestWhoCannotExtendACart(t *testing.T) {
	t.Parallel()
	h := newHall(t, "", Settings{}, "vvvv")
	extend := func(user string) error {
		_, err := h.Extend(h.ctx, h.season, user)
		return err
	}
	h.admit(time.Hour, "ann", "bob")
	wantFault(t, extend("eve"), fault.NotAdmitted)
	wantFault(t, extend("ann"), fault.HoldExpired)
	wantFault(t, extend(""), fault.InvalidRequest)
	h.hold("bob", "A-1", "A-2")
	h.pinSeats("bob", "t1", true, "A-1")
	wantFault(t, extend("bob"), fault.Conflict, "A-1")
	h.dismiss("bob")
	wantFault(t, extend("bob"), fault.NotAdmitted)
}

// TestTheBestSeatsReplaceTheOnesHeld: in one step, also where both together would be too
// many, and the fan's own seats are among those to choose from.
func TestTheBestSeatsReplaceTheOnesHeld(t *testing.T) {
	t.Parallel()
	h := newHall(t, "", Settings{MaxSeats: 4}, "vvvvvv", "vvvvvv")
	h.admit(time.Hour, "ann", "bob")
	swap := func(count int) (Cart, error) {
		return h.HoldBest(h.ctx, h.season, "ann", seatmap.Best{Count: count, Adjacent: true, Swap: true})
	}
	before := h.hold("ann", "A-2", "A-3", "B-6")
	got, err := swap(4)
	if err != nil {
		t.Fatal(err)
	}
	h.wantCart("ann", "A-1", "A-2", "A-3", "A-4") // would leave two single seats
	if !got.ExpiresAt.Equal(before.ExpiresAt) {
		t.Errorf("the cart ends at %v, want as before at %v", got.ExpiresAt, before.ExpiresAt)
	}
	h.hold("bob", "B-6") // released by the swap
	if _, err := swap(2); err != nil {
		t.Fatal(err)
	}
	h.wantCart("ann", "A-3", "A-4")
	_, err = swap(5)
	wantFault(t, err, fault.SeatLimit)
	h.wantCart("ann", "A-3", "A-4")
	_, err = h.HoldBest(h.ctx, h.season, "ann", seatmap.Best{Count: 4, Categories: []seatmap.Category{"Regular"}, Swap: true})
	if err == nil {
		t.Error("seats of a category that the house does not have were held")
	}
	h.wantCart("ann", "A-3", "A-4")
	h.pinSeats("ann", "t1", false, "A-3")
	_, err = swap(2)
	wantFault(t, err, fault.Conflict, "A-3")
	h.wantCart("ann", "A-3", "A-4")
}
