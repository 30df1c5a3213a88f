package booking

import (
	"fmt"
	"strings"
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

func TestAPurchaseByEachToken(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 10)
		b := s.node(nil)
		announced := s.announcements()

		t.Run("tok_ok completes with a ticket a seat", func(t *testing.T) {
			fan := s.fan()
			s.hold(b, fan, "A-1", "A-2")
			got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-2", "A-1"))
			wantStatus(t, got, err, Completed)
			if got.Total != 9000 || got.Currency != "EUR" || fmt.Sprint(got.Seats) != "[A-1 A-2]" || got.CompletedAt.IsZero() {
				t.Errorf("%+v", got)
			}
			if len(got.Tickets) != 2 || got.Tickets[0].SeatNumber != "A-1" || got.Tickets[1].SeatNumber != "A-2" {
				t.Errorf("tickets %+v", got.Tickets)
			}
			s.wantCart(b, fan)
			s.wantSeat("A-1", Booked)
			again, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2"))
			wantStatus(t, again, err, Completed)
			if fmt.Sprint(again) != fmt.Sprint(got) {
				t.Errorf("a repeat got\n%+v, first\n%+v", again, got)
			}
			read, err := b.Transaction(s.ctx, fan, got.ID)
			if err != nil || fmt.Sprint(read) != fmt.Sprint(got) {
				t.Errorf("reading it: %v %+v", err, read)
			}
			testkit.Eventually(t, 2*time.Second, "the buyer is notified", func() bool {
				for _, n := range announced() {
					if n.ID == got.ID && n.Status == Completed && len(n.Tickets) == 2 {
						return true
					}
				}
				return false
			})
		})

		t.Run("tok_declined is 402 and leaves the seats in the cart", func(t *testing.T) {
			fan := s.fan()
			s.hold(b, fan, "A-3")
			_, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenDeclined, "A-3"))
			wantCode(t, err, fault.PaymentDeclined)
			_, err = b.Buy(s.ctx, s.request(fan, "k", payment.TokenDeclined, "A-3"))
			wantCode(t, err, fault.PaymentDeclined)
			s.wantCart(b, fan, "A-3")
			s.wantSeat("A-3", Available)
			list, _, err := b.Transactions(s.ctx, fan, 10, "")
			if err != nil || len(list) != 1 || list[0].Status != Cancelled || list[0].Reason != "payment_declined" {
				t.Errorf("%v %+v", err, list)
			}
			got, err := b.Buy(s.ctx, s.request(fan, "k2", payment.TokenOK, "A-3"))
			wantStatus(t, got, err, Completed)
		})

		t.Run("tok_slow completes", func(t *testing.T) {
			fan := s.fan()
			s.hold(b, fan, "A-10", "A-4")
			got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenSlow, "A-10", "A-4"))
			wantStatus(t, got, err, Completed)
			tickets, _, err := b.Tickets(s.ctx, fan, 0, "")
			if err != nil || len(tickets) != 2 || tickets[0].SeatNumber != "A-4" || fmt.Sprint(got.Seats) != "[A-4 A-10]" {
				t.Errorf("%v: seats %v, tickets %v", err, got.Seats, tickets)
			}
		})

		t.Run("tok_unknown is pending and the reconciler settles it", func(t *testing.T) {
			fan := s.fan()
			s.hold(b, fan, "A-5")
			got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenUnknown, "A-5"))
			wantStatus(t, got, err, Pending)
			b.purchases.buyerWait = 50 * time.Millisecond
			defer func() { b.purchases.buyerWait = time.Minute }()
			again, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenUnknown, "A-5"))
			wantStatus(t, again, err, Pending)
			if again.ID != got.ID {
				t.Errorf("a repeat began %s, first %s", again.ID, got.ID)
			}
			b.recovery.overdue = time.Hour // the money is captured: recovery need not wait for overdue
			s.recover(b)
			again, err = b.Buy(s.ctx, s.request(fan, "k", payment.TokenUnknown, "A-5"))
			wantStatus(t, again, err, Completed)
			if again.ID != got.ID || len(again.Tickets) != 1 {
				t.Errorf("%+v", again)
			}
		})

		s.wantPending(0)
		s.wantClean(b)
	})
}

func TestARefusedPurchaseLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 12)
		b := s.node(nil)
		other, fan := s.fan(), s.fan()
		s.hold(b, other, "A-1", "A-2")
		if _, err := b.Buy(s.ctx, s.request(other, "k", payment.TokenOK, "A-1")); err != nil {
			t.Fatal(err)
		}
		s.hold(b, fan, "A-3")
		left := s.count(transactionsName, bson.D{})

		with := func(change func(*PurchaseRequest)) PurchaseRequest {
			req := s.request(fan, "key", payment.TokenOK, "A-3")
			change(&req)
			return req
		}
		for _, c := range []struct {
			name  string
			req   PurchaseRequest
			code  fault.Code
			seats []string
		}{
			{"no key", with(func(req *PurchaseRequest) { req.Key = "" }), fault.InvalidRequest, nil},
			{"a long key", with(func(req *PurchaseRequest) { req.Key = strings.Repeat("ä", 256) }), fault.InvalidRequest, nil},
			{"a key that is no text", with(func(req *PurchaseRequest) { req.Key = "k\xff" }), fault.InvalidRequest, nil},
			{"no seats", with(func(req *PurchaseRequest) { req.Seats = nil }), fault.InvalidRequest, nil},
			{"a seat twice", with(func(req *PurchaseRequest) { req.Seats = []string{"A-3", "A-3"} }), fault.InvalidRequest, nil},
			{"another token", with(func(req *PurchaseRequest) { req.Payment.Token = "tok_x" }), fault.InvalidRequest, nil},
			{"another method", with(func(req *PurchaseRequest) { req.Payment.Method = "cash" }), fault.InvalidRequest, nil},
			{"an unknown season", with(func(req *PurchaseRequest) { req.Season = "nowhere" }), fault.NotFound, nil},
			{"an unknown seat", with(func(req *PurchaseRequest) { req.Seats = []string{"A-3", "Z-1"} }), fault.UnknownSeat, []string{"Z-1"}},
			{"too many", with(func(req *PurchaseRequest) {
				req.Seats = []string{"A-3", "A-4", "A-5", "A-6", "A-7", "A-8", "A-9"}
			}), fault.SeatLimit, nil},
			{"one not held", with(func(req *PurchaseRequest) { req.Seats = []string{"A-3", "A-4"} }), fault.HoldExpired, []string{"A-4"}},
			{"one held by another", with(func(req *PurchaseRequest) { req.Seats = []string{"A-2", "A-3"} }), fault.HoldExpired, []string{"A-2"}},
			{"one sold", with(func(req *PurchaseRequest) { req.Seats = []string{"A-1", "A-3"} }), fault.SeatTaken, []string{"A-1"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := b.Buy(s.ctx, c.req)
				wantCode(t, err, c.code, c.seats...)
			})
		}

		t.Run("not active any more", func(t *testing.T) {
			s.redis(func(p redis.Pipeliner) { p.SRem(s.ctx, s.key("active_users"), fan) })
			_, err := b.Buy(s.ctx, s.request(fan, "key", payment.TokenOK, "A-3"))
			wantCode(t, err, fault.NotAdmitted)
			s.redis(func(p redis.Pipeliner) { p.SAdd(s.ctx, s.key("active_users"), fan) })
		})
		t.Run("after the season has closed", func(t *testing.T) {
			s.redis(func(p redis.Pipeliner) { p.HSet(s.ctx, s.key("sale"), "closesAt", 1) })
			_, err := b.Buy(s.ctx, s.request(fan, "key", payment.TokenOK, "A-3"))
			wantCode(t, err, fault.SeasonClosed)
			again, err := b.Buy(s.ctx, s.request(other, "k", payment.TokenOK, "A-1"))
			wantStatus(t, again, err, Completed)
			s.redis(func(p redis.Pipeliner) { p.HSet(s.ctx, s.key("sale"), "closesAt", 0) })
		})

		if now := s.count(transactionsName, bson.D{}); now != left {
			t.Errorf("refused purchases left %d transactions", now-left)
		}
		s.wantPending(0)
		t.Run("then the same key buys", func(t *testing.T) {
			got, err := b.Buy(s.ctx, s.request(fan, "key", payment.TokenOK, "A-3"))
			wantStatus(t, got, err, Completed)
		})
		t.Run("and is refused for another request", func(t *testing.T) {
			_, err := b.Buy(s.ctx, s.request(fan, "key", payment.TokenOK, "A-4"))
			wantCode(t, err, fault.KeyReused)
			_, err = b.Buy(s.ctx, s.request(fan, "key", payment.TokenSlow, "A-3"))
			wantCode(t, err, fault.KeyReused)
		})
		t.Run("and another user may use the same key", func(t *testing.T) {
			got, err := b.Buy(s.ctx, s.request(other, "key", payment.TokenOK, "A-2"))
			wantStatus(t, got, err, Completed)
		})
		s.wantClean(b)
	})
}

