package booking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// under says that seats shall be under a name.
func under(name string, numbers ...string) []AllotSeat {
	want := make([]AllotSeat, len(numbers))
	for i, number := range numbers {
		want[i] = AllotSeat{Number: number, Allotment: name}
	}
	return want
}

// allots moves seats and fails unless so many moved.
func (s *stage) allots(b *Booking, want []AllotSeat, moves int) {
	s.t.Helper()
	moved, err := b.Allot(s.ctx, s.season, want, "admin")
	if err != nil || moved != moves {
		s.t.Fatalf("moved %d seats of %v, want %d: %v", moved, want, moves, err)
	}
}

// wantAllotments fails unless the allotments are these: "name: A-1 A-2".
func (s *stage) wantAllotments(b *Booking, want ...string) {
	s.t.Helper()
	all, err := b.Allotments(s.ctx, s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	got := make([]string, len(all))
	for i, a := range all {
		got[i] = a.Name + ": " + strings.Join(a.Seats, " ")
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("allotments %q, want %q", got, want)
	}
}

// wantShown fails unless clients are shown this status of a seat.
func (s *stage) wantShown(b *Booking, number, status string) {
	s.t.Helper()
	snapshot, err := b.Snapshot(s.ctx, s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	if got := snapshot.Status(snapshot.Plan.ByName[number]); got != status {
		s.t.Errorf("seat %s is shown as %s, want %s", number, got, status)
	}
}

func TestSeatsComeIntoAllotmentsAndBackOnSale(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 12)
		b, other := s.node(nil), s.node(func(o *Options) { o.Node = "other" })
		ann := s.fan()
		s.allots(b, under("promoter", "A-10", "A-2", "A-1"), 3)
		s.allots(other, under("promoter", "A-1", "A-2", "A-10"), 0) // a repeat
		s.wantAllotments(other, "promoter: A-1 A-2 A-10")
		s.wantShown(other, "A-2", Unavailable)
		s.wantSeat("A-2", Unavailable)
		_, err := other.Hold(s.ctx, s.season, ann, []string{"A-2", "A-3"})
		wantCode(t, err, fault.SeatTaken, "A-2")
		if snapshot, err := b.Snapshot(s.ctx, s.season); err != nil || snapshot.Stock().Total != 9 || snapshot.Stock().Available != 9 || snapshot.Stock().Held != 0 {
			t.Errorf("stock %+v, %v", snapshot.Stock(), err)
		}
		s.wantClean(b)

		s.allots(other, under("press", "A-2", "A-4"), 2)
		s.wantAllotments(b, "press: A-2 A-4", "promoter: A-1 A-10")
		s.wantClean(b)

		s.allots(b, append(under("", "A-1", "A-4", "A-5"), under("press", "A-10")...), 3)
		s.wantAllotments(other, "press: A-2 A-10")
		s.wantShown(b, "A-1", Available)
		s.wantSeat("A-1", Available)
		s.wantClean(b)
		s.hold(other, ann, "A-1", "A-4")
		bought, err := other.Buy(s.ctx, s.request(ann, "k", payment.TokenOK, "A-1", "A-4"))
		wantStatus(t, bought, err, Completed)
		s.wantClean(b)
		if _, err := b.Refund(s.ctx, ann, bought.ID, []string{"A-1"}); err != nil {
			t.Fatal(err)
		}
		s.allots(b, under("promoter", "A-1"), 1)
		s.allots(b, under("", "A-4"), 0) // sold: it is not in an allotment
		s.wantAllotments(b, "press: A-2 A-10", "promoter: A-1")
		s.waitRefunds(b)
		s.wantClean(b)
		s.wantPending(0)
	})
}

