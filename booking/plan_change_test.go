package booking

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// seatLine is a seat's line in a file.
func seatLine(number string, price int64, status string) string {
	return fmt.Sprintf("%s,VIP,%d,%s\n", number, price, status)
}

const seatsHead = "seatNumber,category,price,status\n"

func (s *stage) load(b *Booking, lines ...string) (Imported, error) {
	return b.ImportPlan(s.ctx, s.season, strings.NewReader(seatsHead+strings.Join(lines, "")), "test")
}

func (s *stage) priceShown(number string) int64 {
	s.t.Helper()
	row, err := store.Find[seatRow](s.ctx, s.stores.Mongo.Collection(seatsName), seatID(s.season, number))
	if err != nil || row == nil {
		s.t.Fatal(row, err)
	}
	return row.Price
}

// Under sale, seats come, go off sale and on again, and change their price while they
// are free; a seat held, being bought or sold stays what it is.
func TestAPlanUnderSaleChangesWhereItIsFree(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 4)
		here, there := s.node(nil), s.node(nil)
		s.sell(here, "A-1")
		fan := s.fan()
		s.hold(here, fan, "A-2")
		before, err := here.Snapshot(s.ctx, s.season)
		if err != nil {
			t.Fatal(err)
		}

		for name, lines := range map[string][]string{
			"another price": {seatLine("A-1", 1, ""), seatLine("A-2", 1, ""), seatLine("A-3", 4500, ""), seatLine("A-4", 4500, "")},
			"missing":       {seatLine("A-3", 9, ""), seatLine("A-4", 4500, "")},
			"off sale":      {seatLine("A-1", 4500, "unavailable"), seatLine("A-2", 4500, "unavailable"), seatLine("A-3", 4500, ""), seatLine("A-4", 4500, "")},
		} {
			_, err := s.load(there, lines...)
			wantFault(t, err, fault.SeatTaken, "A-1", "A-2")
			if got := s.priceShown("A-3"); got != 4500 {
				t.Fatalf("%s: refused, and A-3 shows %d", name, got)
			}
		}
		// The file names the seats in another order, lacks A-4, and has a new one.
		lines := []string{seatLine("B-1", 700, ""), seatLine("A-3", 99, ""), seatLine("A-2", 4500, ""), seatLine("A-1", 4500, "")}
		changed, err := s.load(there, lines...)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.load(here, lines...); err != nil || again.Version != changed.Version {
			t.Fatalf("the same file again: %+v, %v", again, err)
		}
		plan, err := there.plan(s.ctx, s.season)
		if err != nil || fmt.Sprint(plan.ByName) != "map[A-1:0 A-2:1 A-3:2 A-4:3 B-1:4]" || plan.Currency != "EUR" {
			t.Fatalf("%+v, %v", plan, err)
		}
		after, err := here.Snapshot(s.ctx, s.season)
		if err != nil {
			t.Fatal(err)
		}
		told := after.Since(before)
		if want := map[string]string{"A-3": Available, "A-4": Unavailable, "B-1": Available}; told == nil || fmt.Sprint(told.Seats) != fmt.Sprint(want) || told.Plan != changed.Version {
			t.Errorf("those who look are told %+v", told)
		}
		for seat, status := range map[string]string{"A-1": Booked, "A-2": Available, "A-3": Available, "A-4": Unavailable, "B-1": Available} {
			s.wantSeat(seat, status)
		}
		if a, b := s.priceShown("A-3"), s.priceShown("B-1"); a != 99 || b != 700 {
			t.Errorf("the collection seats shows the prices %d and %d", a, b)
		}
		cart, err := here.Hold(s.ctx, s.season, fan, []string{"A-3", "B-1"})
		if err != nil || cart.Total != 4500+99+700 {
			t.Fatalf("%+v, %v", cart, err)
		}
		_, err = here.Hold(s.ctx, s.season, s.fan(), []string{"A-4"})
		wantFault(t, err, fault.SeatTaken, "A-4")
		bought, err := here.Buy(s.ctx, s.request(fan, "k2", payment.TokenOK, "A-2", "A-3", "B-1"))
		if err != nil || bought.Total != cart.Total {
			t.Fatalf("%+v, %v", bought, err)
		}
		// On sale again.
		if _, err := s.load(there, append(lines, seatLine("A-4", 4500, ""))...); err != nil {
			t.Fatal(err)
		}
		s.sell(here, "A-4")
		wantFault(t, here.changeCurrency(s.ctx, Season{Settings: Settings{ID: s.season, Currency: "EUR"}}, "JPY", "test"), fault.Conflict)
		s.wantClean(there)
	})
}

