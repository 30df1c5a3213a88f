package booking

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"usher/internal/testkit"
)

// TestCrashBeforeEachStepOfAChangeAtTheDesk refunds and moves sales at the desk, paid in each
// way, while the changing node dies before each step, and the recovering node before each of
// its own. Nothing goes to the payment provider, the seats come back, the old tickets are
// void, and the books name the change once. USHER_SOAK: every step and method; without it
// two steps of sales for cash.
func TestCrashBeforeEachStepOfAChangeAtTheDesk(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	const most = 150
	s := newStage(t, "", most)
	text := "seatNumber,category,price\n"
	for i := 1; i <= most; i++ {
		text += fmt.Sprintf("A-%d,VIP,4500\nB-%d,Regular,3000\n", i, i)
	}
	changer, helper := &crash{}, &crash{}
	mortal := s.node(func(o *Options) { o.At = changer.at })
	second := s.node(func(o *Options) { o.At = helper.at })
	third := s.node(nil)
	if _, err := third.ImportPlan(s.ctx, s.season, strings.NewReader(text), "test"); err != nil {
		t.Fatal(err)
	}
	next, rows := 0, map[string]int{}
	live := func(t *testing.T, act string, method DeskMethod, step, later Step) map[Step]int {
		if next++; next > most {
			t.Fatal("the plan has too few seats for so many crashes")
		}
		from, to := fmt.Sprintf("A-%d", next), fmt.Sprintf("B-%d", next)
		req := s.deskRequest(fmt.Sprint("sale-", next), from)
		req.Method = method
		paid, difference := int64(4500), int64(1500)
		if method == DeskFree {
			paid, difference = 0, 0
		}
		sold, err := third.SellAtDesk(s.ctx, req)
		wantSold(t, sold, err, paid, from)
		change := func(b *Booking) (DeskChange, error) {
			if act == "move" {
				return b.MoveFor(s.ctx, deskAt(sold.Transaction, "k", "why"), from, to)
			}
			return b.RefundFor(s.ctx, deskAt(sold.Transaction, "k", "why"), nil)
		}
		code := s.codeOf(third, sold.Transaction)
		changer.kill(step, 1)
		helper.kill(later, 1)
		_, _ = change(mortal)
		s.waitRefunds(mortal)
		taken, died := changer.life()
		if died != (step != "") {
			t.Errorf("the node crashed: %v", died)
		}
		s.recover(second)
		if _, died := helper.life(); died != (later != "") {
			t.Errorf("the recovering node crashed: %v", died)
		}
		s.recover(third)
		s.wantPending(0)
		got, err := change(third)
		want, refunded := Cancelled, paid
		if act == "move" {
			want, refunded = Completed, difference
		}
		wantStatus(t, got.Transaction, err, want)
		s.waitRefunds(third)
		if got.Refunded != refunded || got.Desk == nil || got.Desk.Method != method {
			t.Errorf("after the %s: %+v, %+v, want %d refunded", act, got, got.Desk, refunded)
		}
		s.wantHeld(sold.ID, 0)
		s.wantSeat(from, Available)
		s.wantScan(third, code, Void)
		if act == "move" {
			s.wantSeat(to, Booked)
			s.wantScan(third, s.codeOf(third, got.Transaction), Admitted)
		}
		rows[act]++
		if logged := s.rows(third, act); len(logged) != min(rows[act], 200) || !strings.Contains(logged[len(logged)-1], "why") {
			t.Errorf("%d rows of the audit log name a %s, want %d", len(logged), act, rows[act])
		}
		if taken[StepRefundReturn] > 0 {
			t.Error("the payment provider was asked to return money")
		}
		return taken
	}
	methods, soak := []DeskMethod{DeskCash}, os.Getenv("USHER_SOAK") != ""
	if soak {
		methods = append(methods, DeskInvoice, DeskFree)
	}
	for _, method := range methods {
		for act, steps := range map[string][]Step{"refund": RefundSteps(), "move": MoveSteps()} {
			path := live(t, act, method, "", "")
			for _, step := range steps {
				if step == StepRefundReturn || !soak && step != StepRefundDecide && step != StepRefundRecord {
					continue
				}
				if path[step] == 0 {
					t.Errorf("no %s reached step %s: this test does not cover it", act, step)
				}
				t.Run(fmt.Sprintf("%s, %s: crash before %s", method, act, step), func(t *testing.T) { live(t, act, method, step, "") })
				if soak {
					t.Run(fmt.Sprintf("%s, %s: crash before the void, recovery before %s", method, act, step), func(t *testing.T) { live(t, act, method, StepRefundVoid, step) })
				}
			}
		}
	}
	s.wantClean(third)
}

// codeOf returns the code of the first valid ticket of a purchase, which the desk is not
// shown.
func (s *stage) codeOf(b *Booking, t Transaction) string {
	s.t.Helper()
	valid, _ := s.codes(b, t.User)
	for _, code := range valid {
		return code
	}
	s.t.Fatalf("the purchase %s has no valid ticket", t.ID)
	return ""
}