func TestSeatsThatAreNotFreeComeIntoNoAllotment(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 8)
		b := s.node(nil)
		ann := s.fan()
		s.sell(b, "A-8")
		s.hold(b, ann, "A-2", "A-3")
		_, err := b.Allot(s.ctx, s.season, under("promoter", "A-1", "A-8", "A-3", "A-2"), "admin")
		wantCode(t, err, fault.SeatTaken, "A-8")
		_, err = b.Allot(s.ctx, s.season, under("promoter", "A-1", "A-3", "A-2"), "admin")
		wantCode(t, err, fault.SeatTaken, "A-2", "A-3")
		_, err = b.Allot(s.ctx, s.season, under("promoter", "A-1", "A-99"), "admin")
		wantCode(t, err, fault.UnknownSeat, "A-99")
		_, err = b.Allot(s.ctx, s.season, under("promoter", "A-1", "A-1"), "admin")
		wantCode(t, err, fault.InvalidRequest, "A-1")
		_, err = b.Allot(s.ctx, s.season, under(strings.Repeat("x", 33), "A-1"), "admin")
		wantCode(t, err, fault.InvalidRequest)
		_, err = b.Allot(s.ctx, s.season, nil, "admin")
		wantCode(t, err, fault.InvalidRequest)
		_, err = b.Allot(s.ctx, "nowhere", under("promoter", "A-1"), "admin")
		wantCode(t, err, fault.NotFound)
		s.wantAllotments(b)
		if n := s.count(allotmentChangesName, bson.D{}); n != 0 {
			t.Errorf("%d refused changes left a document", n)
		}
		if _, err := b.Release(s.ctx, s.season, ann, nil); err != nil {
			t.Fatal(err)
		}
		s.allots(b, under("promoter", "A-1", "A-2", "A-3"), 3)
		s.wantClean(b)
	})
}

// sellFrom makes an order of seats from an allotment, as the box office does, up to the
// decision.
func (s *stage) sellFrom(b *Booking, name string, numbers ...string) (*order, error) {
	s.t.Helper()
	o, err := b.draft(s.ctx, s.request(s.fan(), bson.NewObjectID().Hex(), payment.TokenOK, numbers...), bson.NewObjectID(), 1, nil)
	if err != nil {
		return nil, err
	}
	o.Total = 0
	for i := range o.Lines {
		o.Lines[i].Allotment = name
	}
	if err := b.enterPending(s.ctx, o); err != nil {
		return nil, err
	}
	if _, err := s.stores.Mongo.Collection(transactionsName).InsertOne(s.ctx, o); err != nil {
		return nil, err
	}
	if err := b.claimSeats(s.ctx, o); err != nil {
		d, undone := b.decide(s.ctx, o, cancelled, reasonUnavailable)
		if undone == nil {
			_, undone = b.settle(s.ctx, o, d)
		}
		return o, errors.Join(err, undone)
	}
	return o, b.take(s.ctx, o)
}

func (s *stage) capture(b *Booking, o *order) {
	s.t.Helper()
	d, err := b.decide(s.ctx, o, captured, "")
	if err == nil {
		_, err = b.settle(s.ctx, o, d)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestSeatsAreSoldFromAnAllotment(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStageAt(t, redisURL, 6, 0)
		b, other := s.node(nil), s.node(func(o *Options) { o.Node = "other" })
		s.allots(b, append(under("promoter", "A-1", "A-2", "A-3"), under("press", "A-4")...), 4)

		o, err := s.sellFrom(other, "promoter", "A-1", "A-2")
		if err != nil {
			t.Fatal(err)
		}
		// In between the seats are in neither: they can be neither sold nor moved.
		_, err = s.sellFrom(b, "promoter", "A-2")
		var taken *takenError
		if !errors.As(err, &taken) || fault.CodeOf(taken.fault(bson.NewObjectID())) != fault.SeatTaken {
			t.Error("sold twice:", err)
		}
		_, err = b.Allot(s.ctx, s.season, under("", "A-1"), "admin")
		wantCode(t, err, fault.SeatTaken, "A-1")
		s.capture(other, o)
		s.wantShown(other, "A-1", Booked)
		s.wantSeat("A-1", Booked)
		s.wantAllotments(b, "press: A-4", "promoter: A-3")
		s.wantClean(b)

		// A cancelled order leaves its seats in the allotment.
		if _, err = s.sellFrom(b, "promoter", "A-3", "A-4"); !errors.As(err, &taken) || taken.number != "A-4" {
			t.Error("sold from another allotment:", err)
		}
		s.wantAllotments(b, "press: A-4", "promoter: A-3")
		s.wantShown(b, "A-3", Unavailable)
		s.wantClean(b)
		s.allots(other, under("press", "A-3"), 1) // it can be moved after that
		s.wantAllotments(b, "press: A-3 A-4")
		if _, err = s.sellFrom(b, "press", "A-5"); !errors.As(err, &taken) {
			t.Error("sold from an allotment, and it was on sale:", err)
		}
		if err := b.checkInAllotment(s.ctx, s.season, "press", []string{"A-3", "A-5"}); fault.CodeOf(err) != fault.SeatTaken {
			t.Error(err)
		}
		s.wantClean(b)

		// A refunded seat goes on sale.
		if _, err := b.Refund(s.ctx, o.User.Hex(), o.ID.Hex(), []string{"A-1"}); err != nil {
			t.Fatal(err)
		}
		s.waitRefunds(b)
		s.wantShown(b, "A-1", Available)
		s.hold(b, s.fan(), "A-1")
		s.wantClean(b)
	})
}

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