func TestOneKeyOnManyNodesIsOneCharge(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	nodes := []*Booking{s.node(nil), s.node(nil)}
	fan := s.fan()
	s.hold(nodes[0], fan, "A-1", "A-2")
	ids := make([]string, 20)
	var buying sync.WaitGroup
	for i := range ids {
		buying.Go(func() {
			got, err := nodes[i%2].Buy(s.ctx, s.request(fan, "k", payment.TokenSlow, "A-1", "A-2"))
			if err != nil || got.Status != Completed || len(got.Tickets) != 2 {
				t.Errorf("%v %+v", err, got)
			}
			ids[i] = got.ID
		})
	}
	buying.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("different transactions: %v", ids)
		}
	}
	if n := s.provider.charged(); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
	if n := s.count(ticketsName, bson.D{}); n != 2 {
		t.Errorf("%d tickets", n)
	}
	s.recover(nodes[0]) // a repeat may have entered the settled order again
	s.wantPending(0)
	s.wantClean(nodes[1])
}

func TestSixtyBuyersOnThirtySeats(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	s := newStage(t, "", 30)
	nodes := []*Booking{s.node(nil), s.node(nil)}
	s.hold(nodes[0], s.fan(), "A-1") // one seat stays held
	var buying sync.WaitGroup
	var mu sync.Mutex
	sold := map[string]int{}
	for i := range 60 {
		fan := s.fan()
		token := payment.TokenOK
		if i%5 == 0 {
			token = payment.TokenDeclined
		}
		buying.Go(func() {
			b, seat := nodes[i%2], fmt.Sprintf("A-%d", 1+i%30)
			held := func() bool {
				_, err := b.Hold(s.ctx, s.season, fan, []string{seat})
				return err == nil
			}
			if !held() {
				return
			}
			got, err := b.Buy(s.ctx, s.request(fan, "k", token, seat))
			if fault.Is(err, fault.PaymentDeclined) && token == payment.TokenDeclined {
				return
			}
			if err != nil || got.Status != Completed {
				t.Errorf("buying %s: %v %+v", seat, err, got)
				return
			}
			mu.Lock()
			sold[seat]++
			mu.Unlock()
		})
	}
	buying.Wait()
	for seat, times := range sold {
		if times > 1 {
			t.Errorf("seat %s was sold %d times", seat, times)
		}
	}
	if len(sold) < 20 {
		t.Errorf("only %d of 30 seats were sold: the test sells too little to mean anything", len(sold))
	}
	tickets := s.count(ticketsName, bson.D{})
	money := s.count("sandbox_charges", bson.D{{Key: "outcome", Value: payment.Captured}})
	if tickets != len(sold) || money != len(sold) {
		t.Errorf("%d sold, %d tickets, %d charges", len(sold), tickets, money)
	}
	s.wantPending(0)
	s.wantClean(nodes[0])
}

