package booking

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// seatLine is a seat's line in a CSV file.
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

// Under sale, seats are added, go off sale and on again, and change their price while they
// are free; seats held, being bought or sold stay as they are.
func TestAPlanUnderSaleChangesItsFreeSeats(t *testing.T) {
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
		delta := after.Since(before)
		if want := map[string]string{"A-3": Available, "A-4": Unavailable, "B-1": Available}; delta == nil || fmt.Sprint(delta.Seats) != fmt.Sprint(want) || delta.Plan != changed.Version {
			t.Errorf("active users receive %+v", delta)
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

// After a failed purchase only the seats' indexes are fixed.
func TestAFailedPurchaseOnlyFixesTheIndexes(t *testing.T) {
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

// An order that is undecided when the plan changes settles at its own prices.
func TestAPendingPurchaseSettlesAtItsPrice(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 2)
		here, there := s.node(nil), s.node(nil)
		fan := s.fan()
		s.hold(here, fan, "A-1")
		open := s.provider.blockCharges()
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

// A change of the plan just before an order pins its seats does not fail the purchase.
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

// One node imports while another holds and buys: no fan pays another price than the one
// shown, and a sold seat has the price of the newest plan.
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
				// Part of the file may change although some seats are held.
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
