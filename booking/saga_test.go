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

// death kills a node before the n-th time that it takes a step, and counts the
// steps it takes until then.
type death struct {
	mu    sync.Mutex
	step  Step
	nth   int
	died  bool
	taken map[Step]int
}

func (d *death) at(step Step, _ string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken[step]++
	if step == d.step && d.taken[step] == d.nth {
		d.died = true
	}
	if d.died { // the dead take no further step
		return errors.New("killed")
	}
	return nil
}

// kill lets a fresh life begin, with its end; no step means a long one.
func (d *death) kill(step Step, nth int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.step, d.nth, d.died, d.taken = step, nth, false, map[Step]int{}
}

// life returns the steps taken since kill, and whether it ended.
func (d *death) life() (taken map[Step]int, died bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.taken), d.died
}

// TestDyingBeforeEachStep kills the buying node before each step, and the node
// that recovers before each of its own; then another node recovers, and the fan
// asks again under the same key. Whatever happened in between, the fan gets what
// the card allows, once, and money, claims, seats, tickets and Redis agree.
func TestDyingBeforeEachStep(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	var mu sync.Mutex
	buyerTook, helperTook := map[Step]bool{}, map[Step]bool{}
	t.Run("with", func(t *testing.T) {
		for _, token := range []string{payment.TokenOK, payment.TokenDeclined} {
			t.Run(token, func(t *testing.T) {
				t.Parallel()
				bought, recovered := dieBeforeEachStep(t, token)
				mu.Lock()
				defer mu.Unlock()
				maps.Copy(buyerTook, bought)
				maps.Copy(helperTook, recovered)
			})
		}
	})
	for _, step := range Steps() {
		if !buyerTook[step] {
			t.Errorf("no purchase came to step %s: this test does not cover it", step)
		}
		if !beginning(step) && !helperTook[step] {
			t.Errorf("no recovery came to step %s: this test does not cover it", step)
		}
		if beginning(step) && helperTook[step] {
			t.Errorf("recovery took step %s", step)
		}
	}
}

// dieBeforeEachStep does so with purchases that a token of the sandbox pays, and
// returns the steps that buying and recovering nodes took.
func dieBeforeEachStep(t *testing.T, token string) (buyerTook, helperTook map[Step]bool) {
	d := &deaths{stage: newStage(t, "", 2*40), token: token, declines: token == payment.TokenDeclined, seats: 2 * 40}
	return d.run(t)
}

// beginning reports whether a step is one that recovery never takes.
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
	open := s.bank.shut()
	defer open()
	bought := s.buyUntilAsked(here, s.request(fan, "k", payment.TokenOK, "A-1"))
	s.bank.be(true, false)

	// The hold ends, as a key does whose time is over.
	s.redis(func(p redis.Pipeliner) { p.Del(s.ctx, s.key("hold")+":A-1") })
	s.recover(there)
	s.wantPending(1)
	_, err := there.Hold(s.ctx, s.season, rival, []string{"A-1"})
	wantCode(t, err, fault.SeatTaken, "A-1")
	_, err = there.Buy(s.ctx, s.request(rival, "k", payment.TokenOK, "A-1"))
	wantCode(t, err, fault.SeatTaken, "A-1")

	s.bank.be(false, false)
	open()
	got, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantStatus(t, got, err, Completed)
	if got.ID != bought.ID {
		t.Errorf("completed %s, begun %s", got.ID, bought.ID)
	}
	s.wantPending(0)
	s.wantClean(there)
}

func TestMoneyForACancelledPurchaseGoesBack(t *testing.T) {
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	fan := s.fan()
	s.hold(here, fan, "A-1")
	open := s.bank.shut()
	defer open()
	bought := s.buyUntilAsked(here, s.request(fan, "k", payment.TokenOK, "A-1"))
	s.recover(there) // the provider has not heard of it: closed, cancelled
	got, err := there.Transaction(s.ctx, fan, bought.ID)
	wantStatus(t, got, err, Cancelled)
	s.wantCart(there, fan, "A-1")

	s.bank.be(false, true) // and now it captures what it had closed
	open()
	here.purchases.wg.Wait()
	if returned := s.bank.returned[bought.ID]; returned != 4500 {
		t.Errorf("%d given back, want 4500", returned)
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
	open := s.bank.shut()
	defer open()
	bought := s.buyUntilAsked(here, s.request(fan, "k", payment.TokenOK, "A-1"))
	s.recover(there)
	s.recover(here) // its own purchase, under way: none of recovery's business
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
	dead := &death{}
	mortal := s.node(func(o *Options) { o.At = dead.at })
	nodes := []*Booking{s.node(nil), s.node(nil), s.node(nil)}
	for i, step := range []Step{StepBegin, StepTake, StepCharge, StepDecide, StepTicket, StepMirror} {
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
		t.Errorf("%d tickets, want 3: of those whose money was there", n)
	}
}

func TestANodeThatWakesUpTooLate(t *testing.T) {
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

func TestASeatThatRedisForgotIsSoldOnceAllTheSame(t *testing.T) {
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
	s.bank.be(true, false) // a refusal has no need of the provider
	_, err = b.Buy(s.ctx, s.request(rival, "k", payment.TokenOK, "A-1", "A-2"))
	wantCode(t, err, fault.SeatTaken, "A-1")
	s.wantPending(0)
	s.bank.be(false, false)
	if n := s.bank.charged(); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
	// The claim has told Redis what it had lost; the other seat can still be had.
	_, err = b.Hold(s.ctx, s.season, third, []string{"A-1"})
	wantCode(t, err, fault.SeatTaken, "A-1")
	_, err = b.Hold(s.ctx, s.season, rival, []string{"A-1", "A-3"}) // it lies in the cart all the same
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

func TestMarksOfCancelledPurchasesAreSweptAway(t *testing.T) {
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
		// A rebuild read the claim just before it ended, and Redis has forgotten the
		// purchase otherwise.
		over := &order{
			ID: transactionID(fan, "no", 1), User: bson.ObjectID{}, Season: s.season,
			Lines: []orderLine{{SeatNumber: "A-2", Index: 1}},
		}
		if over.User, err = bson.ObjectIDFromHex(fan); err != nil {
			t.Fatal(err)
		}
		wantCode(t, b.take(s.ctx, over), fault.Unavailable) // nobody marks anything for it any more
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