func TestTwoPurchasesOfTheSameSeats(t *testing.T) {
	s := newStage(t, "", 4)
	b := s.node(nil)
	fan := s.fan()
	s.hold(b, fan, "A-1")
	open := s.provider.blockCharges()
	defer open()
	s.buyUntilAsked(b, s.request(fan, "one", payment.TokenOK, "A-1"))
	_, err := b.Buy(s.ctx, s.request(fan, "two", payment.TokenOK, "A-1"))
	wantCode(t, err, fault.Conflict, "A-1")
	open()
	again, err := b.Buy(s.ctx, s.request(fan, "one", payment.TokenOK, "A-1"))
	wantStatus(t, again, err, Completed)

	// A cart from before the settlement still has the seat: it was not bought by another fan.
	s.hold(b, fan, "A-2")
	_, err = b.Buy(s.ctx, s.request(fan, "three", payment.TokenOK, "A-1", "A-2"))
	wantCode(t, err, fault.Conflict, "A-1")
	s.wantClean(b)
}

// Redis may have lost the mark of a seat that a fan bought: the claim then says whose it is.
func TestASeatOfOnesOwnIsNotTakenByAnotherFan(t *testing.T) {
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan := s.fan()
	s.hold(b, fan, "A-1")
	got, err := b.Buy(s.ctx, s.request(fan, "one", payment.TokenOK, "A-1"))
	wantStatus(t, got, err, Completed)
	lose := func(p redis.Pipeliner) error {
		p.HDel(s.ctx, seats.TakenByKey(s.season), "0")
		p.SetBit(s.ctx, s.key("taken"), 0, 0)
		p.SetBit(s.ctx, s.key("booked"), 0, 0)
		return nil
	}
	for user, want := range map[string]fault.Code{fan: fault.Conflict, s.fan(): fault.SeatTaken} {
		if _, err := s.stores.Redis.Pipelined(s.ctx, lose); err != nil {
			t.Fatal(err)
		}
		s.hold(b, user, "A-1")
		_, err = b.Buy(s.ctx, s.request(user, "two", payment.TokenOK, "A-1"))
		wantCode(t, err, want, "A-1")
		if _, err := b.Release(s.ctx, s.season, user, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// A node that has not read the newest plan yet sells at its prices.
func TestAPurchaseUsesTheNewestPlan(t *testing.T) {
	s := newStage(t, "", 3)
	behind, ahead := s.node(nil), s.node(nil)
	if _, err := behind.plan(s.ctx, s.season); err != nil {
		t.Fatal(err)
	}
	if _, err := ahead.ImportPlan(s.ctx, s.season, strings.NewReader("seatNumber,category,price\nA-3,VIP,9900\nA-1,VIP,4500\n"), "test"); err != nil {
		t.Fatal(err)
	}
	fan := s.fan()
	s.hold(ahead, fan, "A-3")
	got, err := behind.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-3"))
	wantStatus(t, got, err, Completed)
	if got.Total != 9900 {
		t.Errorf("sold for %d, on sale for 9900", got.Total)
	}
	s.wantClean(ahead)
}

func TestFreeSeatsNeedNoProvider(t *testing.T) {
	s := newStageAt(t, "", 3, 0)
	b := s.node(nil)
	fan := s.fan()
	s.hold(b, fan, "A-1", "A-2")
	got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2"))
	wantStatus(t, got, err, Completed)
	if len(got.Tickets) != 2 || s.provider.charged() != 0 {
		t.Errorf("%d tickets, provider asked %d times", len(got.Tickets), s.provider.charged())
	}
	s.wantClean(b)
}

func TestAPurchaseContinuesWithoutItsBuyer(t *testing.T) {
	s := newStage(t, "", 3)
	b := s.node(nil)
	fan := s.fan()
	s.hold(b, fan, "A-1")
	open := s.provider.blockCharges()
	defer open()
	s.buyUntilAsked(b, s.request(fan, "k", payment.TokenOK, "A-1"))
	open()
	b.purchases.drain(10 * time.Second)
	list, _, err := b.Transactions(s.ctx, fan, 10, "")
	if err != nil || len(list) != 1 || list[0].Status != Completed {
		t.Fatalf("%v %+v", err, list)
	}
	_, err = b.Buy(s.ctx, s.request(fan, "k2", payment.TokenOK, "A-1"))
	if !fault.Is(err, fault.Draining, fault.Conflict) {
		t.Errorf("a stopped node sells: %v", err)
	}
	s.wantClean(b)
}
