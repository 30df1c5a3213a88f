package stripe_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"usher/booking/payment"
	"usher/booking/payment/stripe"
	"usher/booking/payment/stripe/stripetest"
	"usher/internal/testkit"
)

// TestPaymentsWhoseEventsAreLost: Stripe's list of payments names each payment whose event
// did not arrive, once.
func TestPaymentsWhoseEventsAreLost(t *testing.T) {
	t.Parallel()
	fake, url := stripetest.Start(t)
	p, err := stripe.New(stripe.Options{Mongo: testkit.Mongo(t), SecretKey: stripetest.SecretKey, WebhookSecret: stripetest.WebhookSecret, URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Disconnect)
	ctx := t.Context()
	var got []string
	hear := func(_ context.Context, charge string) error {
		got = append(got, charge)
		return nil
	}
	missed := func(want ...string) {
		t.Helper()
		got = nil
		if err := p.Missed(ctx, hear); err != nil {
			t.Fatal(err)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("missed are %v, want %v", got, want)
		}
	}
	missed()
	for _, id := range []string{"a", "b"} {
		if outcome, err := p.Charge(ctx, charge(id, visa)); err != nil || outcome != payment.Captured {
			t.Fatal(outcome, err)
		}
	}
	// The event about a arrives, the one about b does not.
	events := fake.Events()
	for _, e := range events[:1+slices.IndexFunc(events, func(e stripetest.Event) bool { return e.Type == "payment_intent.succeeded" })] {
		if err := p.HandleEvent(ctx, e.Payload, stripetest.Signature(e.Payload, stripetest.WebhookSecret, time.Now()), hear); err != nil {
			t.Fatal(err)
		}
	}
	missed("b")
	missed()
	// A page that is paid after it was closed: the list has it, against Stripe's rules.
	if _, err := p.Charge(ctx, onPage("c")); err != nil {
		t.Fatal(err)
	}
	page, err := p.Page(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	if outcome, err := p.Close(ctx, "c"); err != nil || outcome != payment.Closed {
		t.Fatal(outcome, err)
	}
	if _, err := fake.Visit(page.URL, stripetest.PaysLate); err != nil {
		t.Fatal(err)
	}
	// What could not be handled comes again.
	lost := errors.New("the database is away")
	if err := p.Missed(ctx, func(context.Context, string) error { return lost }); err == nil {
		t.Error("a payment that could not be handled is no error")
	}
	missed("c")
	// More than Stripe lists at once.
	var many []string
	for i := range 120 {
		id := "m" + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
		if _, err := p.Charge(ctx, charge(id, visa)); err != nil {
			t.Fatal(err)
		}
		many = append(many, id)
	}
	missed(many...)
}

// TestTryingAKey: a key that may read, and not create Checkout Sessions, is told.
func TestTryingAKey(t *testing.T) {
	t.Parallel()
	fake, url := stripetest.Start(t)
	p, err := stripe.New(stripe.Options{Mongo: testkit.Mongo(t), SecretKey: stripetest.SecretKey, URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Disconnect)
	if live, err := p.Try(t.Context()); live || err != nil {
		t.Fatal(live, err)
	}
	if n := len(fake.Sessions()); n != 0 {
		t.Errorf("trying a key made %d Sessions", n)
	}
	for _, operation := range []string{stripetest.CreateSession, stripetest.ListEvents, stripetest.ListIntents} {
		fake.Fail(operation, stripetest.Fault{Kind: stripetest.Forbidden})
		if _, err := p.Try(t.Context()); err == nil {
			t.Errorf("a key without the right to %s is accepted", operation)
		}
	}
}
