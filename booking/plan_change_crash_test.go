package booking

import (
	"strings"
	"testing"

	"usher/booking/seatmap"
	"usher/internal/testkit"
)

// propose inserts the proposal of a change and stops, like an importer that dies there.
func (s *stage) propose(b *Booking, lines ...string) *planHeader {
	s.t.Helper()
	current, err := b.reloadPlan(s.ctx, s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	seats, err := seatmap.Read(strings.NewReader(seatsHead+strings.Join(lines, "")), "EUR")
	if err != nil {
		s.t.Fatal(err)
	}
	header, err := b.proposal(s.ctx, current, changedSeats(current.Plan, seats), "test")
	if err != nil || header == nil {
		s.t.Fatal(header, err)
	}
	if mine, err := b.insertPlan(s.ctx, *header); err != nil || !mine {
		s.t.Fatal(mine, err)
	}
	return header
}

// An importer may die after each step. Any node finishes the change, and a Redis that has
// lost its data is moved to the decided version.
func TestAnImporterDiesAfterEachStepOfAChange(t *testing.T) {
	testkit.Long(t)
	cheap := []string{seatLine("A-1", 4500, ""), seatLine("A-2", 7, ""), seatLine("A-3", 4500, "")}
	died := map[string]func(s *stage, b *Booking, header *planHeader){
		"after the proposal": func(*stage, *Booking, *planHeader) {},
		"after Redis was asked": func(s *stage, b *Booking, header *planHeader) {
			current, err := b.reloadPlan(s.ctx, s.season)
			if err != nil {
				s.t.Fatal(err)
			}
			next, err := b.loadPlan(s.ctx, header)
			if err != nil {
				s.t.Fatal(err)
			}
			taken, late, err := b.seats.Freeze(s.ctx, s.season, next.Version, current.Version, seatmap.SeatsChanged(current.Plan, next.Plan))
			if err != nil || late || len(taken) > 0 {
				s.t.Fatal(taken, late, err)
			}
		},
		"after it was decided": func(s *stage, _ *Booking, header *planHeader) {
			if _, err := s.stores.Mongo.Collection(plansName).InsertOne(s.ctx, planDecision{ID: planDecisionID(header), Accepted: true}); err != nil {
				s.t.Fatal(err)
			}
		},
	}
	for name, further := range died {
		for _, who := range []string{"a fan", "a loop"} {
			t.Run(name+", found by "+who, func(t *testing.T) {
				t.Parallel()
				testkit.EachRedis(t, func(t *testing.T, redisURL string) {
					s := newStage(t, redisURL, 3)
					importer, other := s.node(nil), s.node(nil)
					s.sell(other, "A-1")
					further(s, importer, s.propose(importer, cheap...))
					if who == "a loop" || name != "after Redis was asked" {
						if err := other.finishPlan(s.ctx, s.season); err != nil {
							t.Fatal(err)
						}
					}
					cart, err := other.Hold(s.ctx, s.season, s.fan(), []string{"A-2"})
					if err != nil || cart.Total != 7 {
						t.Fatalf("%+v, %v", cart, err)
					}
					if moving, err := s.stores.Redis.HExists(s.ctx, s.key("sale"), "moving").Result(); err != nil || moving {
						t.Error("holds of the seats are still refused", err)
					}
					plan, err := other.reloadPlan(s.ctx, s.season)
					if err != nil {
						t.Fatal(err)
					}
					if err := other.project(s.ctx, plan); err != nil {
						t.Fatal(err)
					}
					if got := s.priceShown("A-2"); got != 7 {
						t.Errorf("the collection seats shows %d", got)
					}
					s.wantClean(importer)
				})
			})
		}
	}
}

// An accepted change counts although Redis has lost it and allowed holds under the version
// before: the carts with changed seats end, others stay.
func TestADecidedChangeOutlivesALossOfRedis(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 3)
		importer, other := s.node(nil), s.node(nil)
		s.sell(other, "A-1")
		header := s.propose(importer, seatLine("A-1", 4500, ""), seatLine("A-2", 7, ""), seatLine("A-3", 4500, ""))
		late, kept := s.fan(), s.fan()
		s.hold(other, late, "A-2")
		s.hold(other, kept, "A-3")
		if _, err := s.stores.Mongo.Collection(plansName).InsertOne(s.ctx, planDecision{ID: planDecisionID(header), Accepted: true}); err != nil {
			t.Fatal(err)
		}
		if err := other.seats.Reconfigure(s.ctx, s.season); err != nil {
			t.Fatal(err)
		}
		s.wantCart(other, late)
		s.wantCart(other, kept, "A-3")
		cart, err := other.Hold(s.ctx, s.season, late, []string{"A-2"})
		if err != nil || cart.Total != 7 {
			t.Fatalf("%+v, %v", cart, err)
		}
		s.wantClean(other)
	})
}

// A refused change leaves nothing behind, however late a node decides it again.
func TestARefusedChangeLeavesNothingBehind(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 3)
		slow, other := s.node(nil), s.node(nil)
		s.sell(other, "A-1")
		fan := s.fan()
		s.hold(other, fan, "A-2")
		s.propose(slow, seatLine("A-1", 4500, ""), seatLine("A-2", 7, ""), seatLine("A-3", 8, ""))
		current, err := slow.reloadPlan(s.ctx, s.season)
		if err != nil || current.proposed == nil {
			t.Fatal(current, err)
		}
		if err := other.finishPlan(s.ctx, s.season); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Release(s.ctx, s.season, fan, nil); err != nil {
			t.Fatal(err)
		}
		if err := slow.decideProposed(s.ctx, current); err != nil {
			t.Fatal(err)
		}
		cart, err := other.Hold(s.ctx, s.season, fan, []string{"A-2", "A-3"})
		if err != nil || cart.Total != 9000 {
			t.Fatalf("%+v, %v", cart, err)
		}
		if got, err := s.load(other, seatLine("A-1", 4500, ""), seatLine("A-2", 4500, ""), seatLine("A-3", 4500, ""), seatLine("A-9", 1, "")); err != nil || got.Version != current.proposed.Version+1 {
			t.Fatal(got, err)
		}
		s.wantClean(slow)
	})
}

// A starting node reads few versions, however many there are.
func TestANewNodeReadsFewVersions(t *testing.T) {
	testkit.Long(t)
	s := newStage(t, testkit.Stores(t).RedisURL, 2)
	importer := s.node(nil)
	s.sell(importer, "A-1")
	const versions = 40
	for i := range versions {
		if _, err := s.load(importer, seatLine("A-1", 4500, ""), seatLine("A-2", int64(i), "")); err != nil {
			t.Fatal(err)
		}
	}
	fresh := s.node(nil)
	asked := 0
	_, err := newest(0, func(n int) (bool, error) {
		asked++
		header, err := fresh.planHeader(s.ctx, s.season, int64(n))
		return header != nil, err
	})
	if err != nil || asked > 14 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	plan, err := fresh.plan(s.ctx, s.season)
	if err != nil || plan.Version != versions+2 || plan.Seats[1].Price != versions-1 {
		t.Fatal(plan.Version, err)
	}
}
