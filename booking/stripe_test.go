package booking_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"usher/booking"
	"usher/booking/payment/stripe"
	"usher/booking/payment/stripe/stripetest"
	"usher/internal/testkit"
)

// network lists the faults of the requests to Stripe, by operation.
type network map[string][]stripetest.Fault

func only(operation string, kind stripetest.Kind, after int) network {
	return network{operation: {{Kind: kind, After: after}}}
}

// around are the steps at which a crash makes a difference to Stripe; the steps before the
// charge do not.
var around = []booking.Step{
	booking.StepCharge, booking.StepOpen, booking.StepWait, booking.StepClose, booking.StepDecide, booking.StepReturn,
}

// networks are the ways in which answers are lost, late or doubled while nodes crash.
func networks() map[string]network {
	return map[string]network{
		"quiet":                             {},
		"the confirmation's answer is lost": only(stripetest.Confirm, stripetest.Lost, 0),
		"the confirmation comes after it was closed": only(stripetest.Confirm, stripetest.Late, 2),
		"the confirmation overtakes the closing":     only(stripetest.Confirm, stripetest.Late, 1),
		"everything is lost once": {
			stripetest.Confirm: {{Kind: stripetest.Lost}}, stripetest.Retrieve: {{Kind: stripetest.Lost}}, stripetest.Cancel: {{Kind: stripetest.Lost}},
		},
	}
}

// rareNetworks are all single faults.
func rareNetworks() map[string]network {
	all := map[string]network{}
	for _, operation := range []string{stripetest.Create, stripetest.Confirm, stripetest.Retrieve, stripetest.Cancel} {
		for _, kind := range []stripetest.Kind{
			stripetest.Unheard, stripetest.Lost, stripetest.Twice, stripetest.Before, stripetest.After, stripetest.Conflict,
			stripetest.TooMany, stripetest.Garbage,
		} {
			all[fmt.Sprintf("%s, %s", operation, kind)] = only(operation, kind, 0)
		}
		for after := 1; after <= 3; after++ {
			all[fmt.Sprintf("%s, late by %d", operation, after)] = only(operation, stripetest.Late, after)
			all[fmt.Sprintf("%s, again after %d", operation, after)] = only(operation, stripetest.Again, after)
		}
	}
	return all
}

// TestCrashBeforeEachStepWithStripe is the crash matrix on a Stripe whose answers are lost,
// late or doubled, and whose events arrive at once.
func TestCrashBeforeEachStepWithStripe(t *testing.T) {
	testkit.Once(t)
	testkit.Long(t)
	t.Parallel()
	soak := os.Getenv("USHER_SOAK") != ""
	for name, net := range networks() {
		steps := around
		if soak {
			steps = nil
		}
		crashWithStripe(t, name, net, visa, steps)
		if soak || name == "quiet" {
			crashWithStripe(t, name, net, declined, steps)
		}
	}
	if !soak {
		return
	}
	for name, net := range rareNetworks() {
		crashWithStripe(t, name, net, visa, around)
		crashWithStripe(t, name, net, declined, around)
	}
}

// TestCrashBeforeEachStepAtAPage is the crash matrix with pages of Checkout, and with cards
// that ask their owners.
func TestCrashBeforeEachStepAtAPage(t *testing.T) {
	testkit.Once(t)
	testkit.Long(t)
	t.Parallel()
	soak := os.Getenv("USHER_SOAK") != ""
	all := map[string]network{
		"quiet": {},
		"the page's answers are lost": {
			stripetest.RetrieveSession: {{Kind: stripetest.Lost}, {Kind: stripetest.Lost}}, stripetest.ExpireSession: {{Kind: stripetest.Lost}},
			stripetest.Retrieve: {{Kind: stripetest.Lost}, {Kind: stripetest.Lost}},
		},
	}
	if soak {
		for _, operation := range []string{stripetest.RetrieveSession, stripetest.ExpireSession, stripetest.Retrieve, stripetest.Cancel} {
			for _, kind := range []stripetest.Kind{stripetest.Unheard, stripetest.Twice, stripetest.Before, stripetest.After, stripetest.Conflict, stripetest.TooMany, stripetest.Garbage} {
				all[fmt.Sprintf("%s, %s", operation, kind)] = only(operation, kind, 0)
			}
		}
	}
	for name, net := range all {
		steps := around
		if soak {
			steps = nil
		}
		crashWithStripe(t, name, net, "", steps)
		if soak || name == "quiet" {
			crashWithStripe(t, name, net, asksOwner, steps)
		}
	}
}

