package booking

import (
	"context"
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

// recorder records a node's events.
type recorder struct {
	mu      sync.Mutex
	settled []Transaction
}

func (e *recorder) notify(events []Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range events {
		if event.Kind == TransactionSettled {
			e.settled = append(e.settled, *event.Transaction)
		}
	}
}

func (e *recorder) announced(id string, status TransactionStatus) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range e.settled {
		if t.ID == id && t.Status == status {
			return true
		}
	}
	return false
}

func (e *recorder) announcedCount() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.settled)
}

// run runs a node until the test ends.
func (s *stage) run(b *Booking) {
	ctx, stop := context.WithCancel(s.ctx)
	var running sync.WaitGroup
	running.Go(func() {
		if err := b.Run(ctx); err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

func TestARunningNodeFinishesADeadNodesOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	dead := &crash{}
	mortal := s.node(func(o *Options) { o.At = dead.at })
	var here, there recorder
	alive := s.node(func(o *Options) { o.Notify, o.Node = here.notify, "here" })
	bystander := s.node(func(o *Options) { o.Notify, o.Node = there.notify, "there" })
	bystander.recovery.overdue = time.Hour
	s.run(alive)
	s.run(bystander)
	for _, b := range []*Booking{alive, bystander} {
		testkit.Eventually(t, 10*time.Second, "both nodes keep the season", func() bool {
			return b.seats.MirrorOf(s.season).Snapshot.Load() != nil
		})
	}

	fan, declined := s.fan(), s.fan()
	s.hold(alive, fan, "A-1")
	s.hold(alive, declined, "A-2")
	dead.kill(StepTicket, 1)
	_, err := mortal.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantCode(t, err, fault.Internal)
	dead.kill(StepDecide, 1)
	_, err = mortal.Buy(s.ctx, s.request(declined, "k", payment.TokenDeclined, "A-2"))
	wantCode(t, err, fault.Internal)

	bought, refused := transactionID(fan, "k", 1).Hex(), transactionID(declined, "k", 1).Hex()
	for _, ears := range []*recorder{&here, &there} {
		testkit.Eventually(t, 20*time.Second, "both nodes tell how it ended", func() bool {
			return ears.announced(bought, Completed) && ears.announced(refused, Cancelled)
		})
	}
	testkit.Eventually(t, 5*time.Second, "nothing is pending", func() bool { return s.count(pendingName, bson.D{}) == 0 })
	s.wantClean(alive)
}

func TestABuyerIsNotifiedAlthoughTheMessageWasLost(t *testing.T) {
	s := newStage(t, "", 4)
	var events recorder
	deaf := s.node(func(o *Options) { o.Notify = events.notify }) // not running: no message reaches it
	fan := s.fan()
	s.hold(deaf, fan, "A-1")
	got, err := deaf.Buy(s.ctx, s.request(fan, "k", payment.TokenUnknown, "A-1"))
	wantStatus(t, got, err, Pending)
	keep := func() {
		t.Helper()
		id, err := bson.ObjectIDFromHex(got.ID)
		if err != nil {
			t.Fatal(err)
		}
		deaf.purchases.mu.Lock()
		if since, owed := deaf.purchases.pending[id]; owed {
			deaf.purchases.pending[id] = since.Add(-recoverEvery)
		}
		deaf.purchases.mu.Unlock()
		if err := deaf.purchases.announceSettledOnce(s.ctx); err != nil {
			t.Fatal(err)
		}
	}
	keep()
	if events.announcedCount() != 0 {
		t.Error("a pending purchase was announced as settled")
	}
	s.recover(deaf)
	keep()
	keep()
	if !events.announced(got.ID, Completed) || events.announcedCount() != 1 {
		t.Errorf("the buyer was notified %d times", events.announcedCount())
	}
}

func TestASilentProviderDoesNotDelayRecovery(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	dead := &crash{}
	mortal, b := s.node(func(o *Options) { o.At = dead.at }), s.node(nil)
	b.recovery.advanceTime = 50 * time.Millisecond
	fan := s.fan()
	s.hold(b, fan, "A-1")
	dead.kill(StepDecide, 1)
	_, err := mortal.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantCode(t, err, fault.Internal)
	speak := s.provider.blockOutcomes()
	defer speak()
	recovered := make(chan struct{})
	go func() { defer close(recovered); s.recover(b) }()
	select {
	case <-recovered:
	case <-time.After(10 * time.Second):
		speak()
		t.Fatal("recovery waits for a silent provider")
	}
	s.wantPending(1)
	speak()
	b.recovery.advanceTime = advanceTime
	s.recover(b)
	s.wantPending(0)
	got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantStatus(t, got, err, Completed)
}

func TestThePurchaseIndexes(t *testing.T) {
	s := newStage(t, "", 1)
	b := s.node(nil)
	for range 2 {
		if err := b.ensurePurchaseIndexes(s.ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// loseEpoch makes the season's data in Redis look lost until the returned function is
// called.
func (s *stage) loseEpoch() (found func()) {
	s.redis(func(p redis.Pipeliner) { p.Del(s.ctx, s.key("epoch")) })
	return func() { s.redis(func(p redis.Pipeliner) { p.Set(s.ctx, s.key("epoch"), 1, 0) }) }
}

func TestRedisFailsAtEachOfItsSteps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step  Step
		token string
		code  fault.Code // of the first answer; "": completed
		again fault.Code // of a repeat once Redis is back and recovery has come by
	}{
		{StepPin, payment.TokenOK, fault.Unavailable, ""},
		{StepTake, payment.TokenOK, fault.Unavailable, ""},
		{StepMark, payment.TokenOK, "", ""},
		{StepClear, payment.TokenDeclined, fault.PaymentDeclined, fault.PaymentDeclined},
	} {
		t.Run("before "+string(c.step), func(t *testing.T) {
			s := newStage(t, "", 2)
			var found func()
			var once sync.Once
			b := s.node(func(o *Options) {
				o.At = func(step Step, _ string) error {
					if step == c.step {
						once.Do(func() { found = s.loseEpoch() })
					}
					return nil
				}
			})
			fan := s.fan()
			s.hold(b, fan, "A-1")
			request := s.request(fan, "k", c.token, "A-1")
			_, err := b.Buy(s.ctx, request)
			wantCode(t, err, c.code)
			b.purchases.wg.Wait()
			s.wantPending(1)
			s.recover(b)
			s.wantPending(1) // still no Redis
			found()
			s.recover(b)
			s.wantPending(0)
			_, err = b.Buy(s.ctx, request)
			wantCode(t, err, c.again)
			s.wantClean(b)
		})
	}
}

func TestARepeatIsAnsweredWithoutRedis(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	dead := &crash{}
	mortal, b := s.node(func(o *Options) { o.At = dead.at }), s.node(nil)
	fan := s.fan()
	s.hold(b, fan, "A-1")
	request := s.request(fan, "k", payment.TokenOK, "A-1")
	dead.kill(StepTicket, 1)
	_, err := mortal.Buy(s.ctx, request)
	wantCode(t, err, fault.Internal)
	found := s.loseEpoch()
	got, err := b.Buy(s.ctx, request)
	wantStatus(t, got, err, Completed)
	found()
	s.recover(b)
	s.wantPending(0)
	s.wantClean(b)
}

func TestARebuiltRedisShowsSoldAndClaimedSeats(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 4)
		b := s.node(nil)
		fan, slow := s.fan(), s.fan()
		s.hold(b, fan, "A-1", "A-3")
		got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
		wantStatus(t, got, err, Completed)
		_, err = b.Buy(s.ctx, s.request(fan, "no", payment.TokenDeclined, "A-3"))
		wantCode(t, err, fault.PaymentDeclined)
		s.hold(b, slow, "A-2")
		open := s.provider.blockCharges()
		defer open()
		s.buyUntilAsked(b, s.request(slow, "k", payment.TokenOK, "A-2"))

		keys := seats.KeysOf(s.season)
		s.redis(func(p redis.Pipeliner) {
			p.Del(s.ctx, keys...)
			for _, seat := range []string{"A-1", "A-2", "A-3"} {
				p.Del(s.ctx, s.key("hold")+":"+seat)
			}
			for _, user := range []string{fan, slow} {
				p.Del(s.ctx, s.key("cart")+":"+user)
			}
		})
		if err := b.Rebuild(s.ctx, s.season, 2); err != nil {
			t.Fatal(err)
		}
		s.redis(func(p redis.Pipeliner) { p.Set(s.ctx, s.key("epoch"), 2, 0) })
		rival := s.fan() // the active users are lost too
		for _, seat := range []string{"A-1", "A-2"} {
			_, err := b.Hold(s.ctx, s.season, rival, []string{seat})
			wantCode(t, err, fault.SeatTaken, seat)
		}
		s.hold(b, rival, "A-3")
		open()
		got, err = b.Buy(s.ctx, s.request(slow, "k", payment.TokenOK, "A-2"))
		wantStatus(t, got, err, Completed)
		s.wantClean(b)
	})
}
