package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
)

// Sandbox is a provider that moves no money. Like a real one it is decided in a
// ledger of its own, which all nodes share and which booking never reads:
// the first answer to a charge is inserted and stays.
type Sandbox struct {
	charges *mongo.Collection
	refunds *mongo.Collection
	Slow    time.Duration // how long tok_slow takes; default 2 s
}

// The sandbox's tokens.
const (
	TokenOK       = "tok_ok"
	TokenDeclined = "tok_declined"
	TokenSlow     = "tok_slow"    // captures after Sandbox.Slow
	TokenUnknown  = "tok_unknown" // captures, but the answer is lost
)

const (
	SandboxMethod = "sandbox"
	sandboxSlow   = 2 * time.Second
)

var errAnswerLost = errors.New("sandbox: the answer was lost")

// NewSandbox keeps its ledger in the collections sandbox_charges and
// sandbox_refunds.
func NewSandbox(db *mongo.Database) *Sandbox {
	return &Sandbox{charges: db.Collection("sandbox_charges"), refunds: db.Collection("sandbox_refunds"), Slow: sandboxSlow}
}

type sandboxCharge struct {
	ID       string    `bson:"_id"`
	Outcome  Outcome   `bson:"outcome"`
	Amount   int64     `bson:"amount"`
	Currency string    `bson:"currency"`
	At       time.Time `bson:"at"`
}

type sandboxRefund struct {
	ID     string    `bson:"_id"` // the refund's idempotency key
	Charge string    `bson:"charge"`
	Amount int64     `bson:"amount"`
	At     time.Time `bson:"at"`
}

// Check accepts the method sandbox with one of its tokens.
func (s *Sandbox) Check(p Details) error {
	if p.Method != SandboxMethod {
		return fault.New(fault.InvalidRequest, "payment.method must be %q", SandboxMethod)
	}
	switch p.Token {
	case TokenOK, TokenDeclined, TokenSlow, TokenUnknown:
		return nil
	}
	return fault.New(fault.InvalidRequest, "payment.token must be one of tok_ok, tok_declined, tok_slow, tok_unknown")
}

// Charge answers as the token says, and the same again to a repeat.
func (s *Sandbox) Charge(ctx context.Context, c Charge) (Outcome, error) {
	if err := s.Check(c.Details); err != nil {
		return Unasked, err
	}
	answer := Captured
	switch c.Details.Token {
	case TokenDeclined:
		answer = Declined
	case TokenSlow:
		timer := time.NewTimer(s.Slow)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return Unasked, ctx.Err()
		}
	}
	first, err := s.decide(ctx, sandboxCharge{ID: c.ID, Outcome: answer, Amount: c.Amount, Currency: c.Currency, At: store.NowMilli()})
	if err != nil {
		return Unasked, err
	}
	if c.Details.Token == TokenUnknown {
		return Unasked, errAnswerLost
	}
	return first, nil
}

// decide enters an answer and returns the one that came first.
func (s *Sandbox) decide(ctx context.Context, c sandboxCharge) (Outcome, error) {
	_, err := s.charges.InsertOne(ctx, c)
	if err == nil {
		return c.Outcome, nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return Unasked, err
	}
	return s.Outcome(ctx, c.ID)
}

// Outcome reads the ledger. A charge given back in full is Refunded.
func (s *Sandbox) Outcome(ctx context.Context, id string) (Outcome, error) {
	c, err := store.Find[sandboxCharge](ctx, s.charges, id)
	if err != nil || c == nil {
		return Unasked, err
	}
	if c.Outcome != Captured {
		return c.Outcome, nil
	}
	returned, err := s.returned(ctx, id)
	if err != nil {
		return Unasked, err
	}
	if returned > 0 && returned >= c.Amount {
		return Refunded, nil
	}
	return Captured, nil
}

// Held reads the ledger.
func (s *Sandbox) Held(ctx context.Context, id string) (int64, error) {
	c, err := store.Find[sandboxCharge](ctx, s.charges, id)
	if err != nil || c == nil || c.Outcome != Captured {
		return 0, err
	}
	returned, err := s.returned(ctx, id)
	return c.Amount - returned, err
}

// returned is how much of a charge has been given back.
func (s *Sandbox) returned(ctx context.Context, id string) (int64, error) {
	found, err := s.refunds.Find(ctx, bson.D{{Key: "charge", Value: id}})
	if err != nil {
		return 0, err
	}
	var refunds []sandboxRefund
	if err := found.All(ctx, &refunds); err != nil {
		return 0, err
	}
	var sum int64
	for _, r := range refunds {
		sum += r.Amount
	}
	return sum, nil
}

// Close enters that no money shall move, unless an answer is there.
func (s *Sandbox) Close(ctx context.Context, id string) (Outcome, error) {
	return s.decide(ctx, sandboxCharge{ID: id, Outcome: Closed, At: store.NowMilli()})
}

// Refund enters money given back, once under its key and never more than is
// there.
func (s *Sandbox) Refund(ctx context.Context, id, key string, amount int64) error {
	there, err := store.Find[sandboxRefund](ctx, s.refunds, key)
	if err != nil || there != nil {
		return err
	}
	held, err := s.Held(ctx, id)
	if err != nil {
		return err
	}
	if held < amount {
		return fmt.Errorf("sandbox: %d to refund under %s, where %d is held", amount, id, held)
	}
	_, err = s.refunds.InsertOne(ctx, sandboxRefund{ID: key, Charge: id, Amount: amount, At: store.NowMilli()})
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}
