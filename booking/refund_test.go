package booking

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// sell lets a fan of its own buy the seats.
func (s *stage) sell(b *Booking, seats ...string) (fan string, bought Transaction) {
	s.t.Helper()
	fan = s.fan()
	s.hold(b, fan, seats...)
	bought, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, seats...))
	wantStatus(s.t, bought, err, Completed)
	return fan, bought
}

// wantHeld fails unless the provider holds so much of a purchase's money.
func (s *stage) wantHeld(id string, amount int64) {
	s.t.Helper()
	if held, err := s.bank.Held(s.ctx, id); err != nil || held != amount {
		s.t.Errorf("the provider holds %d (%v), want %d", held, err, amount)
	}
}

// settled waits until a node's refunds have come to their end.
func (s *stage) settled(b *Booking) {
	s.t.Helper()
	b.purchases.wg.Wait()
}

// orderOf reads a purchase as it is stored.
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

func TestGivingAWholePurchaseBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	news := s.news()
	fan, bought := s.sell(here, "A-1", "A-2")
	for range 2 { // a repeat, on another node, changes nothing and answers the same
		got, err := there.Refund(s.ctx, fan, bought.ID, nil)
		wantStatus(t, got, err, Cancelled)
		if got.Reason != reasonRefunded || len(got.Tickets) != 2 || got.Tickets[0].Status != ticketVoid || got.Tickets[1].Status != ticketVoid {
			t.Errorf("given back: %+v", got)
		}
		if !got.CompletedAt.Equal(bought.CompletedAt) {
			t.Errorf("completed at %v, and at %v before it was given back", got.CompletedAt, bought.CompletedAt)
		}
	}
	s.settled(there)
	s.wantHeld(bought.ID, 0)
	s.wantPending(0)
	s.wantSeat("A-1", Available)
	if heard := news(); len(heard) < 2 || heard[len(heard)-1].Status != Cancelled {
		t.Errorf("the fan heard %+v, want the cancelled transaction last", heard)
	}
	s.wantScan(here, bought.Tickets[0].QRCode, Void)
	again, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2"))
	wantStatus(t, again, err, Cancelled) // the same key, the same purchase
	if len(again.Tickets) != 2 {
		t.Errorf("the repeated purchase shows %d tickets", len(again.Tickets))
	}
	s.wantClean(here)

	// Both seats are on sale again, also for the fan, whose limit is free again.
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

func TestGivingSeatsBackOneByOne(t *testing.T) {
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
		s.settled(b)
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

func TestWhatCannotBeGivenBack(t *testing.T) {
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
	wantStatus(t, got, err, Completed) // the other seat still can
	s.settled(b)
	s.wantHeld(bought.ID, 4500)

	slow := s.fan()
	s.hold(b, slow, "A-3")
	open := s.bank.shut()
	pending := s.buyUntilAsked(b, s.request(slow, "k", payment.TokenOK, "A-3"))
	_, err = b.Refund(s.ctx, slow, pending.ID, nil)
	wantCode(t, err, fault.Conflict)
	open()
	s.settled(b)

	if _, err := b.ApplySeason(s.ctx, s.season, []byte(`{"refunds":false}`), "test"); err != nil {
		t.Fatal(err)
	}
	_, err = b.Refund(s.ctx, slow, pending.ID, nil)
	wantCode(t, err, fault.Conflict)
	s.wantClean(b)
}

func TestASilentProviderDelaysTheMoneyAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1")
	s.bank.refuse(errors.New("bank: no answer"))
	got, err := b.Refund(s.ctx, fan, bought.ID, nil)
	wantStatus(t, got, err, Cancelled)
	s.settled(b)
	s.recover(b)
	s.wantPending(1)
	s.wantHeld(bought.ID, 4500)
	s.sell(b, "A-1") // the seat waits for nobody
	s.bank.refuse(nil)
	s.recover(b)
	s.wantPending(0)
	s.wantHeld(bought.ID, 0)
	s.wantClean(b)
}

// TestTheFanHearsOnceThatSeatsWereGivenBack: recovery comes by again and again while
// the provider is silent, and so may a node that settles the purchase late.
func TestTheFanHearsOnceThatSeatsWereGivenBack(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 3)
		b := s.node(nil)
		news := s.news()
		fan, bought := s.sell(b, "A-1", "A-2")
		s.bank.refuse(errors.New("bank: no answer"))
		if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-2"}); err != nil {
			t.Fatal(err)
		}
		s.settled(b)
		for range 3 {
			s.recover(b)
		}
		s.wantPending(1)
		sold := s.orderOf(bought)
		if err := b.settleDecided(s.ctx, sold); err != nil {
			t.Fatal(err)
		}
		_, last := s.sell(b, "A-3") // whatever came before has been heard by then
		testkit.Eventually(t, 10*time.Second, "the last purchase is heard of", func() bool {
			heard := news()
			return len(heard) > 0 && heard[len(heard)-1].ID == last.ID
		})
		if heard := news(); len(heard) != 3 {
			t.Errorf("the fans heard %d times, want of two purchases and one refund: %+v", len(heard), heard)
		}
		s.bank.refuse(nil)
		s.recover(b)
		s.wantClean(b)
	})
}

