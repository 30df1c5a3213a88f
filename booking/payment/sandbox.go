package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
)

// Sandbox is a provider that moves no money. Like a real provider it has its own ledger,
// which all nodes share and which booking never reads. The first outcome inserted for a
// charge is final.
type Sandbox struct {
	charges *mongo.Collection
	refunds *mongo.Collection
	pages   *mongo.Collection
	Slow    time.Duration // the duration of a charge with tok_slow; default 2 s
	URL     string        // of the site that serves the pages of tok_3ds, without a slash at the end
}

// The tokens of the sandbox.
const (
	TokenOK       = "tok_ok"
	TokenDeclined = "tok_declined"
	TokenSlow     = "tok_slow"    // captures after Sandbox.Slow
	TokenUnknown  = "tok_unknown" // captures, but the response is lost
	TokenPage     = "tok_3ds"     // opens a page, on which the fan approves or declines
)

const (
	// SandboxMethod is the payment method of the sandbox.
	SandboxMethod = "sandbox"
	sandboxSlow   = 2 * time.Second
)

var errAnswerLost = errors.New("sandbox: the response was lost, as tok_unknown asks for")

// NewSandbox returns a sandbox whose ledger is in the collections sandbox_charges,
// sandbox_refunds and sandbox_pages.
func NewSandbox(db *mongo.Database) *Sandbox {
	return &Sandbox{charges: db.Collection("sandbox_charges"), refunds: db.Collection("sandbox_refunds"), pages: db.Collection("sandbox_pages"), Slow: sandboxSlow}
}

type sandboxCharge struct {
	ID       string    `bson:"_id"`
	Outcome  Outcome   `bson:"outcome"`
	Amount   int64     `bson:"amount"`
	Currency string    `bson:"currency"`
	At       time.Time `bson:"at"`
	Numbered bool      `bson:"numbered,omitempty"` // its refunds are numbered; false for a charge of an earlier version
}

// sandboxRefund is the n-th refund of a charge. The numbers begin at 1 and have no gaps, so
// that a charge's refunds are found by their ids: the ledger of a cancelled show is long,
// and the embedded store has no index but the one of the ids.
type sandboxRefund struct {
	ID     string    `bson:"_id"`           // the charge, "/" and the number; of a charge that is not numbered, the key
	Key    string    `bson:"key,omitempty"` // the refund's idempotency key
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
	case TokenOK, TokenDeclined, TokenSlow, TokenUnknown, TokenPage:
		return nil
	}
	return fault.New(fault.InvalidRequest, "payment.token must be one of tok_ok, tok_declined, tok_slow, tok_unknown, tok_3ds")
}

// Charge inserts the outcome that the token asks for. A repeat returns the first outcome.
func (s *Sandbox) Charge(ctx context.Context, c Charge) (Outcome, error) {
	if err := s.Check(c.Details); err != nil {
		return Unasked, err
	}
	answer := Captured
	switch c.Details.Token {
	case TokenPage:
		return s.openPage(ctx, c)
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

// decide inserts an outcome and returns the one that was inserted first.
func (s *Sandbox) decide(ctx context.Context, c sandboxCharge) (Outcome, error) {
	c.Numbered = true
	_, err := s.charges.InsertOne(ctx, c)
	if err == nil {
		return c.Outcome, nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return Unasked, err
	}
	return s.Outcome(ctx, c.ID)
}

// Outcome reads the ledger. A charge refunded in full is Refunded, and a charge with a
// page on which the fan has not answered is Waiting.
func (s *Sandbox) Outcome(ctx context.Context, id string) (Outcome, error) {
	c, err := store.Find[sandboxCharge](ctx, s.charges, id)
	if err != nil {
		return Unasked, err
	}
	if c == nil {
		page, err := store.Find[sandboxPage](ctx, s.pages, id)
		if err != nil || page == nil {
			return Unasked, err
		}
		return Waiting, nil
	}
	if c.Outcome != Captured {
		return c.Outcome, nil
	}
	refunds, err := s.refundsOf(ctx, c)
	if err != nil {
		return Unasked, err
	}
	if refunded := sumOf(refunds); refunded > 0 && refunded >= c.Amount {
		return Refunded, nil
	}
	return Captured, nil
}

// Held returns the amount captured less the refunds, from the ledger.
func (s *Sandbox) Held(ctx context.Context, id string) (int64, error) {
	c, err := store.Find[sandboxCharge](ctx, s.charges, id)
	if err != nil || c == nil || c.Outcome != Captured {
		return 0, err
	}
	refunds, err := s.refundsOf(ctx, c)
	return c.Amount - sumOf(refunds), err
}

// refundsOf reads the refunds of a charge, in the order of their numbers.
func (s *Sandbox) refundsOf(ctx context.Context, c *sandboxCharge) (all []sandboxRefund, err error) {
	if !c.Numbered {
		found, err := s.refunds.Find(ctx, bson.D{{Key: "charge", Value: c.ID}})
		if err != nil {
			return nil, err
		}
		err = found.All(ctx, &all)
		return all, err
	}
	for {
		next, err := store.Find[sandboxRefund](ctx, s.refunds, refundID(c.ID, len(all)+1))
		if err != nil || next == nil {
			return all, err
		}
		all = append(all, *next)
	}
}

func refundID(charge string, number int) string { return fmt.Sprintf("%s/%d", charge, number) }

func sumOf(refunds []sandboxRefund) (sum int64) {
	for _, r := range refunds {
		sum += r.Amount
	}
	return sum
}

// Erase removes charges, their refunds and their pages from the ledger, for a season that was only
// played. It returns how many documents it removed.
func (s *Sandbox) Erase(ctx context.Context, charges []string) (int64, error) {
	refunds, err := s.refunds.DeleteMany(ctx, bson.D{{Key: "charge", Value: bson.D{{Key: "$in", Value: charges}}}})
	if err != nil {
		return 0, err
	}
	removed := refunds.DeletedCount
	for _, collection := range []*mongo.Collection{s.charges, s.pages} {
		taken, err := collection.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: charges}}}})
		if err != nil {
			return removed, err
		}
		removed += taken.DeletedCount
	}
	return removed, nil
}

// Close inserts the outcome Closed, unless the charge has an outcome.
func (s *Sandbox) Close(ctx context.Context, id string) (Outcome, error) {
	return s.decide(ctx, sandboxCharge{ID: id, Outcome: Closed, At: store.NowMilli()})
}

// Refund inserts a refund, once under its key and never of more than is held.
func (s *Sandbox) Refund(ctx context.Context, id, key string, amount int64) error {
	c, err := store.Find[sandboxCharge](ctx, s.charges, id)
	if err != nil {
		return err
	}
	if c == nil || c.Outcome != Captured {
		return fmt.Errorf("sandbox: refunding %d of charge %s is impossible: nothing is held", amount, id)
	}
	for {
		earlier, err := s.refundsOf(ctx, c)
		if err != nil || slices.ContainsFunc(earlier, func(r sandboxRefund) bool { return r.Key == key || r.ID == key }) {
			return err
		}
		if held := c.Amount - sumOf(earlier); held < amount {
			return fmt.Errorf("sandbox: refunding %d of charge %s is impossible: only %d is held", amount, id, held)
		}
		next := sandboxRefund{ID: key, Charge: id, Amount: amount, At: store.NowMilli()}
		if c.Numbered {
			next.ID, next.Key = refundID(id, len(earlier)+1), key
		}
		_, err = s.refunds.InsertOne(ctx, next)
		if !mongo.IsDuplicateKeyError(err) {
			return err
		}
		// Another refund has this number, or this one is there already.
	}
}