// A purchase that failed has fixed nothing but where the seats are.
func TestAFailedPurchaseLeavesThePlanOpen(t *testing.T) {
	s := newStage(t, testkit.Stores(t).RedisURL, 2)
	here := s.node(nil)
	fan := s.fan()
	s.hold(here, fan, "A-1")
	_, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenDeclined, "A-1"))
	wantFault(t, err, fault.PaymentDeclined)
	if _, err := here.Release(s.ctx, s.season, fan, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.load(here, seatLine("A-1", 100, ""), seatLine("A-2", 200, "")); err != nil {
		t.Fatal(err)
	}
	cart, err := here.Hold(s.ctx, s.season, s.fan(), []string{"A-1", "A-2"})
	if err != nil || cart.Total != 300 {
		t.Fatalf("%+v, %v", cart, err)
	}
	s.wantClean(here)
}

// A purchase that is not decided when the plan changes settles by its order.
func TestAPendingPurchaseSettlesAtItsPrice(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 2)
		here, there := s.node(nil), s.node(nil)
		fan := s.fan()
		s.hold(here, fan, "A-1")
		open := s.bank.shut()
		defer open()
		request := s.request(fan, "k", payment.TokenOK, "A-1")
		s.buyUntilAsked(here, request)
		_, err := s.load(there, seatLine("A-1", 1, ""), seatLine("A-2", 4500, ""))
		wantFault(t, err, fault.SeatTaken, "A-1")
		if _, err := s.load(there, seatLine("A-1", 4500, ""), seatLine("A-2", 2, ""), seatLine("A-3", 3, "")); err != nil {
			t.Fatal(err)
		}
		open()
		bought, err := here.Buy(s.ctx, request)
		wantStatus(t, bought, err, Completed)
		if bought.Total != 4500 {
			t.Errorf("%+v", bought)
		}
		s.wantSeat("A-1", Booked)
		s.wantClean(there)
	})
}

// A plan that changes while a purchase is about to pin its seats is no matter of the
// buyer's.
func TestAPlanChangesUnderAPurchase(t *testing.T) {
	s := newStage(t, testkit.Stores(t).RedisURL, 3)
	there := s.node(nil)
	s.sell(there, "A-3")
	changed := false
	here := s.node(func(o *Options) {
		o.At = func(step Step, _ string) error {
			if step == StepPin && !changed {
				changed = true
				_, err := s.load(there, seatLine("A-1", 4500, ""), seatLine("A-2", 5, ""), seatLine("A-3", 4500, ""))
				return err
			}
			return nil
		}
	})
	fan := s.fan()
	s.hold(here, fan, "A-1")
	bought, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantStatus(t, bought, err, Completed)
	if !changed {
		t.Fatal("nothing changed")
	}
	s.wantClean(there)
}

// propose inserts the proposal of a change and goes no further, as an importer that
// dies there.
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

