package booking

import (
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// sell buys the seats for a new fan.
func (s *stage) sell(b *Booking, seats ...string) (fan string, bought Transaction) {
	s.t.Helper()
	fan = s.fan()
	s.hold(b, fan, seats...)
	bought, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, seats...))
	wantStatus(s.t, bought, err, Completed)
	return fan, bought
}

// wantHeld fails unless the provider holds this amount of a purchase's money.
func (s *stage) wantHeld(id string, amount int64) {
	s.t.Helper()
	if held, err := s.provider.Held(s.ctx, id); err != nil || held != amount {
		s.t.Errorf("the provider holds %d (%v), want %d", held, err, amount)
	}
}

// waitRefunds waits until a node's refunds have finished.
func (s *stage) waitRefunds(b *Booking) {
	s.t.Helper()
	b.purchases.wg.Wait()
}

// orderOf reads a stored order.
func (s *stage) orderOf(t Transaction) *order {
	s.t.Helper()
	id, err := bson.ObjectIDFromHex(t.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	found, err := store.Find[order](s.ctx, s.stores.Mongo.Collection(transactionsName), id)
	if err != nil || found == nil {
		s.t.Fatalf("purchase %s: %+v, %v", t.ID, found, err)
	}
	return found
}

func (s *stage) claims() []claim {
	s.t.Helper()
	all, err := store.FindAll[claim](s.ctx, s.stores.Mongo.Collection(claimsName), s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func TestRefundingAWholePurchase(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	announced := s.announcements()
	fan, bought := s.sell(here, "A-1", "A-2")
	for range 2 { // a repeat, on another node, changes nothing and has the same answer
		got, err := there.Refund(s.ctx, fan, bought.ID, nil)
		wantStatus(t, got, err, Cancelled)
		if got.Reason != reasonRefunded || len(got.Tickets) != 2 || got.Tickets[0].Status != ticketVoid || got.Tickets[1].Status != ticketVoid {
			t.Errorf("refunded: %+v", got)
		}
		if !got.CompletedAt.Equal(bought.CompletedAt) {
			t.Errorf("completed at %v, and at %v before the refund", got.CompletedAt, bought.CompletedAt)
		}
	}
	s.waitRefunds(there)
	s.wantHeld(bought.ID, 0)
	s.wantPending(0)
	s.wantSeat("A-1", Available)
	if got := announced(); len(got) < 2 || got[len(got)-1].Status != Cancelled {
		t.Errorf("the fan received %+v, want the cancelled transaction last", got)
	}
	s.wantScan(here, bought.Tickets[0].QRCode, Void)
	again, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2"))
	wantStatus(t, again, err, Cancelled) // the same key, the same purchase
	if len(again.Tickets) != 2 {
		t.Errorf("the repeated purchase shows %d tickets", len(again.Tickets))
	}
	s.wantClean(here)

	// Both seats are on sale again, also for the same fan, whose limit is free again.
	_, resold := s.sell(here, "A-1")
	s.hold(here, fan, "A-2", "A-3", "A-4")
	if _, err := here.Buy(s.ctx, s.request(fan, "second", payment.TokenOK, "A-2", "A-3", "A-4")); err != nil {
		t.Fatal(err)
	}
	s.wantScan(there, bought.Tickets[0].QRCode, Void)
	s.wantScan(there, resold.Tickets[0].QRCode, Admitted)
	s.wantSeat("A-1", Booked)
	s.wantClean(there)
}

func TestRefundingSeatsOneByOne(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2", "A-3")
	for i, step := range []struct {
		seats  []string
		status TransactionStatus
		held   int64
	}{
		{[]string{"A-2"}, Completed, 9000},
		{[]string{"A-2"}, Completed, 9000},
		{[]string{"A-2", "A-1"}, Completed, 4500},
		{nil, Cancelled, 0},
		{[]string{"A-1"}, Cancelled, 0},
	} {
		got, err := b.Refund(s.ctx, fan, bought.ID, step.seats)
		wantStatus(t, got, err, step.status)
		s.waitRefunds(b)
		s.wantHeld(bought.ID, step.held)
		void := 0
		for _, ticket := range got.Tickets {
			if ticket.Status == ticketVoid {
				void++
			}
		}
		if int64(3-void)*4500 != step.held || len(got.Tickets) != 3 {
			t.Errorf("step %d: %d of %d tickets void", i, void, len(got.Tickets))
		}
		s.wantClean(b)
	}
	voids, err := b.Voids(s.ctx, s.season)
	if err != nil || len(voids) != 3 {
		t.Errorf("void list %v (%v)", voids, err)
	}
}

func TestRefusedRefunds(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 6)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	s.wantScan(b, bought.Tickets[1].QRCode, Admitted)
	_, err := b.Refund(s.ctx, s.fan(), bought.ID, nil)
	wantCode(t, err, fault.NotFound)
	_, err = b.Refund(s.ctx, fan, "nonsense", nil)
	wantCode(t, err, fault.NotFound)
	_, err = b.Refund(s.ctx, fan, bought.ID, []string{"A-1", "A-9"})
	wantCode(t, err, fault.UnknownSeat, "A-9")
	_, err = b.Refund(s.ctx, fan, bought.ID, nil)
	wantCode(t, err, fault.Conflict, "A-2")
	s.wantHeld(bought.ID, 9000)
	if n := s.count(refundsName, bson.D{}) + s.count(pendingName, bson.D{}); n != 0 {
		t.Errorf("refusals left %d documents", n)
	}
	got, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-1"})
	wantStatus(t, got, err, Completed) // the other seat still can be refunded
	s.waitRefunds(b)
	s.wantHeld(bought.ID, 4500)

	slow := s.fan()
	s.hold(b, slow, "A-3")
	open := s.provider.blockCharges()
	pending := s.buyUntilAsked(b, s.request(slow, "k", payment.TokenOK, "A-3"))
	_, err = b.Refund(s.ctx, slow, pending.ID, nil)
	wantCode(t, err, fault.Conflict)
	open()
	s.waitRefunds(b)

	if _, err := b.ApplySeason(s.ctx, s.season, []byte(`{"refunds":false}`), "test"); err != nil {
		t.Fatal(err)
	}
	_, err = b.Refund(s.ctx, slow, pending.ID, nil)
	wantCode(t, err, fault.Conflict)
	s.wantClean(b)
}

func TestASilentProviderDelaysOnlyTheMoney(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1")
	s.provider.failRefunds(errors.New("bank: no answer"))
	got, err := b.Refund(s.ctx, fan, bought.ID, nil)
	wantStatus(t, got, err, Cancelled)
	s.waitRefunds(b)
	s.recover(b)
	s.wantPending(1)
	s.wantHeld(bought.ID, 4500)
	s.sell(b, "A-1") // the seat does not wait for the money
	s.provider.failRefunds(nil)
	s.recover(b)
	s.wantPending(0)
	s.wantHeld(bought.ID, 0)
	s.wantClean(b)
}

// TestTheFanIsNotifiedOnceOfARefund although recovery repeats steps while the provider is
// silent, and a late node may settle the order.
func TestTheFanIsNotifiedOnceOfARefund(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 3)
		b := s.node(nil)
		announced := s.announcements()
		fan, bought := s.sell(b, "A-1", "A-2")
		s.provider.failRefunds(errors.New("bank: no answer"))
		if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-2"}); err != nil {
			t.Fatal(err)
		}
		s.waitRefunds(b)
		for range 3 {
			s.recover(b)
		}
		s.wantPending(1)
		sold := s.orderOf(bought)
		if err := b.settleDecided(s.ctx, sold); err != nil {
			t.Fatal(err)
		}
		_, last := s.sell(b, "A-3") // by then every earlier message has arrived
		testkit.Eventually(t, 10*time.Second, "the last purchase is announced", func() bool {
			got := announced()
			return len(got) > 0 && got[len(got)-1].ID == last.ID
		})
		if got := announced(); len(got) != 3 {
			t.Errorf("the fans were notified %d times, want two purchases and one refund: %+v", len(got), got)
		}
		s.provider.failRefunds(nil)
		s.recover(b)
		s.wantClean(b)
	})
}

// TestARepeatFinishesAnInterruptedRefund without waiting for recovery.
func TestARepeatFinishesAnInterruptedRefund(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	end := &crash{}
	mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
	fan, bought := s.sell(b, "A-1")
	end.kill(StepRefundShow, 1)
	_, _ = mortal.Refund(s.ctx, fan, bought.ID, nil)
	s.waitRefunds(mortal)
	got, err := b.Refund(s.ctx, fan, bought.ID, nil)
	wantStatus(t, got, err, Cancelled)
	s.waitRefunds(b)
	s.wantPending(0)
	s.wantHeld(bought.ID, 0)
	s.wantSeat("A-1", Available)
	s.wantClean(b)
}

func TestRefundingFreeSeats(t *testing.T) {
	t.Parallel()
	s := newStageAt(t, "", 2, 0)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1")
	s.provider.failRefunds(errors.New("bank: asked for nothing"))
	got, err := b.Refund(s.ctx, fan, bought.ID, nil)
	wantStatus(t, got, err, Cancelled)
	s.waitRefunds(b)
	s.wantPending(0)
	s.wantClean(b)
}
