package stripe_test

import (
	"fmt"
	"os"
	"testing"

	"usher/booking/payment"
	"usher/booking/payment/stripe/stripetest"
	"usher/internal/testkit"
)

// trouble returns every fault except hanging.
func trouble() (all []stripetest.Fault) {
	for _, kind := range []stripetest.Kind{
		stripetest.Unheard, stripetest.Lost, stripetest.Twice, stripetest.Before, stripetest.After,
		stripetest.Conflict, stripetest.TooMany, stripetest.Garbage,
	} {
		all = append(all, stripetest.Fault{Kind: kind})
	}
	for _, kind := range []stripetest.Kind{stripetest.Late, stripetest.Again} {
		for after := 1; after <= 4; after++ {
			all = append(all, stripetest.Fault{Kind: kind, After: after})
		}
	}
	return all
}

var operations = []string{stripetest.Create, stripetest.Confirm, stripetest.Retrieve, stripetest.Cancel}

// TestEveryAnswerIsTrueWhateverFails charges, asks and closes while one request meets a
// fault (with make soak: two). It compares every outcome with the money after all late
// requests have arrived.
func TestEveryAnswerIsTrueWhateverFails(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	s := open(t)
	n := 0
	try := func(name, token string, plan func()) {
		n++
		id := fmt.Sprint("charge-", n)
		plan()
		s.wantTrue(t, name, id, token)
	}
	for _, token := range []string{visa, declines} {
		for _, operation := range operations {
			for _, one := range trouble() {
				name := fmt.Sprintf("%s: %s of %s, %d", token, one.Kind, operation, one.After)
				try(name, token, func() { s.fake.Fail(operation, one) })
				if os.Getenv("USHER_SOAK") == "" {
					continue
				}
				for _, second := range operations {
					for _, other := range trouble() {
						try(fmt.Sprintf("%s, then %s of %s, %d", name, other.Kind, second, other.After), token, func() {
							s.fake.Fail(operation, one)
							s.fake.Fail(second, other)
						})
					}
				}
			}
		}
	}
}

// wantTrue goes through a charge as a purchase and its recovery do, and fails unless every
// outcome agrees with the money.
func (s *shop) wantTrue(t *testing.T, name, id, token string) {
	t.Helper()
	type said struct {
		doing   string
		outcome payment.Outcome
	}
	var answers []said
	note := func(doing string, outcome payment.Outcome, err error) bool {
		if err == nil {
			answers = append(answers, said{doing, outcome})
		}
		return err == nil
	}
	got, err := s.Charge(s.ctx, charge(id, token))
	note("charging", got, err)
	got, err = s.Outcome(s.ctx, id)
	note("asking", got, err)
	for try := 1; ; try++ {
		got, err = s.Close(s.ctx, id)
		if note("closing", got, err) {
			break
		}
		if try > 4 {
			t.Fatalf("%s: closing the charge failed: %v", name, err)
		}
	}
	s.fake.Heal()
	s.fake.ArriveAll()
	got, err = s.Charge(s.ctx, charge(id, token))
	note("a repeat", got, err)
	s.fake.ArriveAll()

	var money int64
	for _, in := range s.fake.Intents("usher_charge", id) {
		money += in.Received
	}
	closed := false
	for _, a := range answers {
		switch {
		case a.outcome == payment.Captured && money != 4500,
			a.outcome == payment.Closed && money != 0,
			a.outcome == payment.Declined && (money != 0 || token == visa),
			a.outcome == payment.Unasked && (closed || a.doing == "a repeat"):
			t.Errorf("%s: %s returned %q, but %d was paid in the end: %v", name, a.doing, a.outcome, money, answers)
		}
		closed = closed || a.doing == "closing"
	}
	if token == declines && money != 0 {
		t.Errorf("%s: a declined card paid %d", name, money)
	}
}
