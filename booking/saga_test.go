package booking

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// crash crashes a node before the n-th time that it takes a step, and counts its steps
// until then.
type crash struct {
	mu      sync.Mutex
	step    Step
	nth     int
	crashed bool
	taken   map[Step]int
}

func (d *crash) at(step Step, _ string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken[step]++
	if step == d.step && d.taken[step] == d.nth {
		d.crashed = true
	}
	if d.crashed { // a crashed node takes no further step
		return errors.New("killed")
	}
	return nil
}

// kill starts counting for a new node and sets the step of its crash; no step means no
// crash.
func (d *crash) kill(step Step, nth int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.step, d.nth, d.crashed, d.taken = step, nth, false, map[Step]int{}
}

// life returns the steps taken since kill, and whether the node crashed.
func (d *crash) life() (taken map[Step]int, died bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.taken), d.crashed
}

// TestCrashBeforeEachStep crashes the buying node before each step, and the recovering node
// before each of its own. Then another node recovers, and the fan repeats the request under
// the same key. In every case the fan gets what the card allows, once, and money, claims,
// seats, tickets and Redis agree.
func TestCrashBeforeEachStep(t *testing.T) {
	testkit.Once(t)
	testkit.Long(t)
	t.Parallel()
	var mu sync.Mutex
	buyerTook, helperTook := map[Step]bool{}, map[Step]bool{}
	t.Run("with", func(t *testing.T) {
		for name, c := range map[string]struct {
			token    string
			declines bool
		}{
			"a card that pays":             {payment.TokenOK, false},
			"a card that declines":         {payment.TokenDeclined, true},
			"a page where the fan pays":    {payment.TokenPage, false},
			"a page where the fan refuses": {payment.TokenPage, true},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				bought, recovered := crashBeforeEachStep(t, c.token, c.declines)
				mu.Lock()
				defer mu.Unlock()
				maps.Copy(buyerTook, bought)
				maps.Copy(helperTook, recovered)
			})
		}
	})
	for _, step := range Steps() {
		if !buyerTook[step] {
			t.Errorf("no purchase reached step %s: this test does not cover it", step)
		}
		if !beginning(step) && !helperTook[step] {
			t.Errorf("no recovery reached step %s: this test does not cover it", step)
		}
		if beginning(step) && helperTook[step] {
			t.Errorf("recovery took step %s", step)
		}
	}
}

// crashBeforeEachStep runs the crash matrix with a token of the sandbox, and returns the
// steps that buying and recovering nodes took.
func crashBeforeEachStep(t *testing.T, token string, declines bool) (buyerTook, helperTook map[Step]bool) {
	d := &crashMatrix{stage: newStage(t, "", 2*60), token: token, declines: declines, seats: 2 * 60}
	if token == payment.TokenPage {
		d.visit = func(url string) error { return d.answerPage(url, !declines) }
	}
	return d.run(t)
}

// beginning reports whether recovery never takes a step.
func beginning(step Step) bool {
	switch step {
	case StepEnter, StepBegin, StepPin, StepClaim, StepTake, StepCharge:
		return true
	}
	return false
}

func TestNothingIsReleasedWhileTheProviderIsSilent(t *testing.T) {
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	fan, rival := s.fan(), s.fan()
	s.hold(here, fan, "A-1")
	open := s.provider.blockCharges()
	defer open()
	bought := s.buyUntilAsked(here, s.request(fan, "k", payment.TokenOK, "A-1"))
	s.provider.set(true, false)

	// The hold expires.
	s.redis(func(p redis.Pipeliner) { p.Del(s.ctx, s.key("hold")+":A-1") })
	s.recover(there)
	s.wantPending(1)
	_, err := there.Hold(s.ctx, s.season, rival, []string{"A-1"})
	wantCode(t, err, fault.SeatTaken, "A-1")
	_, err = there.Buy(s.ctx, s.request(rival, "k", payment.TokenOK, "A-1"))
	wantCode(t, err, fault.SeatTaken, "A-1")

	s.provider.set(false, false)
	open()
	got, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantStatus(t, got, err, Completed)
	if got.ID != bought.ID {
		t.Errorf("completed %s, begun %s", got.ID, bought.ID)
	}
	s.wantPending(0)
	s.wantClean(there)
}

