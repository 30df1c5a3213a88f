package payment

import (
	"context"
	"time"
)

// Charge is a request for money.
type Charge struct {
	ID       string // the transaction's id; the idempotency key at the provider
	Amount   int64  // minor units
	Currency string
	Details  Details
	Lines    []Line // what is paid for; their amounts make Amount
	Terms    Terms  // when Provider.MayOpenPage
}

// Line is one thing that a charge pays for, as the fan reads it on a payment page.
type Line struct {
	Name   string
	Amount int64 // minor units
}

// Terms are what a payment page needs to know.
type Terms struct {
	// Until is when the page ends. A provider whose pages live longer ends it later.
	Until  time.Time
	Return string // URL to which the page sends a fan who has paid, or was declined
	Back   string // URL to which the page sends a fan who gives up
}

// Page is a page at the provider, on which the fan pays or approves the payment.
type Page struct {
	URL   string
	Until time.Time // from then on Provider.Close may end the page
}

// Outcome is the state of a charge at the provider.
type Outcome string

// The outcomes of a charge.
const (
	Unasked    Outcome = ""           // the provider does not know the charge, or has not been asked for the money
	Waiting    Outcome = "waiting"    // the fan must act on the charge's page; no money moved
	Processing Outcome = "processing" // the fan has acted, and the provider does not know the result yet; it may take days
	Captured   Outcome = "captured"   // the provider has the money
	Declined   Outcome = "declined"   // the provider refused; no money moved
	Closed     Outcome = "closed"     // closed before any money moved; no later charge can succeed
	Refunded   Outcome = "refunded"   // captured and refunded in full
)

// Provider takes payments. Every call is idempotent under the id of the charge. An error
// means that the outcome is unknown.
type Provider interface {
	// Check checks that the provider accepts these details, without moving money. Errors:
	// invalid_request.
	Check(p Details) error
	// MayOpenPage reports whether a charge with these details may be Waiting, and so
	// needs Terms.
	MayOpenPage(p Details) bool
	// Charge asks for the money and waits for the outcome, but not for the fan: Waiting
	// is an outcome.
	Charge(ctx context.Context, c Charge) (Outcome, error)
	// Page returns the page of a charge that is Waiting.
	Page(ctx context.Context, id string) (Page, error)
	// Outcome returns the present outcome of a charge.
	Outcome(ctx context.Context, id string) (Outcome, error)
	// Close makes every later charge under this id fail, ends its page, and returns the
	// outcome: Closed, or an earlier Captured or Declined.
	Close(ctx context.Context, id string) (Outcome, error)
	// Refund pays back amount of a captured charge, in minor units; key is the
	// idempotency key of the refund.
	Refund(ctx context.Context, id, key string, amount int64) error
	// Held returns how much of a charge the provider has captured and not refunded, in
	// minor units; 0 for an unknown charge.
	Held(ctx context.Context, id string) (int64, error)
}

// Reporter is a provider that keeps a list of its payments. Its reports of payments may get
// lost on their way.
type Reporter interface {
	// Missed calls reconcile with the id of each charge that was paid since the last call
	// and whose report did not arrive. It may also call reconcile for others.
	Missed(ctx context.Context, reconcile func(ctx context.Context, charge string) error) error
}

// Details are the method of payment and its token. A method with a page of its own needs
// no token.
type Details struct{ Method, Token string }
