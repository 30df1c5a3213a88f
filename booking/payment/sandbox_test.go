package payment

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/testkit"
)

func TestTheSandboxAnswersByToken(t *testing.T) {
	s := NewSandbox(testkit.Mongo(t))
	s.Slow = 10 * time.Millisecond
	ctx := context.Background()
	for _, c := range []struct {
		token  string
		answer Outcome
		lost   bool
		after  Outcome
	}{
		{TokenOK, Captured, false, Captured},
		{TokenDeclined, Declined, false, Declined},
		{TokenSlow, Captured, false, Captured},
		{TokenUnknown, Unasked, true, Captured},
	} {
		t.Run(c.token, func(t *testing.T) {
			charge := Charge{ID: c.token, Amount: 4500, Currency: "EUR", Details: Details{"sandbox", c.token}}
			for range 2 {
				got, err := s.Charge(ctx, charge)
				if got != c.answer || (err != nil) != c.lost {
					t.Errorf("charging returned %q, %v, want %q", got, err, c.answer)
				}
			}
			if got, err := s.Outcome(ctx, c.token); err != nil || got != c.after {
				t.Errorf("the outcome is %q, %v, want %q", got, err, c.after)
			}
			if got, err := s.Close(ctx, c.token); err != nil || got != c.after {
				t.Errorf("closing returned %q, %v, want %q", got, err, c.after)
			}
		})
	}
	if n, err := s.charges.CountDocuments(ctx, bson.D{}); err != nil || n != 4 {
		t.Errorf("the ledger has %d charges, %v, want 4", n, err)
	}
	_, err := s.Charge(ctx, Charge{ID: "x", Details: Details{"sandbox", "tok_free"}})
	if code := fault.CodeOf(err); code != fault.InvalidRequest {
		t.Errorf("got error %v, want %q", err, fault.InvalidRequest)
	}
}

func TestAClosedChargeOfTheSandboxStaysClosed(t *testing.T) {
	s := NewSandbox(testkit.Mongo(t))
	ctx := context.Background()
	if got, err := s.Outcome(ctx, "a"); err != nil || got != Unasked {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := s.Close(ctx, "a"); err != nil || got != Closed {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := s.Charge(ctx, Charge{ID: "a", Amount: 1, Details: Details{"sandbox", TokenOK}}); err != nil || got != Closed {
		t.Fatalf("charging a closed charge returned %q, %v", got, err)
	}
	if err := s.Refund(ctx, "a", "r", 1); err == nil {
		t.Error("a charge without money was refunded")
	}
}

func TestACancelledSlowChargeTakesNoMoney(t *testing.T) {
	s := NewSandbox(testkit.Mongo(t))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Charge(ctx, Charge{ID: "a", Amount: 1, Details: Details{"sandbox", TokenSlow}}); err == nil {
		t.Error("a cancelled charge returned an outcome")
	}
	if got, err := s.Outcome(context.Background(), "a"); err != nil || got != Unasked {
		t.Errorf("%q, %v", got, err)
	}
}

func TestConcurrentChargeAndCloseAgree(t *testing.T) {
	t.Parallel()
	s := NewSandbox(testkit.Mongo(t))
	ctx := context.Background()
	for i := range 20 {
		id := fmt.Sprint("race-", i)
		outcomes := make([]Outcome, 4)
		var racing sync.WaitGroup
		for j := range outcomes {
			racing.Go(func() {
				var err error
				if j%2 == 0 {
					outcomes[j], err = s.Charge(ctx, Charge{ID: id, Amount: 1, Details: Details{"sandbox", TokenOK}})
				} else {
					outcomes[j], err = s.Close(ctx, id)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		racing.Wait()
		for _, got := range outcomes {
			if got != outcomes[0] {
				t.Fatalf("the outcomes differ: %v", outcomes)
			}
		}
	}
}

func TestRefundsOfTheSandbox(t *testing.T) {
	s := NewSandbox(testkit.Mongo(t))
	ctx := context.Background()
	if _, err := s.Charge(ctx, Charge{ID: "a", Amount: 9000, Details: Details{"sandbox", TokenOK}}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		key    string
		amount int64
		after  Outcome
	}{
		{"one", 4500, Captured},
		{"one", 4500, Captured}, // the same refund again
		{"two", 4500, Refunded},
		{"two", 4500, Refunded},
	} {
		if err := s.Refund(ctx, "a", step.key, step.amount); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Outcome(ctx, "a"); err != nil || got != step.after {
			t.Fatalf("after refund %s: %q, %v", step.key, got, err)
		}
	}
}

// TestRefundsThatRaceReturnNoMoreThanIsHeld refunds a charge from several sides at once, each
// refund twice.
func TestRefundsThatRaceReturnNoMoreThanIsHeld(t *testing.T) {
	s := NewSandbox(testkit.Mongo(t))
	ctx := context.Background()
	if _, err := s.Charge(ctx, Charge{ID: "a", Amount: 3000, Details: Details{"sandbox", TokenOK}}); err != nil {
		t.Fatal(err)
	}
	var racing sync.WaitGroup
	var done atomic.Int32
	for i := range 10 {
		racing.Go(func() {
			if s.Refund(ctx, "a", fmt.Sprintf("refund %d", i/2), 1000) == nil {
				done.Add(1)
			}
		})
	}
	racing.Wait()
	if held, err := s.Held(ctx, "a"); err != nil || held != 0 || done.Load() != 6 {
		t.Errorf("%d held, %v, and %d calls refunded, want three refunds, each by two calls", held, err, done.Load())
	}
}

// TestAChargeOfTheVersionBefore: its refunds are found by the charge, old and new ones.
func TestAChargeOfTheVersionBefore(t *testing.T) {
	s := NewSandbox(testkit.Mongo(t))
	ctx := context.Background()
	if _, err := s.charges.InsertOne(ctx, sandboxCharge{ID: "a", Outcome: Captured, Amount: 9000}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.refunds.InsertOne(ctx, sandboxRefund{ID: "old", Charge: "a", Amount: 4500}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, key := range []string{"old", "new"} {
			if err := s.Refund(ctx, "a", key, 4500); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, err := s.Outcome(ctx, "a"); err != nil || got != Refunded {
		t.Errorf("after both refunds: %q, %v", got, err)
	}
}
