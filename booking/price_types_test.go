package booking

import (
	"bytes"
	"encoding/csv"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// typedPlan has seats with prices of types: for children and members, A-3 for
// children, A-4 at the normal price alone.
const typedPlan = "seatNumber,category,price,price:child,price:member\n" +
	"A-1,Loge,4500,2000,4000\nA-2,Loge,4500,2000,4000\nA-3,Balcony,3000,1000,\nA-4,Balcony,3000,,\n"

// newTypedStage is a stage with typedPlan.
func newTypedStage(t *testing.T, redisURL string) (*stage, *Booking) {
	s := newStage(t, redisURL, 1)
	b := s.node(nil)
	if _, err := b.ImportPlan(s.ctx, s.season, strings.NewReader(typedPlan), "test"); err != nil {
		t.Fatal(err)
	}
	return s, b
}

func (s *stage) wantLines(cart Cart, total int64, lines ...CartSeat) {
	s.t.Helper()
	same := len(cart.Seats) == len(lines)
	for i := range lines {
		same = same && cart.Seats[i] == lines[i]
	}
	if !same || cart.Total != total {
		s.t.Fatalf("the cart has %+v, %d in all; want %+v, %d", cart.Seats, cart.Total, lines, total)
	}
}

func TestSeatsAreHeldAtThePricesOfTypes(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s, b := newTypedStage(t, redisURL)
		fan := s.fan()
		hold := func(types map[string]string, seats ...string) (Cart, error) {
			return b.HoldTyped(s.ctx, s.season, fan, seats, types)
		}
		normal := CartSeat{Number: "A-1", Category: "Loge", Price: 4500}
		child := CartSeat{Number: "A-2", Category: "Loge", Price: 2000, Type: "child"}

		_, err := hold(map[string]string{"A-3": "member"}, "A-1", "A-3")
		wantCode(t, err, fault.InvalidRequest, "A-3")
		if !strings.Contains(err.Error(), `"member"`) || !strings.Contains(err.Error(), "child") {
			t.Errorf("the error does not say what is wrong and what would be right: %v", err)
		}
		_, err = hold(map[string]string{"A-4": "child"}, "A-4")
		wantCode(t, err, fault.InvalidRequest, "A-4")
		s.wantCart(b, fan)

		first, err := hold(map[string]string{"A-2": "child"}, "A-1", "A-2")
		if err != nil {
			t.Fatal(err)
		}
		s.wantLines(first, 6500, normal, child)

		// Another type changes the total and the line, and neither the time nor the rest.
		member := CartSeat{Number: "A-1", Category: "Loge", Price: 4000, Type: "member"}
		second, err := hold(map[string]string{"A-1": "member"}, "A-1")
		if err != nil || !second.ExpiresAt.Equal(first.ExpiresAt) || second.Version <= first.Version {
			t.Fatalf("%+v, %v; before %+v", second, err, first)
		}
		s.wantLines(second, 6000, member, child)
		again, err := hold(map[string]string{"A-1": "member"}, "A-1")
		if err != nil || again.Version != second.Version {
			t.Fatalf("the same hold again changed the cart: %+v, %v", again, err)
		}
		// A type that a seat does not have changes nothing, of no seat.
		_, err = hold(map[string]string{"A-1": "child", "A-2": "senior"}, "A-1", "A-2")
		wantCode(t, err, fault.InvalidRequest, "A-2")
		cart, err := s.node(nil).Cart(s.ctx, s.season, fan)
		if err != nil {
			t.Fatal(err)
		}
		s.wantLines(cart, 6000, member, child)
		// Without a type a seat is held at its normal price.
		if cart, err = hold(nil, "A-1"); err != nil {
			t.Fatal(err)
		}
		s.wantLines(cart, 6500, normal, child)
		// A released seat takes its type with it.
		if _, err = b.Release(s.ctx, s.season, fan, []string{"A-2"}); err != nil {
			t.Fatal(err)
		}
		if cart, err = hold(nil, "A-2"); err != nil {
			t.Fatal(err)
		}
		s.wantLines(cart, 9000, normal, CartSeat{Number: "A-2", Category: "Loge", Price: 4500})
		// The same seats in one step at the price of another type.
		if cart, err = b.HoldBest(s.ctx, s.season, fan, Best{Count: 2, Categories: []Category{"Loge"}, Type: "child", Swap: true}); err != nil {
			t.Fatal(err)
		}
		s.wantLines(cart, 4000, CartSeat{Number: "A-1", Category: "Loge", Price: 2000, Type: "child"}, child)
		s.wantClean(b)
	})
}

