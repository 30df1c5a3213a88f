package booking

import (
	"testing"

	"github.com/alicebob/miniredis/v2"

	"usher/booking/payment"
)

func TestReconcileReturnsMoneyCapturedLate(t *testing.T) {
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	fan := s.fan()
	s.hold(here, fan, "A-1")
	open := s.provider.blockCharges()
	defer open()
	bought := s.buyUntilAsked(here, s.request(fan, "k", payment.TokenOK, "A-1"))
	s.recover(there) // closed, cancelled, settled
	s.wantPending(0)
	s.provider.mu.Lock()
	s.provider.late[bought.ID] = 4500 // and then the provider captures it nevertheless
	s.provider.mu.Unlock()

	there.recovery.overdue = 1 << 60
	for range 2 { // a repeated notification
		if err := there.Reconcile(s.ctx, bought.ID); err != nil {
			t.Fatal(err)
		}
		s.recover(there)
	}
	if held, err := s.provider.Held(s.ctx, bought.ID); err != nil || held != 0 {
		t.Errorf("%d held of a cancelled purchase (%v)", held, err)
	}
	s.wantPending(0)
	for _, stranger := range []string{"", "nonsense", "0123456789abcdef01234567"} {
		if err := there.Reconcile(s.ctx, stranger); err != nil {
			t.Errorf("reconcile %q: %v", stranger, err)
		}
	}
	open()
	here.purchases.wg.Wait()
}

// TestMoneyWhoseReportIsLostIsReturned: the provider's list of payments is read, once in
// lookEvery over all nodes.
func TestMoneyWhoseReportIsLostIsReturned(t *testing.T) {
	t.Parallel()
	s := newStage(t, "redis://"+miniredis.RunT(t).Addr(), 4)
	here, there := s.node(nil), s.node(nil)
	here.recovery.lookEvery, there.recovery.lookEvery = lookEvery, lookEvery
	began := s.buyOnPage(here, s.fan(), "k", "A-1")
	_, err := here.Refund(s.ctx, began.User, began.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.wantPending(0)
	s.provider.mu.Lock()
	s.provider.late[began.ID] = 4500 // paid on the page that was closed
	s.provider.missed = []string{began.ID, "0123456789abcdef01234567"}
	s.provider.mu.Unlock()
	for _, b := range []*Booking{here, there} {
		if err := b.recovery.missedOnce(s.ctx); err != nil {
			t.Fatal(err)
		}
	}
	if due := there.purchases.takeRecoverSoon(false); len(due) > 0 {
		t.Errorf("the other node asked too: %v", due)
	}
	here.recovery.overdue = 1 << 60
	s.recover(here)
	if held, err := s.provider.Held(s.ctx, began.ID); err != nil || held != 0 {
		t.Errorf("%d held of a cancelled purchase (%v)", held, err)
	}
	s.wantPending(0)
	s.wantClean(here)
}

// TestReconcileOfASettledOrderDoesNothing: a provider notifies of every purchase and every
// refund.
func TestReconcileOfASettledOrderDoesNothing(t *testing.T) {
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1")
	for _, refund := range []bool{false, true} {
		if refund {
			_, err := b.Refund(s.ctx, fan, bought.ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			s.waitRefunds(b)
		}
		if err := b.Reconcile(s.ctx, bought.ID); err != nil {
			t.Fatal(err)
		}
		s.wantPending(0)
		if due := b.purchases.takeRecoverSoon(false); len(due) > 0 {
			t.Errorf("refunded: %v: a settled order is due in recovery: %v", refund, due)
		}
	}
}
