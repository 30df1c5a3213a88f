package booking

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// A cart ends with its fifth declined payment, and its seats are free then.
func TestACartEndsWithItsFifthDeclinedPayment(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 4)
		b, other := s.node(nil), s.node(nil)
		fan := s.fan()
		s.hold(b, fan, "A-1", "A-2")
		for n := range CartDeclines {
			node := b
			if n%2 == 1 {
				node = other
			}
			s.wantCart(node, fan, "A-1", "A-2")
			_, err := node.Buy(s.ctx, s.request(fan, fmt.Sprint(n), payment.TokenDeclined, "A-1"))
			wantCode(t, err, fault.PaymentDeclined)
			if n == 2 { // a new cart with the same deadline continues the count
				if _, err := b.Release(s.ctx, s.season, fan, nil); err != nil {
					t.Fatal(err)
				}
				s.hold(b, fan, "A-1", "A-2")
			}
		}
		s.wantCart(b, fan)
		_, err := b.Hold(s.ctx, s.season, fan, []string{"A-1", "A-2"})
		wantCode(t, err, fault.RateLimited)
		rival := s.fan()
		s.hold(other, rival, "A-1", "A-2")
		s.hold(b, fan, "A-3")
		s.wantClean(b)
	})
}

func TestDeclinedPaymentsHaveABudget(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 2)
		limited := func(o *Options) { o.Budgets = Budgets{Declines: 2, CartDeclines: 99} }
		nodes := []*Booking{s.node(limited), s.node(limited)}
		fan, rival := s.fan(), s.fan()
		s.hold(nodes[0], fan, "A-1")
		for n, b := range nodes {
			_, err := b.Buy(s.ctx, s.request(fan, fmt.Sprint(n), payment.TokenDeclined, "A-1"))
			wantCode(t, err, fault.PaymentDeclined)
		}
		for n, b := range nodes {
			_, err := b.Buy(s.ctx, s.request(fan, fmt.Sprint("more", n), payment.TokenOK, "A-1"))
			wantCode(t, err, fault.RateLimited)
			var f *fault.Error
			if !errors.As(err, &f) || f.After <= 0 || f.After > time.Hour {
				t.Errorf("again after %v", f.After)
			}
		}
		// A repeat is answered, and other fans may buy.
		_, err := nodes[0].Buy(s.ctx, s.request(fan, "0", payment.TokenDeclined, "A-1"))
		wantCode(t, err, fault.PaymentDeclined)
		s.hold(nodes[0], rival, "A-2")
		if _, err := nodes[0].Buy(s.ctx, s.request(rival, "0", payment.TokenOK, "A-2")); err != nil {
			t.Fatal(err)
		}
		s.wantClean(nodes[0])
	})
}

func TestRefundsHaveABudget(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 4)
		limited := func(o *Options) { o.Budgets = Budgets{Refunds: 2} }
		nodes := []*Booking{s.node(limited), s.node(limited)}
		fan := s.fan()
		s.hold(nodes[0], fan, "A-1", "A-2", "A-3")
		bought, err := nodes[0].Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2", "A-3"))
		if err != nil {
			t.Fatal(err)
		}
		for n, seat := range []string{"A-1", "A-2"} {
			for range 2 { // a repeat counts once
				if _, err := nodes[n].Refund(s.ctx, fan, bought.ID, []string{seat}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, b := range nodes {
			_, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-3"})
			wantCode(t, err, fault.RateLimited)
		}
		if again, err := nodes[0].Transaction(s.ctx, fan, bought.ID); err != nil || again.Status != Completed {
			t.Fatal(again, err)
		}
		s.wantClean(nodes[0])
	})
}