func TestMoneyOfACancelledOrderIsReturned(t *testing.T) {
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	fan := s.fan()
	s.hold(here, fan, "A-1")
	open := s.provider.blockCharges()
	defer open()
	bought := s.buyUntilAsked(here, s.request(fan, "k", payment.TokenOK, "A-1"))
	s.recover(there) // the provider does not know the charge: closed, cancelled
	got, err := there.Transaction(s.ctx, fan, bought.ID)
	wantStatus(t, got, err, Cancelled)
	s.wantCart(there, fan, "A-1")

	s.provider.set(false, true) // now the provider captures a closed charge
	open()
	here.purchases.wg.Wait()
	if returned := s.provider.returned[bought.ID]; returned != 4500 {
		t.Errorf("%d refunded, want 4500", returned)
	}
	got, err = there.Transaction(s.ctx, fan, bought.ID)
	wantStatus(t, got, err, Cancelled)
	if n := s.count(ticketsName, bson.D{}); n != 0 {
		t.Errorf("%d tickets for a cancelled purchase", n)
	}
	s.wantClean(there)
}

func TestRecoveryWaitsUntilAPurchaseIsOverdue(t *testing.T) {
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	there.recovery.overdue = time.Hour
	fan := s.fan()
	s.hold(here, fan, "A-1")
	open := s.provider.blockCharges()
	defer open()
	bought := s.buyUntilAsked(here, s.request(fan, "k", payment.TokenOK, "A-1"))
	s.recover(there)
	s.recover(here) // an order in flight on this node is not recovered
	got, err := there.Transaction(s.ctx, fan, bought.ID)
	wantStatus(t, got, err, Pending)
	open()
	here.purchases.wg.Wait()
	got, err = there.Transaction(s.ctx, fan, bought.ID)
	wantStatus(t, got, err, Completed)
}

func TestManyNodesRecoverAtOnce(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	s := newStage(t, "", 12)
	dead := &crash{}
	mortal := s.node(func(o *Options) { o.At = dead.at })
	nodes := []*Booking{s.node(nil), s.node(nil), s.node(nil)}
	for i, step := range []Step{StepBegin, StepTake, StepCharge, StepDecide, StepTicket, StepMark} {
		fan, seat := s.fan(), fmt.Sprintf("A-%d", i+1)
		s.hold(nodes[0], fan, seat)
		dead.kill(step, 1)
		_, _ = mortal.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, seat))
		mortal.purchases.wg.Wait()
	}
	s.wantPending(6)
	var recovering sync.WaitGroup
	for _, b := range nodes {
		recovering.Go(func() { s.recover(b) })
	}
	recovering.Wait()
	s.wantPending(0)
	s.wantClean(nodes[0])
	if n := s.count(ticketsName, bson.D{}); n != 3 {
		t.Errorf("%d tickets, want 3: of the captured orders", n)
	}
}