func TestTheBestSeatsByCategoriesPriceAndType(t *testing.T) {
	t.Parallel()
	s, b := newTypedStage(t, "")
	for _, c := range []struct {
		name string
		best Best
		want string
		code fault.Code
	}{
		{"one of several categories", Best{Count: 2, Categories: []Category{"Balcony", "Loge"}}, "A-1 A-2", ""},
		{"up to a price", Best{Count: 2, UpTo: new(int64(3000))}, "A-3 A-4", ""},
		{"up to a price of a type", Best{Count: 1, UpTo: new(int64(1000)), Type: "child"}, "A-3", ""},
		{"of a type", Best{Count: 2, Type: "member"}, "A-1 A-2", ""},
		{"nothing as cheap", Best{Count: 1, UpTo: new(int64(999))}, "", fault.SoldOut},
		{"an unknown category", Best{Count: 1, Categories: []Category{"Loge", "Pit"}}, "", fault.InvalidRequest},
		{"an unknown type", Best{Count: 1, Type: "senior"}, "", fault.InvalidRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			fan := s.fan()
			cart, err := b.HoldBest(s.ctx, s.season, fan, c.best)
			if c.code != "" {
				wantCode(t, err, c.code)
				return
			}
			if got := strings.Join(seatsOf(cart), " "); err != nil || got != c.want {
				t.Fatalf("got %q, %v; want %q", got, err, c.want)
			}
			for _, seat := range cart.Seats {
				if seat.Type != c.best.Type {
					t.Errorf("seat %s is held at the price of %q", seat.Number, seat.Type)
				}
			}
			if _, err := b.Release(s.ctx, s.season, fan, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestSeatsAreBoughtAtThePricesOfTypes(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s, b := newTypedStage(t, redisURL)
		fan := s.fan()
		if _, err := b.HoldTyped(s.ctx, s.season, fan, []string{"A-1", "A-2", "A-3"}, map[string]string{"A-1": "child", "A-3": "child"}); err != nil {
			t.Fatal(err)
		}
		// as the cart shows them, A-2 at a type that the purchase names.
		req := s.request(fan, "k", payment.TokenOK, "A-1", "A-2", "A-3")
		req.Types = map[string]string{"A-2": "member"}
		bought, err := b.Buy(s.ctx, req)
		wantStatus(t, bought, err, Completed)
		want := []Line{
			{Number: "A-1", Category: "Loge", Price: 2000, Type: "child"},
			{Number: "A-2", Category: "Loge", Price: 4000, Type: "member"},
			{Number: "A-3", Category: "Balcony", Price: 1000, Type: "child"},
		}
		for i, line := range want {
			if bought.Lines[i] != line || bought.Tickets[i].Price != line.Price || bought.Tickets[i].Type != line.Type {
				t.Errorf("line %+v, ticket %+v; want %+v", bought.Lines[i], bought.Tickets[i], line)
			}
		}
		if bought.Total != 7000 {
			t.Errorf("%d was paid, want 7000", bought.Total)
		}
		claims, err := store.FindAll[claim](s.ctx, s.stores.Mongo.Collection(claimsName), s.season)
		if err != nil || len(claims) != 3 || claims[0].Type+claims[1].Type+claims[2].Type == "" {
			t.Fatalf("claims %+v, %v", claims, err)
		}
		again, err := b.Buy(s.ctx, req)
		if err != nil || again.ID != bought.ID {
			t.Fatalf("the same purchase again: %+v, %v", again, err)
		}
		req.Types = map[string]string{"A-2": "child"}
		_, err = b.Buy(s.ctx, req)
		wantCode(t, err, fault.KeyReused)

		// A refund returns what was paid for the seat.
		refunded, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-1"})
		if err != nil {
			t.Fatal(err, refunded)
		}
		testkit.Eventually(t, time.Minute, "the refund of 2000 is paid out", func() bool {
			held, err := s.provider.Held(s.ctx, bought.ID)
			return err == nil && held == 5000
		})
		s.wantClean(b)

		var takings, sold bytes.Buffer
		if err := b.ExportTakings(s.ctx, s.season, CSV, &takings, nil); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(takings.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 4 {
			t.Fatalf("takings %v, %v", rows, err)
		}
		for i, want := range []string{"Loge 1 1 2000 2000 0 EUR child", "Loge 1 0 4000 0 4000 EUR member", "Balcony 1 0 1000 0 1000 EUR child"} {
			if got := strings.Join(append(rows[i+1][:7:7], rows[i+1][10]), " "); got != want {
				t.Errorf("takings %q, want %q", got, want)
			}
		}
		if err := b.ExportSold(s.ctx, s.season, CSV, &sold, nil); err != nil || !strings.Contains(sold.String(), ",yes,child,") && !strings.Contains(sold.String(), ",,child,") {
			t.Errorf("sold seats %s, %v", sold.String(), err)
		}
	})
}

func TestAPurchaseOfATypeThatTheSeatDoesNotHaveChangesNothing(t *testing.T) {
	t.Parallel()
	s, b := newTypedStage(t, "")
	fan := s.fan()
	s.hold(b, fan, "A-3", "A-4")
	req := s.request(fan, "k", payment.TokenOK, "A-3", "A-4")
	req.Types = map[string]string{"A-4": "child"}
	_, err := b.Buy(s.ctx, req)
	wantCode(t, err, fault.InvalidRequest, "A-4")
	s.wantCart(b, fan, "A-3", "A-4")
	s.wantPending(0)
	// While a purchase goes on, and after a declined one, the cart shows what was to be paid.
	declined := s.request(fan, "declined", payment.TokenDeclined, "A-3", "A-4")
	declined.Types = map[string]string{"A-3": "child"}
	_, err = b.Buy(s.ctx, declined)
	wantCode(t, err, fault.PaymentDeclined)
	if cart, err := b.Cart(s.ctx, s.season, fan); err != nil || cart.Total != 4000 || cart.Seats[0].Type != "child" {
		t.Errorf("after the declined payment the cart is %+v, %v", cart, err)
	}
	// The normal price, said expressly, is not the price of the cart.
	if _, err := b.HoldTyped(s.ctx, s.season, fan, []string{"A-3"}, map[string]string{"A-3": "child"}); err != nil {
		t.Fatal(err)
	}
	req.Types = map[string]string{"A-3": ""}
	bought, err := b.Buy(s.ctx, req)
	wantStatus(t, bought, err, Completed)
	if bought.Total != 6000 {
		t.Errorf("%d was paid, want 6000", bought.Total)
	}
}

// While a fan changes the type on one node, another node buys: what is paid is the price of
// one of the types, and the cart, the order and the tickets agree.
func TestChangingTheTypeWhileTheSeatIsBought(t *testing.T) {
	t.Parallel()
	s, b := newTypedStage(t, "")
	other := s.node(nil)
	fan := s.fan()
	if _, err := b.HoldTyped(s.ctx, s.season, fan, []string{"A-1"}, map[string]string{"A-1": "child"}); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for i := range 20 {
			kind := []string{"member", "child"}[i%2]
			_, err := other.HoldTyped(s.ctx, s.season, fan, []string{"A-1"}, map[string]string{"A-1": kind})
			if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.SeatTaken) {
				t.Errorf("holding: %v", err)
			}
		}
	})
	bought, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	running.Wait()
	wantStatus(t, bought, err, Completed)
	prices := map[string]int64{"child": 2000, "member": 4000}
	line := bought.Lines[0]
	if prices[line.Type] != bought.Total || line.Price != bought.Total || bought.Tickets[0].Type != line.Type || bought.Tickets[0].Price != bought.Total {
		t.Errorf("paid %d for %+v, with the ticket %+v", bought.Total, line, bought.Tickets[0])
	}
	s.wantClean(b)
}

