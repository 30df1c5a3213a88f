package stripe_test

import (
	"sync"
	"testing"

	"usher/booking/payment"
	"usher/booking/payment/stripe/stripetest"
	"usher/internal/fault"
)

func TestRefunds(t *testing.T) {
	s := open(t)
	got, err := s.Charge(s.ctx, charge("a", visa))
	s.want(payment.Captured, got, err)
	for _, step := range []struct {
		key    string
		amount int64
		back   int64
		after  payment.Outcome
	}{
		{"one", 2000, 2000, payment.Captured},
		{"one", 2000, 2000, payment.Captured}, // the same refund again
		{"two", 2500, 4500, payment.Refunded},
		{"two", 2500, 4500, payment.Refunded},
		{"one", 2000, 4500, payment.Refunded},
	} {
		if err := s.Refund(s.ctx, "a", step.key, step.amount); err != nil {
			t.Fatal(err)
		}
		got, err := s.Outcome(s.ctx, "a")
		s.want(step.after, got, err)
		s.wantMoney("a", 4500, step.back)
		s.fake.ForgetKeys() // a day later
	}
	if err := s.Refund(s.ctx, "a", "three", 1); !fault.Is(err, fault.Unavailable) {
		t.Errorf("refunding more than was captured: %v, want %s", err, fault.Unavailable)
	}
	s.wantMoney("a", 4500, 4500)
}

// TestARefundWhoseAnswerIsLost: repeats of a refund pay once.
func TestARefundWhoseAnswerIsLost(t *testing.T) {
	for _, kind := range []stripetest.Kind{
		stripetest.Unheard, stripetest.Lost, stripetest.Late, stripetest.Twice, stripetest.Again,
		stripetest.After, stripetest.Conflict, stripetest.TooMany, stripetest.Garbage,
	} {
		for _, operation := range []string{stripetest.Refund, stripetest.ListRefunds} {
			t.Run(operation+", "+string(kind), func(t *testing.T) {
				s := open(t)
				got, err := s.Charge(s.ctx, charge("a", visa))
				s.want(payment.Captured, got, err)
				s.fake.Fail(operation, stripetest.Fault{Kind: kind, After: 1})
				for try := 1; s.Refund(s.ctx, "a", "r", 2000) != nil; try++ {
					if try > 3 {
						t.Fatal("the refund failed four times")
					}
				}
				s.fake.ArriveAll()
				if err := s.Refund(s.ctx, "a", "r", 2000); err != nil {
					t.Error(err)
				}
				s.wantMoney("a", 4500, 2000)
			})
		}
	}
}

func TestManyNodesRefundAtOnce(t *testing.T) {
	s := open(t)
	got, err := s.Charge(s.ctx, charge("a", visa))
	s.want(payment.Captured, got, err)
	var racing sync.WaitGroup
	for range 8 {
		racing.Go(func() {
			if err := s.Refund(s.ctx, "a", "r", 1000); err != nil {
				t.Error(err)
			}
		})
	}
	racing.Wait()
	s.wantMoney("a", 4500, 1000)
}

func TestARefundThatFailsLater(t *testing.T) {
	s := open(t)
	got, err := s.Charge(s.ctx, charge("a", visa))
	s.want(payment.Captured, got, err)
	if err := s.Refund(s.ctx, "a", "r", 4500); err != nil {
		t.Fatal(err)
	}
	s.fake.FailRefund("usher_refund", "r")
	if err := s.Refund(s.ctx, "a", "r", 4500); !fault.Is(err, fault.Unavailable) {
		t.Errorf("repeating a failed refund: %v, want %s", err, fault.Unavailable)
	}
	s.wantMoney("a", 4500, 0)
}
