package booking

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// Two nodes sell the same seats, and fans hold them: each seat is sold once.
func TestTheDeskAndFansWantTheSameSeats(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 8)
	nodes := []*Booking{s.node(nil), s.node(nil)}
	s.withArea(nodes[0])
	var selling sync.WaitGroup
	var mu sync.Mutex
	sold := map[string]int{}
	note := func(seats []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, seat := range seats {
			sold[seat]++
		}
	}
	for i := range 8 {
		b, seat, fan := nodes[i%2], fmt.Sprintf("A-%d", 1+i/2), s.fan()
		selling.Go(func() {
			got, err := b.SellAtDesk(s.ctx, s.deskRequest(fmt.Sprint("named", i), seat))
			if err == nil {
				note(got.Seats)
			} else if fault.CodeOf(err) != fault.SeatTaken {
				t.Error(err)
			}
		})
		selling.Go(func() {
			req := s.deskRequest(fmt.Sprint("area", i))
			req.Areas = []AreaCount{{Area: "Floor", Count: 2}}
			got, err := b.SellAtDesk(s.ctx, req)
			if err == nil {
				note(got.Seats)
			} else if fault.CodeOf(err) != fault.SoldOut {
				t.Error(err)
			}
		})
		selling.Go(func() {
			if _, err := b.Hold(s.ctx, s.season, fan, []string{seat}); err != nil {
				return
			}
			got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, seat))
			if err != nil {
				t.Errorf("a fan held %s and could not buy it: %v", seat, err)
			}
			note(got.Seats)
		})
	}
	selling.Wait()
	units := 0
	for seat, times := range sold {
		if times > 1 {
			t.Errorf("seat %s was sold %d times", seat, times)
		}
		if strings.HasPrefix(seat, "Floor-") {
			units++
		}
	}
	if units != 10 || len(sold) != 14 {
		t.Errorf("%d places and %d seats were sold, want 10 and 4: %v", units, len(sold)-units, sold)
	}
	s.wantPending(0)
	s.wantClean(nodes[1])
}

// TestTheDeskSellsFromAnAllotment after the sale has sold out: named seats, places and the
// best seats, and none that is not in the allotment.
func TestTheDeskSellsFromAnAllotment(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 8)
	b := s.node(nil)
	s.withArea(b)
	in := []AllotSeat{}
	for _, number := range []string{"A-1", "A-2", "A-4", "A-5", "Floor-0001", "Floor-0002", "Floor-0007"} {
		in = append(in, AllotSeat{number, "promoter"})
	}
	if _, err := b.Allot(s.ctx, s.season, append(in, AllotSeat{"A-8", "press"}), "admin@example.com"); err != nil {
		t.Fatal(err)
	}
	_, err := b.SellAtDesk(s.ctx, s.deskRequest("sale", "A-1"))
	wantCode(t, err, fault.SeatTaken, "A-1")
	from := func(key string, seats ...string) DeskRequest {
		req := s.deskRequest(key, seats...)
		req.Allotment = "promoter"
		return req
	}
	_, err = b.SellAtDesk(s.ctx, from("k", "A-1", "A-3"))
	wantCode(t, err, fault.SeatTaken, "A-3")
	_, err = b.SellAtDesk(s.ctx, from("k", "A-8"))
	wantCode(t, err, fault.SeatTaken, "A-8")
	best := from("best")
	best.Best = &Best{Count: 2, Adjacent: true}
	got, err := b.SellAtDesk(s.ctx, best)
	wantSold(t, got, err, 9000)
	if got.Desk.Allotment != "promoter" || !strings.Contains("A-1 A-2, A-4 A-5", strings.Join(got.Seats, " ")) {
		t.Errorf("the best seats are %v", got.Seats)
	}
	again, err := b.SellAtDesk(s.ctx, best)
	if err != nil || again.ID != got.ID {
		t.Errorf("a repeat is answered %v with %v", again, err)
	}
	floor := from("floor")
	floor.Areas = []AreaCount{{Area: "Floor", Count: 2}, {Area: "Floor", Count: 1, Type: "child"}}
	got, err = b.SellAtDesk(s.ctx, floor)
	wantSold(t, got, err, 7500, "Floor-0001", "Floor-0002", "Floor-0007")
	floor.Key = "more"
	_, err = b.SellAtDesk(s.ctx, floor)
	wantCode(t, err, fault.SoldOut)
	list, err := b.Allotments(s.ctx, s.season)
	if err != nil || len(list) != 2 || len(list[1].Seats) != 2 {
		t.Fatalf("left are %+v, %v", list, err)
	}
	got, err = b.SellAtDesk(s.ctx, from("rest", list[1].Seats...))
	wantSold(t, got, err, 9000, list[1].Seats...)
	s.wantPending(0)
	s.wantClean(b)
}

