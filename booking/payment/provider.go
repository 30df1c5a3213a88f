package payment

import "context"

// Charge is a request for money.
type Charge struct {
	ID       string // the transaction's id; the idempotency key at the provider
	Amount   int64  // minor units
	Currency string
	Details  Details
}

// Outcome is the state of a charge at the provider.
type Outcome string

// The outcomes of a charge.
const (
	Unasked  Outcome = ""         // the provider does not know the charge, or has not been asked for the money
	Captured Outcome = "captured" // the provider has the money
	Declined Outcome = "declined" // the provider refused; no money moved
	Closed   Outcome = "closed"   // closed before any money moved; no later charge can succeed
	Refunded Outcome = "refunded" // captured and refunded in full
)

// Provider takes payments. Every call is idempotent under the id of the charge. An error
// means that the outcome is unknown.
type Provider interface {
	// Check checks that the provider accepts these details, without moving money. Errors:
	// invalid_request.
	Check(p Details) error
	// Charge asks for the money and waits for the outcome.
	Charge(ctx context.Context, c Charge) (Outcome, error)
	// Outcome returns the present outcome of a charge.
	Outcome(ctx context.Context, id string) (Outcome, error)
	// Close makes every later charge under this id fail, and returns the outcome: Closed,
	// or an earlier Captured or Declined.
	Close(ctx context.Context, id string) (Outcome, error)
	// Refund pays back amount of a captured charge, in minor units; key is the
	// idempotency key of the refund.
	Refund(ctx context.Context, id, key string, amount int64) error
	// Held returns how much of a charge the provider has captured and not refunded, in
	// minor units; 0 for an unknown charge.
	Held(ctx context.Context, id string) (int64, error)
}

// Details are the method of payment and its token.
type Details struct{ Method, Token string }
