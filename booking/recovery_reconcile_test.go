package booking

import (
	"testing"

	"usher/booking/payment"
)

func TestNewsOfLateMoneyGivesItBackLongAfterwards(t *testing.T) {
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	fan := s.fan()
	s.hold(here, fan, "A-1")
	open := s.bank.shut()
	defer open()
	bought := s.buyUntilAsked(here, s.request(fan, "k", payment.TokenOK, "A-1"))
	s.recover(there) // closed, cancelled, settled
	s.wantPending(0)
	s.bank.mu.Lock()
	s.bank.late[bought.ID] = 4500 // and then the provider captures it all the same
	s.bank.mu.Unlock()

	there.recovery.overdue = 1 << 60
	for range 2 { // the same news twice
		if err := there.Reconcile(s.ctx, bought.ID); err != nil {
			t.Fatal(err)
		}
		s.recover(there)
	}
	if held, err := s.bank.Held(s.ctx, bought.ID); err != nil || held != 0 {
		t.Errorf("%d held of a cancelled purchase (%v)", held, err)
	}
	s.wantPending(0)
	for _, stranger := range []string{"", "nonsense", "0123456789abcdef01234567"} {
		if err := there.Reconcile(s.ctx, stranger); err != nil {
			t.Errorf("news of %q: %v", stranger, err)
		}
	}
	open()
	here.purchases.wg.Wait()
}

// TestTheNewsOfEveryPurchaseCostsNothing: a provider tells of each one, and of each
// that was given back.
func TestTheNewsOfEveryPurchaseCostsNothing(t *testing.T) {
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1")
	for _, given := range []bool{false, true} {
		if given {
			_, err := b.Refund(s.ctx, fan, bought.ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			s.settled(b)
		}
		if err := b.Reconcile(s.ctx, bought.ID); err != nil {
			t.Fatal(err)
		}
		s.wantPending(0)
		if handed := b.purchases.takeRecoverSoon(); len(handed) > 0 {
			t.Errorf("given back: %v: recovery is to look at what is settled: %v", given, handed)
		}
	}
}
