package stripe_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/booking/payment"
	"usher/booking/payment/stripe"
	"usher/booking/payment/stripe/stripetest"
	"usher/internal/fault"
	"usher/internal/testkit"
)

const (
	visa     = "pm_card_visa"
	declines = "pm_card_chargeDeclined"
)

// shop is a provider and its fake of Stripe.
type shop struct {
	*stripe.Provider
	t    *testing.T
	ctx  context.Context
	fake *stripetest.Fake
}

func open(t *testing.T, change ...func(*stripe.Options)) *shop {
	t.Helper()
	fake, url := stripetest.Start(t)
	o := stripe.Options{Mongo: testkit.Mongo(t), SecretKey: stripetest.SecretKey, WebhookSecret: stripetest.WebhookSecret, URL: url}
	for _, c := range change {
		c(&o)
	}
	p, err := stripe.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Disconnect)
	return &shop{p, t, context.Background(), fake}
}

func charge(id, token string) payment.Charge {
	return payment.Charge{ID: id, Amount: 4500, Currency: "EUR", Details: payment.Details{Method: "stripe", Token: token}}
}

// want fails unless the provider returned this outcome without an error.
func (s *shop) want(want payment.Outcome, got payment.Outcome, err error) {
	s.t.Helper()
	if err != nil || got != want {
		s.t.Fatalf("the outcome is %q, %v; want %q", got, err, want)
	}
}

// wantMoney fails unless Stripe has captured and refunded these amounts for a charge, by
// one intent, and Held agrees.
func (s *shop) wantMoney(id string, received, back int64) {
	s.t.Helper()
	var sum, returned int64
	for _, in := range s.fake.Intents("usher_charge", id) {
		if sum > 0 && in.Received > 0 {
			s.t.Errorf("charge %s was paid by two intents", id)
		}
		sum, returned = sum+in.Received, returned+in.Refunded
	}
	if sum != received || returned != back {
		s.t.Errorf("for charge %s Stripe captured %d and refunded %d, want %d and %d", id, sum, returned, received, back)
	}
	if held, err := s.Held(s.ctx, id); err != nil || held != received-back {
		s.t.Errorf("the provider holds %d for charge %s (%v), want %d", held, id, err, received-back)
	}
}