const (
	asksOwner = "pm_card_authenticationRequired"

	visa     = "pm_card_visa"
	declined = "pm_card_chargeDeclined"
)

func crashWithStripe(t *testing.T, name string, net network, token string, steps []booking.Step) {
	t.Run(name+", "+token, func(t *testing.T) {
		fake, trial := withStripe(t, net, token)
		trial.Declines, trial.Steps = token == declined, steps
		if token == "" || token == asksOwner {
			trial.Visit = func(page string) error { _, err := fake.Visit(page, stripetest.Pays); return err }
		}
		trial.Listen = func(nudge func(string) error) {
			fake.OnEvent = func(e stripetest.Event) {
				if err := nudge(chargeOf(t, e)); err != nil {
					t.Error(err)
				}
			}
		}
		purchases := trial.Run(t)
		wantOncePaid(t, fake, token == declined, purchases)
	})
}

// withStripe is a Trial on a new Stripe whose network has these faults in each purchase or
// refund.
func withStripe(t *testing.T, net network, token string) (*stripetest.Fake, booking.Trial) {
	t.Helper()
	fake, url := stripetest.Start(t)
	stores := testkit.Open(t, "")
	provider, err := stripe.New(stripe.Options{Mongo: stores.Mongo, SecretKey: stripetest.SecretKey, URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(provider.Disconnect)
	return fake, booking.Trial{
		Stores: stores, Provider: provider, Method: stripe.Method, Token: token, Seats: 2 * 60,
		Before: func() {
			for operation, faults := range net {
				fake.Fail(operation, faults...)
			}
		},
		Heal:  fake.Heal,
		After: fake.ArriveAll,
	}
}

// TestRefundsWithStripe: a seat's money is returned once, whatever happens to the refund's
// requests and to the nodes that make them.
func TestRefundsWithStripe(t *testing.T) {
	testkit.Once(t)
	testkit.Long(t)
	t.Parallel()
	kinds := []stripetest.Kind{stripetest.Lost, stripetest.Late, stripetest.After}
	operations := []string{stripetest.Refund}
	if os.Getenv("USHER_SOAK") != "" {
		kinds = append(kinds, stripetest.None, stripetest.Unheard, stripetest.Twice, stripetest.Again, stripetest.Conflict, stripetest.TooMany, stripetest.Garbage)
		operations = append(operations, stripetest.ListRefunds)
	}
	for _, operation := range operations {
		for _, kind := range kinds {
			for after := 1; after <= 3 && (after == 1 || kind == stripetest.Late || kind == stripetest.Again); after++ {
				t.Run(fmt.Sprintf("%s, %s, %d", operation, kind, after), func(t *testing.T) {
					fake, trial := withStripe(t, only(operation, kind, after), visa)
					trial.RunRefunds(t)
					for _, in := range fake.All() {
						if in.Received != 9000 || in.Refunded != 4500 {
							t.Errorf("intent %s: %d received, %d refunded", in.ID, in.Received, in.Refunded)
						}
					}
				})
			}
		}
	}
}

// wantOncePaid compares Stripe's ledger with the purchases: each was paid once and by one
// intent, and none can still be paid.
func wantOncePaid(t *testing.T, fake *stripetest.Fake, declines bool, purchases int) {
	t.Helper()
	paid := 0
	for _, in := range fake.All() {
		switch {
		case in.Status == "succeeded" && in.Received == 6750 && in.Refunded == 0:
			paid++
		case in.Received != 0 || in.Refunded != 0:
			t.Errorf("intent %s is %s: %d received, %d refunded", in.ID, in.Status, in.Received, in.Refunded)
		}
	}
	if want := map[bool]int{false: purchases, true: 0}[declines]; paid != want {
		t.Errorf("%d purchases were paid, want %d", paid, want)
	}
}

func chargeOf(t *testing.T, e stripetest.Event) string {
	var event struct {
		Data struct {
			Object struct{ Metadata map[string]string }
		}
	}
	if err := json.Unmarshal(e.Payload, &event); err != nil {
		t.Error(err)
	}
	return event.Data.Object.Metadata["usher_charge"]
}