// TestTheAuditFindsBrokenAllotments plants faults one by one; the audit is clean again when
// each is undone. Those in Redis are undone by the repair.
func TestTheAuditFindsBrokenAllotments(t *testing.T) {
	t.Parallel()
	s := newStageAt(t, "", 6, 0)
	b := s.node(nil)
	fan := s.fan()
	s.allots(b, under("promoter", "A-1", "A-2"), 2)
	s.allots(b, under("press", "A-2"), 1)
	s.sell(b, "A-4")
	s.wantClean(b)
	mark := func(seat int) string {
		t.Helper()
		text, err := s.stores.Redis.HGet(s.ctx, s.key("takenby"), fmt.Sprint(seat)).Result()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	promoter, press := mark(0), mark(1)
	for _, c := range []struct {
		what, finds string
		plant, undo func(redis.Pipeliner)
	}{
		{
			"a bit without a mark and without a claim", "seat A-3 shows as allotted, but its mark is missing",
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 2, 1) },
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 2, 0) },
		},
		{
			"a mark without a bit", "seat A-1 is marked allotted (" + promoter + "), but does not show so",
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 0, 0) },
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 0, 1) },
		},
		{
			"an allotted seat that is held", "seat A-1 is in an allotment, and " + fan + " holds it",
			func(p redis.Pipeliner) { p.Set(s.ctx, s.key("hold")+":A-1", fan, time.Minute) },
			func(p redis.Pipeliner) { p.Del(s.ctx, s.key("hold")+":A-1") },
		},
		{
			"a sold seat that shows as allotted", "seat A-4 shows as allotted and as sold",
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 3, 1) },
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 3, 0) },
		},
		{
			"a claim without a mark", `seat A-1 is in the allotment "promoter" by change ` + strings.Fields(promoter)[0] + `, but Redis marks it ""`,
			func(p redis.Pipeliner) {
				p.HDel(s.ctx, s.key("takenby"), "0")
				p.SetBit(s.ctx, s.key("allotted"), 0, 0)
				p.SetBit(s.ctx, s.key("taken"), 0, 0)
				p.HIncrBy(s.ctx, s.key("bought"), "@", -1)
			}, nil,
		},
		{
			"a mark without a claim", "seat A-2 is marked allotted by change " + strings.Fields(promoter)[0] + ", but it is not in an allotment by that",
			func(p redis.Pipeliner) { p.HSet(s.ctx, s.key("takenby"), "1", promoter) }, nil,
		},
		{
			"a mark on a seat that is on sale", "the seat with index 4 is marked taken (" + press + ") without a claim",
			func(p redis.Pipeliner) {
				p.HSet(s.ctx, s.key("takenby"), "4", press)
				p.SetBit(s.ctx, s.key("allotted"), 4, 1)
				p.SetBit(s.ctx, s.key("taken"), 4, 1)
				p.HIncrBy(s.ctx, s.key("bought"), "@", 1)
			}, nil,
		},
	} {
		s.redis(c.plant)
		found, err := b.Audit(s.ctx, s.season, AuditOptions{})
		if err != nil || !slices.ContainsFunc(found.Findings, func(f Finding) bool { return f.Sentence == c.finds }) {
			t.Errorf("%s: %v %v", c.what, found.Findings, err)
		}
		if c.undo != nil {
			s.redis(c.undo)
		} else if err := b.repair(s.ctx, s.season); err != nil {
			t.Error(err)
		}
		s.wantClean(b)
	}

	// A claim that sold the seat as if it were on sale.
	o, err := b.draft(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"), bson.NewObjectID(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.stores.Mongo.Collection(claimsName).InsertOne(s.ctx, o.claim(0, 2)); err != nil {
		t.Fatal(err)
	}
	found, err := b.Audit(s.ctx, s.season, AuditOptions{})
	want := `seat A-1 is in the allotment "promoter", and transaction ` + o.ID.Hex() + " claimed it as if it were on sale"
	if err != nil || !slices.ContainsFunc(found.Findings, func(f Finding) bool { return f.Sentence == want }) {
		t.Errorf("an allotted seat that is sold: %v %v", found.Findings, err)
	}
}
