package booking

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// Redis loses everything, in the middle of the sale: MongoDB knows what is in allotments.
func TestAllotmentsSurviveTheLossOfRedis(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, t.TempDir())
	t.Cleanup(server.Kill)
	s := newStageAt(t, server.URL, 8, 0)
	b := s.node(nil)
	s.allots(b, under("promoter", "A-1", "A-2", "A-3", "A-4"), 4)
	s.allots(b, under("", "A-2"), 1)
	s.allots(b, under("press", "A-3"), 1)
	o, err := s.sellFrom(b, "promoter", "A-4")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.stores.Redis.FlushAll(s.ctx).Err(); err != nil {
		t.Fatal(err)
	}
	if err := b.Rebuild(s.ctx, s.season, 2); err != nil {
		t.Fatal(err)
	}
	s.redisEpoch(2)
	for number, status := range map[string]string{"A-1": Unavailable, "A-2": Available, "A-3": Unavailable, "A-4": Unavailable, "A-5": Available} {
		s.wantShown(b, number, status)
	}
	s.capture(b, o)
	s.wantShown(b, "A-4", Booked)
	s.wantAllotments(b, "press: A-3", "promoter: A-1")
	s.wantClean(b)
}

func (s *stage) redisEpoch(epoch int64) {
	s.t.Helper()
	if err := s.stores.Redis.Set(s.ctx, s.key("epoch"), epoch, 0).Err(); err != nil {
		s.t.Fatal(err)
	}
}

// TestNodesAreKilledInTheMiddleOfAChange kills the node that changes allotments before each
// step, and the recovering node before each of its own; then a third node recovers. After
// that the change is whole or did not happen, and the audit is clean.
func TestNodesAreKilledInTheMiddleOfAChange(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	s := newStageAt(t, "", 4, 0)
	var first, second crash
	mortal := s.node(func(o *Options) { o.At = first.at })
	helper := s.node(func(o *Options) { o.At = second.at })
	last := s.node(nil)
	for _, b := range []*Booking{mortal, helper, last} {
		b.recovery.allotOverdue = 0
	}
	// Each life begins with A-1 under press, A-2 under promoter and on sale, and
	// wants them there: A-1 on sale, the others under promoter.
	begin := []AllotSeat{{"A-1", "press"}, {"A-2", "promoter"}, {"A-3", ""}, {"A-4", ""}}
	want := []AllotSeat{{"A-1", ""}, {"A-2", "promoter"}, {"A-3", "promoter"}, {"A-4", "promoter"}}
	live := func(step Step, nth int, later Step, laterNth int) (took, recovered map[Step]int) {
		t.Helper()
		first.kill("", 0)
		if _, err := last.Allot(s.ctx, s.season, begin, "admin"); err != nil {
			t.Fatal(err)
		}
		first.kill(step, nth)
		second.kill(later, laterNth)
		_, err := mortal.Allot(s.ctx, s.season, want, "admin")
		took, died := first.life()
		if (err == nil) != !died {
			t.Fatalf("answered %v; killed: %v", err, died)
		}
		for _, b := range []*Booking{helper, last} {
			if err := b.recovery.recoverAllotments(s.ctx); err != nil && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
		}
		recovered, _ = second.life()
		whole := []string{"promoter: A-2 A-3 A-4"}
		if decided := took[StepAllotDecide] > 0 && (step != StepAllotDecide); !decided {
			whole = []string{"press: A-1", "promoter: A-2"}
		}
		s.wantAllotments(last, whole...)
		if n := s.count(allotmentChangesName, bson.D{{Key: "settled", Value: false}}); n > 0 {
			t.Errorf("%d changes are not settled", n)
		}
		s.wantClean(last)
		return took, recovered
	}
	path, _ := live("", 0, "", 0)
	_, forward := live(StepAllotShow, 1, "", 0)
	_, back := live(StepAllotDecide, 1, "", 0)
	for _, step := range AllotSteps() {
		for nth := 1; nth <= path[step]; nth++ {
			t.Logf("crash before %s %d", step, nth)
			live(step, nth, "", 0)
		}
		for nth := 1; nth <= forward[step]; nth++ {
			t.Logf("crash before show, recovery before %s %d", step, nth)
			live(StepAllotShow, 1, step, nth)
		}
		for nth := 1; nth <= back[step]; nth++ {
			t.Logf("crash before the decision, recovery before %s %d", step, nth)
			live(StepAllotDecide, 1, step, nth)
		}
		if path[step]+forward[step]+back[step] == 0 {
			t.Errorf("no life takes the step %s", step)
		}
	}
}

