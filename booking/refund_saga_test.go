package booking

import (
	"fmt"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// TestCrashBeforeEachStepOfARefund crashes the refunding node before each step, and the
// recovering node before each of its own. Then another node recovers, and the fan asks
// again.
func TestCrashBeforeEachStepOfARefund(t *testing.T) {
	testkit.Once(t)
	testkit.Long(t)
	t.Parallel()
	const most = 2 * 30
	s := newStage(t, "", most)
	giver, helper := &crash{}, &crash{}
	mortal := s.node(func(o *Options) { o.At = giver.at })
	second := s.node(func(o *Options) { o.At = helper.at })
	third := s.node(nil)
	next := 0
	covered := map[Step]bool{}
	live := func(t *testing.T, step Step, nth int, later Step) map[Step]int {
		if next += 2; next > most {
			t.Fatal("the plan has too few seats for so many crashes")
		}
		fan, bought := s.sell(third, fmt.Sprintf("A-%d", next-1), fmt.Sprintf("A-%d", next))
		giver.kill(step, nth)
		helper.kill(later, 1)
		_, _ = mortal.Refund(s.ctx, fan, bought.ID, nil)
		s.waitRefunds(mortal)
		taken, died := giver.life()
		if died != (step != "") {
			t.Errorf("the node crashed: %v", died)
		}
		s.recover(second)
		if _, died := helper.life(); died != (later != "") {
			t.Errorf("the recovering node crashed: %v", died)
		}
		s.recover(third)
		s.wantPending(0)
		if step != StepRefundEnter {
			s.wantHeld(bought.ID, 0) // a fan without an answer gets the money
		}
		got, err := third.Refund(s.ctx, fan, bought.ID, nil)
		wantStatus(t, got, err, Cancelled)
		s.waitRefunds(third)
		s.wantHeld(bought.ID, 0)
		s.wantSeat(bought.Seats[0], Available)
		s.wantScan(third, bought.Tickets[1].QRCode, Void)
		for step := range taken {
			covered[step] = true
		}
		return taken
	}
	path := live(t, "", 0, "")
	for _, step := range RefundSteps() {
		if path[step] == 0 {
			t.Errorf("no refund reached step %s: this test does not cover it", step)
		}
		for nth := 1; nth <= path[step]; nth++ {
			t.Run(fmt.Sprintf("crash before %s %d", step, nth), func(t *testing.T) { live(t, step, nth, "") })
		}
		t.Run(fmt.Sprintf("crash before void 2, recovery before %s", step), func(t *testing.T) {
			live(t, StepRefundVoid, 2, step)
		})
	}
	s.wantClean(third)
}

// TestALateSettleUndoesNoRefund wakes a node up that was about to settle an order, after
// its seats were refunded and one was sold again.
func TestALateSettleUndoesNoRefund(t *testing.T) {
	t.Parallel()
	for _, forgotten := range []bool{false, true} {
		t.Run(fmt.Sprintf("without tombstones: %v", forgotten), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "", 4)
			b, late := s.node(nil), s.node(nil)
			fan, bought := s.sell(b, "A-1", "A-2", "A-3")
			if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-1", "A-2"}); err != nil {
				t.Fatal(err)
			}
			s.waitRefunds(b)
			_, resold := s.sell(b, "A-1")
			if forgotten {
				s.stores.Redis.Del(s.ctx, s.key("ended"))
			}
			sold := s.orderOf(bought)
			decided, err := late.findDecision(s.ctx, sold.ID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = late.settle(s.ctx, sold, decided); err != nil {
				t.Fatal(err)
			}
			checks := newMarkCheck()
			if err := checks.check(s.ctx, late, s.season); err != nil {
				t.Fatal(err)
			}
			s.wantSeat("A-1", Booked)
			s.wantSeat("A-2", Available)
			s.wantSeat("A-3", Booked)
			s.wantClean(b)
			if got, err := b.Transaction(s.ctx, resold.User, resold.ID); err != nil || got.Tickets[0].Status != ticketValid {
				t.Errorf("the seat sold again: %+v (%v)", got, err)
			}
			s.sell(b, "A-2")
			s.wantClean(b)
		})
	}
}

// TestALateScriptMarksNoRefundedSeat: an order's last script may reach Redis after the
// refund's.
func TestALateScriptMarksNoRefundedSeat(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-2"}); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	sold := s.orderOf(bought)
	if err := b.markSold(s.ctx, sold, bought); err != nil {
		t.Fatal(err)
	}
	if err := b.take(s.ctx, sold); err != nil {
		t.Fatal(err)
	}
	s.wantClean(b)
	s.sell(b, "A-2")
}

func TestARebuildOmitsRefundedSeats(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-2"}); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	s.stores.Redis.Del(s.ctx, s.key("taken"), s.key("booked"), s.key("takenby"), s.key("bought"), s.key("ended"))
	if err := b.Rebuild(s.ctx, s.season, 1); err != nil {
		t.Fatal(err)
	}
	_, err := b.Hold(s.ctx, s.season, s.fan(), []string{"A-1"})
	wantCode(t, err, fault.SeatTaken)
	s.sell(b, "A-2")
	s.wantClean(b)
}