// TestAskingAgainFinishesARefundThatDied: who asks again need not wait for recovery.
func TestAskingAgainFinishesARefundThatDied(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	end := &death{}
	mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
	fan, bought := s.sell(b, "A-1")
	end.kill(StepRefundShow, 1)
	_, _ = mortal.Refund(s.ctx, fan, bought.ID, nil)
	s.settled(mortal)
	got, err := b.Refund(s.ctx, fan, bought.ID, nil)
	wantStatus(t, got, err, Cancelled)
	s.settled(b)
	s.wantPending(0)
	s.wantHeld(bought.ID, 0)
	s.wantSeat("A-1", Available)
	s.wantClean(b)
}

func TestGivingBackWhatCostNothing(t *testing.T) {
	t.Parallel()
	s := newStageAt(t, "", 2, 0)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1")
	s.bank.refuse(errors.New("bank: asked for nothing"))
	got, err := b.Refund(s.ctx, fan, bought.ID, nil)
	wantStatus(t, got, err, Cancelled)
	s.settled(b)
	s.wantPending(0)
	s.wantClean(b)
}

// TestDyingBeforeEachStepOfARefund kills the node that gives back before each
// step, and the node that recovers before each of its own. Then another recovers,
// and the fan asks again.
func TestDyingBeforeEachStepOfARefund(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	const most = 2 * 30
	s := newStage(t, "", most)
	giver, helper := &death{}, &death{}
	mortal := s.node(func(o *Options) { o.At = giver.at })
	second := s.node(func(o *Options) { o.At = helper.at })
	third := s.node(nil)
	next := 0
	covered := map[Step]bool{}
	live := func(t *testing.T, step Step, nth int, later Step) map[Step]int {
		if next += 2; next > most {
			t.Fatal("the house is too small for so many deaths")
		}
		fan, bought := s.sell(third, fmt.Sprintf("A-%d", next-1), fmt.Sprintf("A-%d", next))
		giver.kill(step, nth)
		helper.kill(later, 1)
		_, _ = mortal.Refund(s.ctx, fan, bought.ID, nil)
		s.settled(mortal)
		taken, died := giver.life()
		if died != (step != "") {
			t.Errorf("the node died: %v", died)
		}
		s.recover(second)
		if _, died := helper.life(); died != (later != "") {
			t.Errorf("the recovering node died: %v", died)
		}
		s.recover(third)
		s.wantPending(0)
		if step != StepRefundEnter {
			s.wantHeld(bought.ID, 0) // who has asked and got no answer gets the money
		}
		got, err := third.Refund(s.ctx, fan, bought.ID, nil)
		wantStatus(t, got, err, Cancelled)
		s.settled(third)
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
			t.Errorf("no refund came to step %s: this test does not cover it", step)
		}
		for nth := 1; nth <= path[step]; nth++ {
			t.Run(fmt.Sprintf("dead before %s %d", step, nth), func(t *testing.T) { live(t, step, nth, "") })
		}
		t.Run(fmt.Sprintf("dead before void 2, recovery dead before %s", step), func(t *testing.T) {
			live(t, StepRefundVoid, 2, step)
		})
	}
	s.wantClean(third)
}

// TestAPurchaseSettledLateTakesNothingBack lets a node wake up that was about to
// settle a purchase, after its seats were given back, and after one was sold again.
func TestAPurchaseSettledLateTakesNothingBack(t *testing.T) {
	t.Parallel()
	for _, forgotten := range []bool{false, true} {
		t.Run(fmt.Sprintf("Redis has forgotten: %v", forgotten), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "", 4)
			b, late := s.node(nil), s.node(nil)
			fan, bought := s.sell(b, "A-1", "A-2", "A-3")
			if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-1", "A-2"}); err != nil {
				t.Fatal(err)
			}
			s.settled(b)
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

// TestALateScriptMarksNothingThatWasGivenBack: the last script of a purchase may
// reach Redis after the refund's.
func TestALateScriptMarksNothingThatWasGivenBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-2"}); err != nil {
		t.Fatal(err)
	}
	s.settled(b)
	sold := s.orderOf(bought)
	if err := b.mirrorCaptured(s.ctx, sold, bought); err != nil {
		t.Fatal(err)
	}
	if err := b.take(s.ctx, sold); err != nil {
		t.Fatal(err)
	}
	s.wantClean(b)
	s.sell(b, "A-2")
}

func TestRedisIsRebuiltWithoutWhatWasGivenBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-2"}); err != nil {
		t.Fatal(err)
	}
	s.settled(b)
	s.stores.Redis.Del(s.ctx, s.key("taken"), s.key("booked"), s.key("takenby"), s.key("bought"), s.key("ended"))
	if err := b.Rebuild(s.ctx, s.season, 1); err != nil {
		t.Fatal(err)
	}
	_, err := b.Hold(s.ctx, s.season, s.fan(), []string{"A-1"})
	wantCode(t, err, fault.SeatTaken)
	s.sell(b, "A-2")
	s.wantClean(b)
}
