// Package payment is the border to the payment provider: the interface that a
// purchase talks to, and a sandbox that moves none. booking/payment/stripe is the
// provider Stripe. Nothing here knows of orders, seats or tickets.
//
// Entry points: [Provider], [NewSandbox].
package payment

import "context"

// Charge asks a provider for money.
type Charge struct {
	ID       string // the transaction's id: the idempotency key at the provider
	Amount   int64  // minor units
	Currency string
	Details  Details
}

// Outcome is what a provider knows of a charge.
type Outcome string

// What a provider can know.
const (
	Unasked  Outcome = ""         // it never heard of it
	Captured Outcome = "captured" // the money is here
	Declined Outcome = "declined" // it refused; no money moved
	Closed   Outcome = "closed"   // closed before any money moved; no later charge can succeed
	Refunded Outcome = "refunded"
)

// Provider takes money. Every call is idempotent under the charge's id. An
// error means that the outcome is not known.
type Provider interface {
	// Check says whether it can take such a payment; nothing moves. Errors:
	// invalid_request.
	Check(p Details) error
	// Charge asks for the money and waits for the answer.
	Charge(ctx context.Context, c Charge) (Outcome, error)
	// Outcome asks what became of a charge.
	Outcome(ctx context.Context, id string) (Outcome, error)
	// Close makes sure no later charge under this id can succeed and returns
	// what holds: Closed, or Captured or Declined if that came first.
	Close(ctx context.Context, id string) (Outcome, error)
	// Refund gives amount of a captured charge back; key makes it idempotent.
	Refund(ctx context.Context, id, key string, amount int64) error
	// Held is how much of a charge's money, in minor units, the provider has
	// captured and not given back; 0 for a charge it never heard of.
	Held(ctx context.Context, id string) (int64, error)
}

// Details is how a purchase is paid.
type Details struct{ Method, Token string }