func TestCheckingDetails(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		payment payment.Details
		ok      bool
	}{
		"a PaymentMethod": {payment.Details{Method: "stripe", Token: "pm_1Nv0FGQ9RKHgCVdK"}, true},
		"a test one":      {payment.Details{Method: "stripe", Token: visa}, true},
		"the sandbox":     {payment.Details{Method: "sandbox", Token: "tok_ok"}, false},
		"a card's number": {payment.Details{Method: "stripe", Token: "4242424242424242"}, false},
		"a path":          {payment.Details{Method: "stripe", Token: "pm_1/../../charges"}, false},
		"a parameter":     {payment.Details{Method: "stripe", Token: "pm_1&amount=1"}, false},
		"no token":        {payment.Details{Method: "stripe"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.Check(c.payment)
			if c.ok != (err == nil) || err != nil && !fault.Is(err, fault.InvalidRequest) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := s.Charge(s.ctx, charge("a", "tok_ok")); !fault.Is(err, fault.InvalidRequest) || s.fake.Requests(stripetest.Create) > 0 {
		t.Errorf("an invalid charge was sent to Stripe: %v", err)
	}
}

func TestAnswersByCard(t *testing.T) {
	for _, c := range []struct {
		token          string
		answer         payment.Outcome
		after          payment.Outcome // returned by Outcome
		closed         payment.Outcome // returned by Close
		received, asks int64
	}{
		{visa, payment.Captured, payment.Captured, payment.Captured, 4500, 1},
		{declines, payment.Declined, payment.Declined, payment.Declined, 0, 1},
		{"pm_card_authenticationRequired", payment.Declined, payment.Declined, payment.Declined, 0, 1},
		{"pm_card_unknown", payment.Declined, payment.Unasked, payment.Closed, 0, 2},
	} {
		t.Run(c.token, func(t *testing.T) {
			s := open(t)
			for range 2 { // a repeat returns the same
				got, err := s.Charge(s.ctx, charge("a", c.token))
				s.want(c.answer, got, err)
			}
			got, err := s.Outcome(s.ctx, "a")
			s.want(c.after, got, err)
			for range 2 {
				got, err = s.Close(s.ctx, "a")
				s.want(c.closed, got, err)
			}
			got, err = s.Outcome(s.ctx, "a")
			s.want(c.closed, got, err)
			s.wantMoney("a", c.received, 0)
			if n := s.fake.Requests(stripetest.Confirm); int64(n) != c.asks {
				t.Errorf("the card was charged %d times, want %d", n, c.asks)
			}
			for _, in := range s.fake.All() {
				if in.Received == 0 && in.Status != "canceled" {
					t.Errorf("intent %s is left %s", in.ID, in.Status)
				}
			}
		})
	}
}

func TestProcessingIsNotAnOutcome(t *testing.T) {
	s := open(t)
	for name, ask := range map[string]func() (payment.Outcome, error){
		"charging": func() (payment.Outcome, error) { return s.Charge(s.ctx, charge("a", "pm_fake_processing")) },
		"asking":   func() (payment.Outcome, error) { return s.Outcome(s.ctx, "a") },
		"closing":  func() (payment.Outcome, error) { return s.Close(s.ctx, "a") },
	} {
		if name != "charging" {
			_, _ = s.Charge(s.ctx, charge("a", "pm_fake_processing"))
		}
		if got, err := ask(); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s returned %q, %v, want %s", name, got, err, fault.Unavailable)
		}
	}
	s.fake.Settle(s.fake.All()[0].ID)
	got, err := s.Close(s.ctx, "a")
	s.want(payment.Captured, got, err)
	s.wantMoney("a", 4500, 0)
}

func TestADeclineIsRememberedWithoutItsError(t *testing.T) {
	s := open(t)
	got, err := s.Charge(s.ctx, charge("a", declines))
	s.want(payment.Declined, got, err)
	s.fake.LoseError(s.fake.All()[0].ID)
	got, err = s.Close(s.ctx, "a")
	s.want(payment.Declined, got, err)
}

// TestARepeatAfterADay: Stripe has forgotten the idempotency keys, and the ledger has not.
func TestARepeatAfterADay(t *testing.T) {
	for _, c := range []struct {
		token    string
		answer   payment.Outcome
		received int64
	}{{visa, payment.Captured, 4500}, {declines, payment.Declined, 0}} {
		t.Run(c.token, func(t *testing.T) {
			s := open(t)
			for range 3 {
				got, err := s.Charge(s.ctx, charge("a", c.token))
				s.want(c.answer, got, err)
				s.fake.ForgetKeys()
			}
			if n := s.fake.Requests(stripetest.Confirm); n != 1 {
				t.Errorf("the card was charged %d times, want 1", n)
			}
			s.wantMoney("a", c.received, 0)
		})
	}
}

func TestAClosedChargeStaysClosed(t *testing.T) {
	s := open(t)
	got, err := s.Outcome(s.ctx, "a")
	s.want(payment.Unasked, got, err)
	got, err = s.Close(s.ctx, "a")
	s.want(payment.Closed, got, err)
	for range 2 {
		got, err = s.Charge(s.ctx, charge("a", visa))
		s.want(payment.Closed, got, err)
		s.fake.ForgetKeys()
	}
	got, err = s.Outcome(s.ctx, "a")
	s.want(payment.Closed, got, err)
	s.wantMoney("a", 0, 0)
	if err := s.Refund(s.ctx, "a", "r", 1); err == nil {
		t.Error("a charge without money was refunded")
	}
	if n := s.fake.Requests(stripetest.Confirm); n != 0 {
		t.Errorf("a closed charge was confirmed %d times", n)
	}
}

// TestDyingBetweenLedgerAndConfirmation: the ledger names an intent that was never
// confirmed. Closing the charge is final, also for a confirmation that arrives later.
func TestDyingBetweenLedgerAndConfirmation(t *testing.T) {
	s := open(t)
	s.fake.Fail(stripetest.Confirm, stripetest.Fault{Kind: stripetest.Late, After: 1 << 20})
	if _, err := s.Charge(s.ctx, charge("a", visa)); err == nil {
		t.Fatal("a charge without a response returned an outcome")
	}
	got, err := s.Outcome(s.ctx, "a")
	s.want(payment.Unasked, got, err)
	got, err = s.Close(s.ctx, "a")
	s.want(payment.Closed, got, err)
	s.fake.ArriveAll()
	s.wantMoney("a", 0, 0)
}

func TestConcurrentChargeAndCloseAgree(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 20 {
		id := fmt.Sprint("race-", i)
		outcomes := make([]payment.Outcome, 4)
		var racing sync.WaitGroup
		for j := range outcomes {
			racing.Go(func() {
				var err error
				if j%2 == 0 {
					outcomes[j], err = s.Charge(s.ctx, charge(id, visa))
				} else {
					outcomes[j], err = s.Close(s.ctx, id)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		racing.Wait()
		money := int64(0)
		for _, got := range outcomes {
			if got != outcomes[0] {
				t.Fatalf("the outcomes differ: %v", outcomes)
			}
			if got == payment.Captured {
				money = 4500
			}
		}
		s.wantMoney(id, money, 0)
	}
}

func TestNoResponseFromStripe(t *testing.T) {
	s := open(t)
	for _, kind := range []stripetest.Kind{stripetest.Hang, stripetest.HangLost} {
		s.fake.Fail(stripetest.Confirm, stripetest.Fault{Kind: kind})
		ctx, cancel := context.WithTimeout(s.ctx, 300*time.Millisecond)
		if got, err := s.Charge(ctx, charge(string(kind), visa)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: charging returned %q, %v, want %v", kind, got, err, context.DeadlineExceeded)
		}
		cancel()
	}
	got, err := s.Outcome(s.ctx, string(stripetest.Hang))
	s.want(payment.Unasked, got, err)
	got, err = s.Outcome(s.ctx, string(stripetest.HangLost))
	s.want(payment.Captured, got, err)
}

// TestBeforeTheLedgerNothingIsUnknown: a failure before the entry in the ledger moves no
// money, and Charge returns Closed at once.
func TestBeforeTheLedgerNothingIsUnknown(t *testing.T) {
	for _, kind := range []stripetest.Kind{
		stripetest.Unheard, stripetest.Lost, stripetest.Late, stripetest.Before, stripetest.After,
		stripetest.Conflict, stripetest.TooMany, stripetest.Garbage,
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := open(t)
			s.fake.Fail(stripetest.Create, stripetest.Fault{Kind: kind, After: 1})
			got, err := s.Charge(s.ctx, charge("a", visa))
			s.want(payment.Closed, got, err)
			s.fake.ArriveAll()
			got, err = s.Charge(s.ctx, charge("a", visa))
			s.want(payment.Closed, got, err)
			s.wantMoney("a", 0, 0)
		})
	}
	t.Run("no connection", func(t *testing.T) {
		s := open(t, func(o *stripe.Options) { o.URL = "http://127.0.0.1:1" })
		got, err := s.Charge(s.ctx, charge("a", visa))
		s.want(payment.Closed, got, err)
	})
	t.Run("a price that is too small", func(t *testing.T) {
		s := open(t)
		c := charge("a", visa)
		c.Amount = 20
		got, err := s.Charge(s.ctx, c)
		s.want(payment.Closed, got, err)
	})
}

func TestAKeyThatIsNotAccepted(t *testing.T) {
	var log bytes.Buffer
	fake, url := stripetest.Start(t)
	mongo := testkit.Mongo(t)
	with := func(key string) *shop {
		p, err := stripe.New(stripe.Options{Mongo: mongo, SecretKey: key, URL: url, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Disconnect)
		return &shop{p, t, context.Background(), fake}
	}
	right, wrong := with(stripetest.SecretKey), with("sk_test_revoked")
	got, err := wrong.Charge(wrong.ctx, charge("never", visa))
	wrong.want(payment.Closed, got, err) // no intent exists
	got, err = right.Charge(right.ctx, charge("a", visa))
	right.want(payment.Captured, got, err)
	for doing, err := range map[string]error{
		"asking":   func() error { _, err := wrong.Outcome(wrong.ctx, "a"); return err }(),
		"closing":  func() error { _, err := wrong.Close(wrong.ctx, "a"); return err }(),
		"counting": func() error { _, err := wrong.Held(wrong.ctx, "a"); return err }(),
		"refund":   wrong.Refund(wrong.ctx, "a", "r", 1),
	} {
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "--stripe-secret-key") {
			t.Errorf("%s: the error is %v, want one that names --stripe-secret-key", doing, err)
		}
		log.WriteString(fmt.Sprintln(err))
	}
	if !strings.Contains(log.String(), "--stripe-secret-key") {
		t.Errorf("the log does not name --stripe-secret-key: %s", &log)
	}
	for _, secret := range []string{stripetest.SecretKey, "sk_test_revoked", "_secret_"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log contains %q: %s", secret, &log)
		}
	}
}

// TestErrorsContainNoSecret: Stripe's errors contain the intent with its client secret,
// and a proxy may repeat the key.
func TestErrorsContainNoSecret(t *testing.T) {
	s := open(t)
	got, err := s.Charge(s.ctx, charge("a", visa))
	s.want(payment.Captured, got, err)
	for _, kind := range []stripetest.Kind{stripetest.Before, stripetest.Garbage, stripetest.Lost, stripetest.Conflict} {
		s.fake.Fail(stripetest.Retrieve, stripetest.Fault{Kind: kind})
		_, err := s.Outcome(s.ctx, "a")
		if err == nil {
			t.Fatalf("%s gave an outcome", kind)
		}
		if text := fmt.Sprintf("%+v", err); strings.Contains(text, "_secret_") || strings.Contains(text, stripetest.SecretKey) {
			t.Errorf("%s: %s", kind, text)
		}
	}
}