func TestAPlanChangeOfATypedPrice(t *testing.T) {
	t.Parallel()
	s, b := newTypedStage(t, "")
	seller, fan := s.fan(), s.fan()
	s.hold(b, seller, "A-4")
	bought, err := b.Buy(s.ctx, s.request(seller, "k", payment.TokenOK, "A-4"))
	wantStatus(t, bought, err, Completed) // from here on the plan is under sale
	if _, err := b.HoldTyped(s.ctx, s.season, fan, []string{"A-1"}, map[string]string{"A-1": "child"}); err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) error {
		_, err := b.ImportPlan(s.ctx, s.season, strings.NewReader(strings.Replace(typedPlan, from, to, 1)), "test")
		return err
	}
	wantCode(t, change("A-1,Loge,4500,2000,", "A-1,Loge,4500,2500,"), fault.SeatTaken, "A-1")
	if err := change("A-2,Loge,4500,2000,", "A-2,Loge,4500,2500,"); err != nil {
		t.Fatal("a change of a free seat's price:", err)
	}
	cart, err := b.HoldTyped(s.ctx, s.season, fan, []string{"A-2"}, map[string]string{"A-2": "child"})
	if err != nil || cart.Total != 4500 {
		t.Fatalf("%+v, %v", cart, err)
	}
	s.wantClean(b)
}
