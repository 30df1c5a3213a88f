package payment

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/url"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
)

// SandboxPath is the path of the sandbox's pages, before the id of the charge.
const SandboxPath = "/payments/sandbox/"

// sandboxPage is the page of a charge with tok_3ds. The first insert counts.
type sandboxPage struct {
	ID       string    `bson:"_id"`    // of the charge
	Secret   string    `bson:"secret"` // in the page's URL: who has it may answer
	Amount   int64     `bson:"amount"`
	Currency string    `bson:"currency"`
	Lines    []Line    `bson:"lines"`
	Until    time.Time `bson:"until"`
	Return   string    `bson:"return"`
	Back     string    `bson:"back"`
}

// Question is what a page of the sandbox asks: to approve or to decline a payment.
type Question struct {
	Amount   int64 // minor units
	Currency string
	Lines    []Line
	Return   string  // URL for a fan who has answered
	Back     string  // URL for a fan who gives up
	Outcome  Outcome // Waiting, or what the answer or the page's end was
}

// MayOpenPage reports whether the token is that of a payment with a page.
func (s *Sandbox) MayOpenPage(p Details) bool { return p.Token == TokenPage }

// openPage inserts the page of a charge.
func (s *Sandbox) openPage(ctx context.Context, c Charge) (Outcome, error) {
	_, err := s.pages.InsertOne(ctx, sandboxPage{
		ID: c.ID, Secret: rand.Text(), Amount: c.Amount, Currency: c.Currency, Lines: c.Lines,
		Until: c.Terms.Until, Return: c.Terms.Return, Back: c.Terms.Back,
	})
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return Unasked, err
	}
	return s.Outcome(ctx, c.ID) // the charge may have been closed before
}

// Page returns the page of a charge with tok_3ds.
func (s *Sandbox) Page(ctx context.Context, id string) (Page, error) {
	p, err := store.Find[sandboxPage](ctx, s.pages, id)
	if err == nil && p == nil {
		err = fault.New(fault.NotFound, "charge %s has no payment page", id)
	}
	if err != nil {
		return Page{}, err
	}
	return Page{URL: s.URL + SandboxPath + url.PathEscape(id) + "?secret=" + p.Secret, Until: p.Until}, nil
}

// Question returns what the page of a charge asks. Errors: not_found, also for a wrong
// secret.
func (s *Sandbox) Question(ctx context.Context, id, secret string) (Question, error) {
	p, err := store.Find[sandboxPage](ctx, s.pages, id)
	if err == nil && (p == nil || subtle.ConstantTimeCompare([]byte(p.Secret), []byte(secret)) != 1) {
		err = fault.New(fault.NotFound, "there is no such payment page")
	}
	if err != nil {
		return Question{}, err
	}
	outcome, err := s.Outcome(ctx, id)
	return Question{Amount: p.Amount, Currency: p.Currency, Lines: p.Lines, Return: p.Return, Back: p.Back, Outcome: outcome}, err
}

// Answer approves or declines the payment of a page, and returns the outcome that counts:
// that of the first answer, or Closed when the page was closed before. Errors: as
// Question.
func (s *Sandbox) Answer(ctx context.Context, id, secret string, approve bool) (Outcome, error) {
	q, err := s.Question(ctx, id, secret)
	if err != nil || q.Outcome != Waiting {
		return q.Outcome, err
	}
	answer := Declined
	if approve {
		answer = Captured
	}
	return s.decide(ctx, sandboxCharge{ID: id, Outcome: answer, Amount: q.Amount, Currency: q.Currency, At: store.NowMilli()})
}