func TestANodeWakesUpAfterRecovery(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	for _, step := range []Step{StepBegin, StepPin, StepClaim, StepTake, StepCharge} {
		t.Run("before "+string(step), func(t *testing.T) {
			s := newStage(t, "", 2)
			asleep, wake := make(chan struct{}), make(chan struct{})
			var once sync.Once
			sleeper := s.node(func(o *Options) {
				o.At = func(at Step, _ string) error {
					if at == step {
						once.Do(func() { close(asleep); <-wake })
					}
					return nil
				}
			})
			other := s.node(nil)
			fan, rival := s.fan(), s.fan()
			s.hold(other, fan, "A-1")
			go func() { _, _ = sleeper.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1")) }()
			<-asleep
			s.recover(other)
			s.wantPending(0)
			if _, err := other.Release(s.ctx, s.season, fan, nil); err != nil {
				t.Fatal(err)
			}
			s.hold(other, rival, "A-1")
			got, err := other.Buy(s.ctx, s.request(rival, "k", payment.TokenOK, "A-1"))
			wantStatus(t, got, err, Completed)
			close(wake)
			sleeper.purchases.wg.Wait()
			s.recover(other)
			s.wantPending(0)
			if n := s.count(ticketsName, bson.D{}); n != 1 {
				t.Errorf("%d tickets for one seat", n)
			}
			s.wantClean(other)
		})
	}
}

func TestASeatForgottenByRedisIsSoldOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	fan, rival, third := s.fan(), s.fan(), s.fan()
	s.hold(b, fan, "A-1")
	got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantStatus(t, got, err, Completed)
	s.redis(func(p redis.Pipeliner) {
		p.HDel(s.ctx, seats.TakenByKey(s.season), "0")
		p.SetBit(s.ctx, s.key("taken"), 0, 0)
		p.SetBit(s.ctx, s.key("booked"), 0, 0)
		p.HDel(s.ctx, seats.BoughtKey(s.season), fan)
	})
	s.hold(b, rival, "A-1", "A-2")
	s.provider.set(true, false) // a refusal does not ask the provider
	_, err = b.Buy(s.ctx, s.request(rival, "k", payment.TokenOK, "A-1", "A-2"))
	wantCode(t, err, fault.SeatTaken, "A-1")
	s.wantPending(0)
	s.provider.set(false, false)
	if n := s.provider.charged(); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
	// The claim has restored the mark in Redis; the other seat can still be bought.
	_, err = b.Hold(s.ctx, s.season, third, []string{"A-1"})
	wantCode(t, err, fault.SeatTaken, "A-1")
	_, err = b.Hold(s.ctx, s.season, rival, []string{"A-1", "A-3"}) // it is still in the cart
	wantCode(t, err, fault.SeatTaken, "A-1")
	got, err = b.Buy(s.ctx, s.request(rival, "k2", payment.TokenOK, "A-2"))
	wantStatus(t, got, err, Completed)
	list, _, err := b.Transactions(s.ctx, rival, 10, "")
	if err != nil || len(list) != 1 {
		t.Errorf("a refusal is listed: %+v, %v", list, err)
	}
	s.wantPending(0)
	s.wantClean(b)
}

func TestMarksOfCancelledOrdersAreCleared(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 4)
		b := s.node(nil)
		fan, rival := s.fan(), s.fan()
		s.hold(b, fan, "A-1", "A-2")
		got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
		wantStatus(t, got, err, Completed)
		_, err = b.Buy(s.ctx, s.request(fan, "no", payment.TokenDeclined, "A-2"))
		wantCode(t, err, fault.PaymentDeclined)
		if _, err := b.Release(s.ctx, s.season, fan, nil); err != nil {
			t.Fatal(err)
		}
		// A rebuild read the claim just before its release, and Redis has lost the order's
		// tombstone.
		over := &order{
			ID: transactionID(fan, "no", 1), User: bson.ObjectID{}, Season: s.season,
			Lines: []orderLine{{SeatNumber: "A-2", Index: 1}},
		}
		if over.User, err = bson.ObjectIDFromHex(fan); err != nil {
			t.Fatal(err)
		}
		wantCode(t, b.take(s.ctx, over), fault.Unavailable) // no script marks a seat for it any more
		s.redis(func(p redis.Pipeliner) { p.Del(s.ctx, s.key("ended")) })
		if err := b.take(s.ctx, over); err != nil {
			t.Fatal(err)
		}
		_, err = b.Hold(s.ctx, s.season, rival, []string{"A-2"})
		wantCode(t, err, fault.SeatTaken)
		if err := b.recovery.marks.check(s.ctx, b, s.season); err != nil {
			t.Fatal(err)
		}
		s.hold(b, rival, "A-2")
		_, err = b.Hold(s.ctx, s.season, rival, []string{"A-1"})
		wantCode(t, err, fault.SeatTaken)
		s.wantClean(b)
	})
}