// An importer may die after each step; any node finishes, and a Redis that has lost
// what it knew is moved to what was decided.
func TestAnImporterDiesOverAChange(t *testing.T) {
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
						t.Error("seats are still kept from being held", err)
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

// What was decided for holds although Redis has forgotten it and let seats be held
// under the version before: those carts end, others stay.
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

// A change that was refused leaves nothing behind, whoever asks again and however late.
func TestARefusedChangeIsOver(t *testing.T) {
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

// However many versions there are, a node that starts reads few of them.
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

// Imports on one node against holds and purchases on another: nobody pays what was not
// shown, and what is sold is what the plan says since.
func TestImportsRaceHoldsAndPurchases(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		const seats, rounds = 6, 12
		s := newStage(t, redisURL, seats+1)
		shop, office := s.node(nil), s.node(nil)
		s.sell(shop, "A-7")
		var racers sync.WaitGroup
		done := make(chan struct{})
		racers.Go(func() {
			defer close(done)
			for round := range rounds {
				var lines []string
				for i := range seats {
					lines = append(lines, seatLine(fmt.Sprintf("A-%d", i+1), int64(100*round+i+1), ""))
				}
				lines = append(lines, seatLine("A-7", 4500, ""))
				for i := range round {
					lines = append(lines, seatLine(fmt.Sprintf("B-%d", i+1), 5, ""))
				}
				if _, err := s.load(office, lines...); err != nil && !fault.Is(err, fault.SeatTaken) {
					t.Error("import:", err)
				}
				// Some of it may change although some is held.
				plan, err := office.plan(s.ctx, s.season)
				if err != nil {
					t.Error(err)
					return
				}
				lines = nil
				for i := range plan.Seats {
					lines = append(lines, seatLine(plan.Seats[i].Number, plan.Seats[i].Price, ""))
				}
				target := round % seats
				lines[target] = seatLine(plan.Seats[target].Number, int64(1000+round), "")
				if _, err := s.load(office, lines...); err != nil && !fault.Is(err, fault.SeatTaken) {
					t.Error("import of one seat:", err)
				}
			}
		})
		for i := range seats {
			seat, fan := fmt.Sprintf("A-%d", i+1), s.fan()
			racers.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-done:
						return
					default:
					}
					cart, err := shop.Hold(s.ctx, s.season, fan, []string{seat})
					if fault.Is(err, fault.Unavailable) {
						continue
					}
					if err != nil {
						t.Errorf("hold of %s: %v", seat, err)
						return
					}
					if n%3 != i%3 {
						if _, err := shop.Release(s.ctx, s.season, fan, nil); err != nil {
							t.Error("release:", err)
							return
						}
						continue
					}
					bought, err := shop.Buy(s.ctx, s.request(fan, fmt.Sprint(seat, n), payment.TokenOK, seat))
					if err != nil || bought.Total != cart.Total {
						t.Errorf("%s was shown at %d and bought at %d: %v", seat, cart.Total, bought.Total, err)
						return
					}
					plan, err := office.plan(s.ctx, s.season)
					if err != nil || plan.Seats[plan.ByName[seat]].Price != bought.Total {
						t.Errorf("%s was bought at %d, and the plan says %d: %v", seat, bought.Total, plan.Seats[plan.ByName[seat]].Price, err)
					}
					return
				}
			})
		}
		racers.Wait()
		s.wantClean(office)
	})
}

// The seats' rows follow a change late, and after a sale.
func TestARowKeepsWhatWasSoldWhenAChangeIsShownLate(t *testing.T) {
	s := newStage(t, testkit.Stores(t).RedisURL, 2)
	importer, other := s.node(nil), s.node(nil)
	s.sell(other, "A-1")
	s.propose(importer, seatLine("A-1", 4500, ""), seatLine("A-2", 7, ""), seatLine("A-3", 8, ""))
	current, err := other.newestPlan(s.ctx, s.season)
	if err != nil {
		t.Fatal(err)
	}
	s.sell(other, "A-2")
	late := *current
	late.at = time.Now().Add(-2 * projectionOverdue)
	other.plans.Store(s.season, &late)
	for range 2 {
		if err := other.finishProjection(s.ctx, s.season); err != nil {
			t.Fatal(err)
		}
	}
	s.wantSeat("A-2", Booked)
	s.wantSeat("A-3", Available)
	if got := s.priceShown("A-2"); got != 7 {
		t.Errorf("A-2 shows %d", got)
	}
	// A node that slept writes the version before over it; repair mends the row.
	wrong := bson.D{{Key: "$set", Value: bson.D{{Key: "price", Value: 4500}, {Key: "status", Value: Unavailable}}}}
	if _, err := s.stores.Mongo.Collection(seatsName).UpdateByID(s.ctx, seatID(s.season, "A-3"), wrong); err != nil {
		t.Fatal(err)
	}
	if err := other.repair(s.ctx, s.season); err != nil {
		t.Fatal(err)
	}
	s.wantSeat("A-3", Available)
	if got := s.priceShown("A-3"); got != 8 {
		t.Errorf("A-3 shows %d", got)
	}
	s.wantClean(other)
}

// What was given back before its cart's end never stayed to the end, also when the
// rest of the cart was bought.
func TestASeatGivenBackMayBeHeldInTheNextCart(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 3)
		here := s.node(nil)
		fan := s.fan()
		s.hold(here, fan, "A-1", "A-2", "A-3")
		if _, err := here.Release(s.ctx, s.season, fan, []string{"A-3"}); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2")); err != nil {
			t.Fatal(err)
		}
		s.hold(here, fan, "A-3")
		s.wantCart(here, fan, "A-3")
	})
}
