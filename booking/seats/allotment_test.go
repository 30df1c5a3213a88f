package seats

import (
	"errors"
	"slices"
	"testing"
	"time"

	"usher/booking/seatmap"
	"usher/internal/testkit"
)

// refs are seats of the hall's plan.
func (h *hall) refs(numbers ...string) []Ref { return h.order("", "", numbers...).Seats }

func (h *hall) change(id string) Change {
	return Change{Season: h.season, ID: id, Plan: h.source.plan.Version}
}

// allot takes seats off sale as an applied change does.
func (h *hall) allot(id string, numbers ...string) {
	h.t.Helper()
	if _, err := h.Allot(h.ctx, h.change(id), h.refs(numbers...)); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) handOver(transaction, user, from string, onSale bool, numbers ...string) []ForeignMark {
	h.t.Helper()
	var moved []Moved
	for _, ref := range h.refs(numbers...) {
		moved = append(moved, Moved{Ref: ref, From: from, OnSale: onSale})
	}
	marks, err := h.HandOver(h.ctx, h.season, transaction, user, moved)
	if err != nil {
		h.t.Fatal(err)
	}
	return marks
}

func (h *hall) wantStatus(seat, want string) {
	h.t.Helper()
	s, err := h.Snapshot(h.ctx, h.season)
	if err != nil {
		h.t.Fatal(err)
	}
	if got := s.Status(h.source.plan.ByName[seat]); got != want {
		h.t.Errorf("seat %s is shown as %s, want %s", seat, got, want)
	}
}

func TestAllotTakesFreeSeatsAllOrNone(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvvvv")
		h.admit(time.Minute, "ann", "bob", "cat")
		h.hold("ann", "A-1")
		h.hold("bob", "A-2")
		h.pinSeats("bob", "tx", true, "A-2")
		wantFault(t, h.CheckAllot(h.ctx, h.change("c1"), h.refs("A-3", "A-1", "A-2")), "seat_taken", "A-1", "A-2")
		_, err := h.Allot(h.ctx, h.change("c1"), h.refs("A-3", "A-1", "A-2"))
		wantFault(t, err, "seat_taken", "A-1", "A-2")
		h.wantStatus("A-3", seatmap.Available)
		for range 2 {
			h.allot("c1", "A-3", "A-4")
		}
		h.wantStatus("A-3", seatmap.Unavailable)
		_, err = h.Hold(h.ctx, h.season, "cat", []string{"A-3"})
		wantFault(t, err, "seat_taken", "A-3")
		for range 2 { // A-4 stays in the first until it is decided
			if kept, err := h.Allot(h.ctx, h.change("c2"), h.refs("A-4", "A-5")); err != nil || !slices.Equal(kept, []string{"A-4"}) {
				t.Error("kept", kept, err)
			}
		}
		if marks := h.handOver("c2", AllotmentUser, "c1", false, "A-4"); len(marks) > 0 {
			t.Error(marks)
		}
		// The scripts of c1 come late: A-4 does not go back.
		if marks := h.handOver("c1", AllotmentUser, "", false, "A-3"); len(marks) > 0 {
			t.Error(marks)
		}
		if marks := h.handOver("c1", AllotmentUser, "", false, "A-4"); len(marks) > 0 {
			t.Error("a late script meets", marks)
		}
		for range 2 {
			h.handOver("c3", AllotmentUser, "c2", true, "A-4")
		}
		h.wantStatus("A-4", seatmap.Available)
		h.handOver("c2", AllotmentUser, "c1", false, "A-4")
		h.wantStatus("A-4", seatmap.Available)
		h.hold("cat", "A-4")
		h.handOver("tx2", "ann", "c1", false, "A-3")
		h.wantStatus("A-3", seatmap.InTransaction)
		h.wantWhole()

		// A seat whose user has lost the place is free, and so is one whose hold has ended.
		h.dismiss("ann")
		h.allot("c4", "A-1")
		h.wantCart("ann")
		// A cancelled change leaves nothing, and cannot come late.
		if err := h.Withdraw(h.ctx, h.season, "c4", true, []int{0}); err != nil {
			t.Fatal(err)
		}
		h.wantStatus("A-1", seatmap.Available)
		if _, err := h.Allot(h.ctx, h.change("c4"), h.refs("A-1")); !errors.Is(err, ErrEnded) {
			t.Error("a cancelled change takes seats:", err)
		}
		late := h.change("c5")
		late.Plan++
		if _, err := h.Allot(h.ctx, late, h.refs("A-1")); !errors.Is(err, ErrNotOnSale) {
			t.Error("another plan:", err)
		}
		h.wantWhole()
	})
}

// A Redis that has lost data has holds on seats that MongoDB has in an allotment. They end
// when the seats are marked again, unless an order has pinned them.
func TestMarkingAnAllotmentEndsHolds(t *testing.T) {
	t.Parallel()
	h := newHall(t, "", Settings{}, "vvvv")
	h.admit(time.Minute, "ann", "bob")
	h.hold("ann", "A-1", "A-2")
	h.hold("bob", "A-3")
	if _, err := h.Mark(h.ctx, h.season, Claim{SeatNumber: "A-1", Index: 0, Transaction: "c1", User: AllotmentUser}); err != nil {
		t.Fatal(err)
	}
	h.wantCart("ann", "A-2")
	h.wantCart("bob", "A-3")
	h.wantStatus("A-1", seatmap.Unavailable)
	h.wantWhole()
}

func TestAPlanMayChangeSeatsInAllotments(t *testing.T) {
	t.Parallel()
	h := newHall(t, "", Settings{}, "vvvvvvvv")
	h.admit(time.Minute, "ann")
	h.allot("c1", "A-1", "A-2")
	h.hold("ann", "A-3")
	taken, late, err := h.Freeze(h.ctx, h.season, 2, 1, []byte{0xe0})
	if err != nil || late || !slices.Equal(taken, []int{2}) {
		t.Fatal(taken, late, err)
	}
	if taken, _, err = h.Freeze(h.ctx, h.season, 2, 1, []byte{0xc8}); err != nil || len(taken) > 0 {
		t.Fatal(taken, err)
	}
	// What the plan is about to change cannot come into an allotment now.
	if _, err := h.Allot(h.ctx, h.change("c2"), h.refs("A-5")); !errors.Is(err, ErrNotOnSale) {
		t.Error(err)
	}
	h.allot("c2", "A-4")
}