// TestAllotmentsAndHoldsOverTwoNodes plays releases and allotments on one node against holds
// and purchases on two others. Each fan who got a seat bought it, each seat is in one place,
// and the audit is clean.
func TestAllotmentsAndHoldsOverTwoNodes(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		const seats, rounds = 8, 6
		s := newStageAt(t, redisURL, seats, 0)
		admin, shops := s.node(nil), []*Booking{s.node(func(o *Options) { o.Node = "one" }), s.node(func(o *Options) { o.Node = "two" })}
		numbers := make([]string, seats)
		for i := range numbers {
			numbers[i] = fmt.Sprintf("A-%d", i+1)
		}
		s.allots(admin, under("promoter", numbers...), seats)
		fans := make([]string, 4)
		for i := range fans {
			fans[i] = s.fan()
		}
		var sold sync.Map // seat → fan
		var playing sync.WaitGroup
		playing.Go(func() {
			for round := range rounds {
				for _, number := range numbers {
					name := ""
					if round%2 == 1 {
						name = "promoter"
					}
					_, err := admin.Allot(s.ctx, s.season, under(name, number), "admin")
					if err != nil && !fault.Is(err, fault.SeatTaken) {
						t.Error(number, err)
					}
				}
			}
		})
		for i, fan := range fans {
			playing.Go(func() {
				shop := shops[i%len(shops)]
				for try := range rounds * 2 {
					number := numbers[(try*3+i)%seats]
					if _, err := shop.Hold(s.ctx, s.season, fan, []string{number}); err != nil {
						if !fault.Is(err, fault.SeatTaken, fault.SeatLimit, fault.Conflict, fault.RateLimited) {
							t.Error("hold", number, err)
						}
						continue
					}
					if try%3 == 0 {
						if _, err := shop.Release(s.ctx, s.season, fan, []string{number}); err != nil {
							t.Error("release", number, err)
						}
						continue
					}
					bought, err := shop.Buy(s.ctx, s.request(fan, number+fmt.Sprint(try), payment.TokenOK, number))
					if err != nil {
						t.Error("a held seat could not be bought:", number, err)
						continue
					}
					if other, twice := sold.LoadOrStore(number, fan); twice {
						t.Errorf("seat %s is sold to %v and to %s (%s)", number, other, fan, bought.Status)
					}
				}
			})
		}
		playing.Wait()
		all, err := admin.Allotments(s.ctx, s.season)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			for _, number := range a.Seats {
				if fan, both := sold.Load(number); both {
					t.Errorf("seat %s is under %s and sold to %v", number, a.Name, fan)
				}
			}
		}
		s.wantClean(admin)
	})
}

// TestAReleaseDuringAChangeKeepsTheNextHold puts a seat on sale while another node is about
// to move it. The fan who holds it then keeps the hold and can buy the seat, and the
// change is refused or finds nothing to do.
func TestAReleaseDuringAChangeKeepsTheNextHold(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		for _, c := range []struct {
			to     string
			before Step
		}{{"press", StepAllotClaim}, {"", StepAllotClaim}, {"press", StepAllotReserve}} {
			s := newStage(t, redisURL, 3)
			other, fan := s.node(nil), s.fan()
			var once sync.Once
			b := s.node(func(o *Options) {
				o.At = func(step Step, _ string) error {
					if step == c.before {
						once.Do(func() {
							s.allots(other, under("", "A-2"), 1)
							s.hold(other, fan, "A-2")
						})
					}
					return nil
				}
			})
			s.allots(other, under("promoter", "A-1", "A-2"), 2)
			want := append(under(c.to, "A-2"), under("press", "A-3")...)
			moved, err := b.Allot(s.ctx, s.season, want, "admin")
			if c.to == "" {
				s.wantAllotments(b, "press: A-3", "promoter: A-1")
				if err != nil || moved != 1 {
					t.Errorf("a second release moved %d: %v", moved, err)
				}
			} else {
				wantCode(t, err, fault.SeatTaken, "A-2")
				s.wantAllotments(b, "promoter: A-1")
			}
			cart, err := other.Cart(s.ctx, s.season, fan)
			if err != nil || fmt.Sprint(seatsOf(cart)) != "[A-2]" {
				t.Errorf("to %q before %s: the fan holds %v, %v", c.to, c.before, seatsOf(cart), err)
			}
			bought, err := other.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-2"))
			wantStatus(t, bought, err, Completed)
			s.wantClean(b)
		}
	})
}

// TestASlowNodeShowsNoOldStatus: while a node is about to show the seats of its change,
// another one settles the change and puts a seat on sale.
func TestASlowNodeShowsNoOldStatus(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	other := s.node(nil)
	other.recovery.overdue = 0
	b := s.node(func(o *Options) {
		o.At = func(step Step, _ string) error {
			if step == StepAllotShow {
				if err := other.recovery.recoverAllotments(s.ctx); err != nil {
					t.Error(err)
				}
				s.allots(other, under("", "A-2"), 1)
			}
			return nil
		}
	})
	s.allots(b, under("promoter", "A-1", "A-2"), 2)
	s.wantSeat("A-1", Unavailable)
	s.wantSeat("A-2", Available)
	s.wantAllotments(b, "promoter: A-1")
	s.wantClean(b)
}

// TestASeatThatCouldNotLeaveItsAllotmentIsShownThere: the seats of a change are shown late,
// when a sale has claimed one from the allotment. The sale is cancelled.
func TestASeatThatCouldNotLeaveItsAllotmentIsShownThere(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	s.allots(b, under("promoter", "A-1", "A-2"), 2)
	o, err := s.sellFrom(b, "promoter", "A-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.showSeat(s.ctx, s.season, "A-1"); err != nil {
		t.Fatal(err)
	}
	d, err := b.decide(s.ctx, o, cancelled, reasonUnavailable)
	if err == nil {
		_, err = b.settle(s.ctx, o, d)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.wantSeat("A-1", Unavailable)
	s.wantClean(b)
}
