package booking

import (
	"errors"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/testkit"
)

// TestWhoSettlesLateAndFailsIsMended lets a node write what was true when it was
// told, after the whole purchase has been settled and given back by others. Then it
// fails, or dies, before it comes to the refunds.
func TestWhoSettlesLateAndFailsIsMended(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(late *Booking, entry *pendingEntry) error{
		"recovery": func(late *Booking, entry *pendingEntry) error {
			return late.recovery.advance(late.purchases.base, entry, true)
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
				late = s.node(func(o *Options) { o.At = endBefore(StepMirror, dies, func() { late.purchases.stop() }) })
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
				s.settled(b)
				s.wantPending(0)
				if err := how(late, &pendingEntry{ID: id, Season: s.season, Order: *asRead}); err == nil {
					t.Fatal("nothing failed")
				}
				s.wantMended(b, fan, bought)
			})
		}
	}
}

// TestASagaThatEndsLateAndFailsIsMended is the same for the node that sold.
func TestASagaThatEndsLateAndFailsIsMended(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan := s.fan()
	var late *Booking
	late = s.node(func(o *Options) {
		o.At = func(step Step, id string) error {
			switch step {
			case StepComplete: // its status is written after all this
				s.recover(b)
				if got, err := b.Refund(s.ctx, fan, id, nil); err != nil || got.Status != Cancelled {
					t.Errorf("given back: %+v (%v)", got, err)
				}
				s.settled(b)
			case StepMirror:
				late.purchases.stop()
			}
			return nil
		}
	})
	s.hold(b, fan, "A-1")
	bought, err := late.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantStatus(t, bought, err, Completed)
	late.purchases.wg.Wait()
	s.wantMended(b, fan, bought)
}

// TestARefundThatIsShownLateAndFailsIsLookedAtAgain: others have finished it, and what
// the late node wrote of the seats may be true no longer.
func TestARefundThatIsShownLateAndFailsIsLookedAtAgain(t *testing.T) {
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
	s.settled(late)
	s.wantPending(1)
	s.wantMended(b, fan, bought)
	s.wantHeld(bought.ID, 0)
}

// TestGivenBackBeforeTheHoldHasEnded: a purchase shows as completed a moment before
// Redis hears of it. Who gives it back then gives the seat back, too.
func TestGivenBackBeforeTheHoldHasEnded(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		for _, again := range []bool{false, true} {
			s := newStage(t, redisURL, 2)
			end := &death{}
			mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
			fan := s.fan()
			s.hold(b, fan, "A-1", "A-2")
			end.kill(StepMirror, 1)
			_, _ = mortal.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
			mortal.purchases.wg.Wait()
			list, _, err := b.Transactions(s.ctx, fan, 1, "")
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v (%v)", list, err)
			}
			got, err := b.Refund(s.ctx, fan, list[0].ID, nil)
			wantStatus(t, got, err, Cancelled)
			s.settled(b)
			s.recover(b)
			s.wantPending(0)
			s.wantCart(b, fan, "A-2")
			buyer := s.fan()
			if again { // the fan thinks better of it; a hold of that kind is not taken away
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

// TestATransactionGivenBackIsShownSoWhateverItsStatusSays: a node that wrote late may
// be dead before it came to the refunds.
func TestATransactionGivenBackIsShownSoWhateverItsStatusSays(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	for i, want := range []TransactionStatus{Completed, Cancelled} {
		if _, err := b.Refund(s.ctx, fan, bought.ID, bought.Seats[i:i+1]); err != nil {
			t.Fatal(err)
		}
		s.settled(b)
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

// endBefore lets a node fail, or die, before a step.
func endBefore(last Step, dies bool, fail func()) func(Step, string) error {
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

// wantMended lets recovery come by and fails unless the purchase shows as given
// back, and its seat can be sold.
func (s *stage) wantMended(b *Booking, fan string, bought Transaction) {
	s.t.Helper()
	s.recover(b)
	s.wantPending(0)
	got, err := b.Transaction(s.ctx, fan, bought.ID)
	wantStatus(s.t, got, err, Cancelled)
	s.wantSeat("A-1", Available)
	s.wantClean(b)
	s.sell(b, "A-1")
}
