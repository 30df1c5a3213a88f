package booking

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// TestCrashBeforeEachStepOfAMove crashes the moving node before each step, and the
// recovering node before each of its own. Then another node recovers, and the desk asks
// again.
func TestCrashBeforeEachStepOfAMove(t *testing.T) {
	testkit.Once(t)
	testkit.Long(t)
	t.Parallel()
	const most = 2 * 30
	s := newStage(t, "", most)
	text := "seatNumber,category,price\n"
	for i := 1; i <= most/2; i++ {
		text += fmt.Sprintf("A-%d,VIP,4500\nB-%d,Regular,3000\n", i, i)
	}
	mover, helper := &crash{}, &crash{}
	mortal := s.node(func(o *Options) { o.At = mover.at })
	second := s.node(func(o *Options) { o.At = helper.at })
	third := s.node(nil)
	if _, err := third.ImportPlan(s.ctx, s.season, strings.NewReader(text), "test"); err != nil {
		t.Fatal(err)
	}
	next := 0
	live := func(t *testing.T, step, later Step) map[Step]int {
		if next++; next > most/2 {
			t.Fatal("the plan has too few seats for so many crashes")
		}
		from, to := fmt.Sprintf("A-%d", next), fmt.Sprintf("B-%d", next)
		fan, bought := s.sell(third, from)
		mover.kill(step, 1)
		helper.kill(later, 1)
		_, _ = mortal.MoveFor(s.ctx, deskAt(bought, "k", "why"), from, to)
		s.waitRefunds(mortal)
		taken, died := mover.life()
		if died != (step != "") {
			t.Errorf("the node crashed: %v", died)
		}
		s.wantOneSeat(third, fan)
		s.recover(second)
		if _, died := helper.life(); died != (later != "") {
			t.Errorf("the recovering node crashed: %v", died)
		}
		s.recover(third)
		s.wantPending(0)
		got, err := third.MoveFor(s.ctx, deskAt(bought, "k", "why"), from, to)
		wantStatus(t, got.Transaction, err, Completed)
		s.waitRefunds(third)
		s.wantHeld(bought.ID, 3000)
		s.wantSeat(from, Available)
		s.wantSeat(to, Booked)
		valid, void := s.codes(third, fan)
		s.wantScan(third, void[from], Void)
		s.wantScan(third, valid[to], Admitted)
		if rows := s.rows(third, "move"); len(rows) != next {
			t.Errorf("%d moves are in the audit log, want %d", len(rows), next)
		}
		return taken
	}
	path := live(t, "", "")
	for _, step := range MoveSteps() {
		if path[step] == 0 {
			t.Errorf("no move reached step %s: this test does not cover it", step)
		}
		t.Run("crash before "+string(step), func(t *testing.T) { live(t, step, "") })
		t.Run("crash before the void, recovery before "+string(step), func(t *testing.T) { live(t, StepRefundVoid, step) })
	}
	s.wantClean(third)
}

// wantOneSeat fails if a fan of one seat has two valid tickets.
func (s *stage) wantOneSeat(b *Booking, fan string) {
	s.t.Helper()
	tickets, _, err := b.Tickets(s.ctx, fan, 200, "")
	if err != nil {
		s.t.Fatal(err)
	}
	admits := 0
	for _, one := range tickets {
		id, _ := bson.ObjectIDFromHex(one.ID)
		if _, effect, err := b.lastState(s.ctx, id); err != nil {
			s.t.Fatal(err)
		} else if effect == effectNone {
			admits++
		}
	}
	if admits > 1 {
		s.t.Errorf("the fan has %d tickets that admit, and paid for one seat", admits)
	}
}

// TestAMoveRacesOverTwoNodes: against another move to the same seat, a fan's refund, and a
// hold of the target. Exactly one of each pair wins, and the books agree.
func TestAMoveRacesOverTwoNodes(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		rounds := 3
		s := newStage(t, redisURL, 20)
		here, there := s.node(nil), s.node(nil)
		both := func(first, second func() error) (error, error) {
			var pair sync.WaitGroup
			var err1, err2 error
			begin := make(chan struct{})
			pair.Go(func() { <-begin; err1 = first() })
			pair.Go(func() { <-begin; err2 = second() })
			close(begin)
			pair.Wait()
			s.waitRefunds(here)
			s.waitRefunds(there)
			return err1, err2
		}
		move := func(b *Booking, bought Transaction, from, to string) func() error {
			return func() error {
				_, err := b.MoveFor(s.ctx, deskAt(bought, "", ""), from, to)
				return err
			}
		}
		expect := func(what string, err error, codes ...fault.Code) {
			t.Helper()
			if err != nil && !slices.Contains(codes, fault.CodeOf(err)) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for range rounds {
			_, one := s.sell(here, "A-1")
			_, two := s.sell(there, "A-2")
			err1, err2 := both(move(here, one, "A-1", "A-3"), move(there, two, "A-2", "A-3"))
			if (err1 == nil) == (err2 == nil) {
				t.Errorf("two moves to one seat: %v and %v", err1, err2)
			}
			expect("a move", err1, fault.SeatTaken)
			expect("a move", err2, fault.SeatTaken)
			s.wantClean(here)
			for _, bought := range []Transaction{one, two} {
				_, err := both(func() error {
					_, err := here.Refund(s.ctx, bought.User, bought.ID, nil)
					return err
				}, move(there, bought, bought.Seats[0], "A-4"))
				expect("a move against a refund", err, fault.Conflict, fault.UnknownSeat)
				if _, err := here.RefundFor(s.ctx, deskAt(bought, "", ""), nil); err != nil {
					t.Error(err)
				}
				s.waitRefunds(here)
				s.wantHeld(bought.ID, 0)
			}
			_, three := s.sell(here, "A-5")
			fan := s.fan()
			err1, err2 = both(move(here, three, "A-5", "A-6"), func() error {
				_, err := there.Hold(s.ctx, s.season, fan, []string{"A-6"})
				return err
			})
			if (err1 == nil) == (err2 == nil) {
				t.Errorf("a move against a hold: %v and %v", err1, err2)
			}
			expect("a move against a hold", err1, fault.SeatTaken)
			expect("a hold", err2, fault.SeatTaken)
			if _, err := there.Release(s.ctx, s.season, fan, nil); err != nil {
				t.Error(err)
			}
			if _, err := here.RefundFor(s.ctx, deskAt(three, "", ""), nil); err != nil {
				t.Error(err)
			}
			s.waitRefunds(here)
			s.wantClean(there)
		}
	})
}

// TestAMoveIsAbandonedWhenTheTicketIsUsedFirst: the guest is admitted to the old seat, and
// the new one is on sale again.
func TestAMoveIsAbandonedWhenTheTicketIsUsedFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	var code string
	desk := s.node(func(o *Options) {
		o.At = func(step Step, _ string) error {
			if step == StepRefundDecide {
				s.wantScan(b, code, Admitted)
			}
			return nil
		}
	})
	_, bought := s.sell(b, "A-1")
	code = bought.Tickets[0].QRCode
	_, err := desk.MoveFor(s.ctx, deskAt(bought, "", ""), "A-1", "A-2")
	wantCode(t, err, fault.Conflict, "A-1")
	s.waitRefunds(desk)
	s.wantPending(0)
	s.wantSeat("A-2", Available)
	s.wantClean(b)
	s.sell(b, "A-2")
	s.wantClean(b)
}
