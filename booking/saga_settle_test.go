package booking

import (
	"errors"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/testkit"
)

// TestALateSettleThatFailsIsRepaired lets a node write an outdated status, after other
// nodes have settled and refunded the order. The node then fails, or dies, before
// showRefunds.
func TestALateSettleThatFailsIsRepaired(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(late *Booking, entry *pendingEntry) error{
		"recovery": func(late *Booking, entry *pendingEntry) error {
			return late.recovery.advance(late.purchases.base, entry, true, false)
		},
		"a repeated request": func(late *Booking, entry *pendingEntry) error {
			return late.settleDecided(late.purchases.base, &entry.Order)
		},
	} {
		for _, dies := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, dies: %v", name, dies), func(t *testing.T) {
				t.Parallel()
				s := newStage(t, "", 2)
				b := s.node(nil)
				var late *Booking
				late = s.node(func(o *Options) { o.At = failBefore(StepMark, dies, func() { late.purchases.stop() }) })
				fan, bought := s.sell(b, "A-1")
				id, err := bson.ObjectIDFromHex(bought.ID)
				if err != nil {
					t.Fatal(err)
				}
				asRead, err := b.findOrder(s.ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				got, err := b.Refund(s.ctx, fan, bought.ID, nil)
				wantStatus(t, got, err, Cancelled)
				s.waitRefunds(b)
				s.wantPending(0)
				if err := how(late, &pendingEntry{ID: id, Season: s.season, Order: *asRead}); err == nil {
					t.Fatal("nothing failed")
				}
				s.wantRepaired(b, fan, bought)
			})
		}
	}
}

// TestALateSagaThatFailsIsRepaired is the same for the node that made the order.
func TestALateSagaThatFailsIsRepaired(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan := s.fan()
	var late *Booking
	late = s.node(func(o *Options) {
		o.At = func(step Step, id string) error {
			switch step {
			case StepComplete: // this node writes its status after the refund
				s.recover(b)
				if got, err := b.Refund(s.ctx, fan, id, nil); err != nil || got.Status != Cancelled {
					t.Errorf("refunded: %+v (%v)", got, err)
				}
				s.waitRefunds(b)
			case StepMark:
				late.purchases.stop()
			}
			return nil
		}
	})
	s.hold(b, fan, "A-1")
	bought, err := late.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantStatus(t, bought, err, Completed)
	late.purchases.wg.Wait()
	s.wantRepaired(b, fan, bought)
}

// TestALateRefundThatFailsIsRepaired: other nodes have finished the refund, and the seats'
// statuses that the late node wrote may be outdated.
func TestALateRefundThatFailsIsRepaired(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	var late *Booking
	late = s.node(func(o *Options) {
		o.At = func(step Step, _ string) error {
			switch step {
			case StepRefundShow:
				s.recover(b)
			case StepRefundClear:
				late.purchases.stop()
			}
			return nil
		}
	})
	fan, bought := s.sell(b, "A-1")
	_, _ = late.Refund(s.ctx, fan, bought.ID, nil)
	s.waitRefunds(late)
	s.wantPending(1)
	s.wantRepaired(b, fan, bought)
	s.wantHeld(bought.ID, 0)
}

// TestARefundBeforeRedisShowsTheSale: a transaction shows as completed a moment before
// Redis marks its seats as sold. A refund in that moment frees the seats, too.
func TestARefundBeforeRedisShowsTheSale(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		for _, again := range []bool{false, true} {
			s := newStage(t, redisURL, 2)
			end := &crash{}
			mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
			fan := s.fan()
			s.hold(b, fan, "A-1", "A-2")
			end.kill(StepMark, 1)
			_, _ = mortal.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
			mortal.purchases.wg.Wait()
			list, _, err := b.Transactions(s.ctx, fan, 1, "")
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v (%v)", list, err)
			}
			got, err := b.Refund(s.ctx, fan, list[0].ID, nil)
			wantStatus(t, got, err, Cancelled)
			s.waitRefunds(b)
			s.recover(b)
			s.wantPending(0)
			s.wantCart(b, fan, "A-2")
			buyer := s.fan()
			if again { // the fan holds the seat again; such a hold stays
				buyer = fan
			}
			s.hold(b, buyer, "A-1")
			id, err := bson.ObjectIDFromHex(list[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			sold, err := b.findOrder(s.ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.settleDecided(s.ctx, sold); err != nil {
				t.Fatal(err)
			}
			second, err := b.Buy(s.ctx, s.request(buyer, "k2", payment.TokenOK, "A-1"))
			wantStatus(t, second, err, Completed)
			s.wantClean(b)
		}
	})
}

// TestARefundedTransactionShowsItsTickets: a refunded transaction shows as refunded even if
// a late node wrote another status and died.
func TestARefundedTransactionShowsItsTickets(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	for i, want := range []TransactionStatus{Completed, Cancelled} {
		if _, err := b.Refund(s.ctx, fan, bought.ID, bought.Seats[i:i+1]); err != nil {
			t.Fatal(err)
		}
		s.waitRefunds(b)
		id, err := bson.ObjectIDFromHex(bought.ID)
		if err != nil {
			t.Fatal(err)
		}
		late, err := b.findOrder(s.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		late.Status, late.Reason = Completed, ""
		if err := b.showStatus(s.ctx, late); err != nil {
			t.Fatal(err)
		}
		got, err := b.Transaction(s.ctx, fan, bought.ID)
		wantStatus(t, got, err, want)
		list, _, err := b.Transactions(s.ctx, fan, 1, "")
		if err != nil || len(list) != 1 || list[0].Status != want || list[0].Reason != got.Reason {
			t.Errorf("listed as %+v (%v), want %s", list, err, want)
		}
	}
}

// failBefore makes a node fail, or die, before a step.
func failBefore(last Step, dies bool, fail func()) func(Step, string) error {
	return func(step Step, _ string) error {
		if step != last {
			return nil
		}
		if dies {
			return errors.New("dead")
		}
		fail()
		return nil
	}
}

// wantRepaired runs recovery and fails unless the purchase shows as refunded and its seat
// can be sold.
func (s *stage) wantRepaired(b *Booking, fan string, bought Transaction) {
	s.t.Helper()
	s.recover(b)
	s.wantPending(0)
	got, err := b.Transaction(s.ctx, fan, bought.ID)
	wantStatus(s.t, got, err, Cancelled)
	s.wantSeat("A-1", Available)
	s.wantClean(b)
	s.sell(b, "A-1")
}