// TestTheDeskCrashes kills the selling node before each of its steps, and the recovering
// node before each of its own. The repeat of the sale sells the seats once.
func TestTheDeskCrashes(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	for name, allotment := range map[string]string{"on sale": "", "in an allotment": "promoter"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theDeskCrashes(t, allotment)
		})
	}
}

func theDeskCrashes(t *testing.T, allotment string) {
	const seats = 2 * 40
	s := newStage(t, "", seats)
	var seller, helper crash
	mortal := s.node(func(o *Options) { o.At = seller.at })
	second := s.node(func(o *Options) { o.At = helper.at })
	third := s.node(nil)
	if allotment != "" {
		var in []AllotSeat
		for i := range seats {
			in = append(in, AllotSeat{fmt.Sprintf("A-%d", i+1), allotment})
		}
		if _, err := third.Allot(s.ctx, s.season, in, "admin@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	next := 0
	live := func(t *testing.T, step Step, nth int, later Step, laterNth int) (sold, recovered map[Step]int) {
		if next += 2; next > seats {
			t.Fatal("the plan has too few seats for so many crashes")
		}
		req := s.deskRequest(fmt.Sprint("sale", next), fmt.Sprintf("A-%d", next-1), fmt.Sprintf("A-%d", next))
		req.Allotment = allotment
		seller.kill(step, nth)
		helper.kill(later, laterNth)
		_, _ = mortal.SellAtDesk(s.ctx, req)
		mortal.purchases.wg.Wait()
		sold, died := seller.life()
		if died != (step != "") {
			t.Errorf("the selling node crashed: %v", died)
		}
		if step == StepClaim || step == StepTake {
			s.wantClean(third) // a seat that is reserved and not claimed yet is no fault
		}
		s.recover(second)
		if recovered, died = helper.life(); died != (later != "") {
			t.Errorf("the recovering node crashed: %v", died)
		}
		s.recover(third)
		s.wantPending(0)
		got, err := third.SellAtDesk(s.ctx, req)
		wantSold(t, got, err, 9000, req.Seats...)
		s.wantSeat(req.Seats[0], Booked)
		return sold, recovered
	}
	path, _ := live(t, "", 0, "", 0)
	if path[StepPin] == 0 || path[StepCharge] > 0 || path[StepRecord] == 0 {
		t.Errorf("a sale takes the steps %v", path)
	}
	var recovery map[Step]int
	for _, step := range Steps() {
		for nth := 1; nth <= path[step]; nth++ {
			t.Run(fmt.Sprintf("before %s %d", step, nth), func(t *testing.T) {
				if _, took := live(t, step, nth, "", 0); step == StepTake {
					recovery = took
				}
			})
		}
	}
	for _, step := range Steps() {
		for nth := 1; nth <= recovery[step]; nth++ {
			t.Run(fmt.Sprintf("recovery before %s %d", step, nth), func(t *testing.T) { live(t, StepTake, 1, step, nth) })
		}
	}
	s.wantClean(third)
}

// Redis has lost the mark of a seat that a fan bought: the claim refuses the desk, and the
// mark is restored.
func TestTheDeskIsRefusedByAClaim(t *testing.T) {
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan := s.fan()
	s.hold(b, fan, "A-1")
	got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantStatus(t, got, err, Completed)
	s.redis(func(p redis.Pipeliner) {
		p.HDel(s.ctx, s.key("takenby"), "0")
		p.SetBit(s.ctx, s.key("taken"), 0, 0)
		p.SetBit(s.ctx, s.key("booked"), 0, 0)
		p.HDel(s.ctx, s.key("bought"), fan)
	})
	_, err = b.SellAtDesk(s.ctx, s.deskRequest("k", "A-1", "A-2"))
	wantCode(t, err, fault.SeatTaken, "A-1")
	s.wantPending(0)
	s.wantClean(b) // the seat has its mark again, and A-2 none
	sold, err := b.SellAtDesk(s.ctx, s.deskRequest("k2", "A-2"))
	wantSold(t, sold, err, 4500, "A-2")
}
