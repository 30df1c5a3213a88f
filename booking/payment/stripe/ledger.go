package stripe

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/payment"
)

// entry decides a charge: it names the intent that may be confirmed, or the Checkout
// Session that the fan may be sent to, or says that there is none. The first insert is
// final, and an entry never changes.
type entry struct {
	ID       string    `bson:"_id"`               // the id of the charge
	Closed   bool      `bson:"closed,omitempty"`  // no intent may be confirmed
	Intent   string    `bson:"intent,omitempty"`  // "" with a Session
	Session  string    `bson:"session,omitempty"` // a Checkout Session
	URL      string    `bson:"url,omitempty"`     // of the Session
	Until    time.Time `bson:"until,omitempty"`   // the end of the payment page; zero for an intent that opens none
	Amount   int64     `bson:"amount,omitempty"`  // minor units
	Currency string    `bson:"currency,omitempty"`
	At       time.Time `bson:"at"` // for people; nothing is decided by it
}

// find returns the entry of a charge, nil if there is none.
func (p *Provider) find(ctx context.Context, id string) (*entry, error) {
	var e entry
	err := p.ledger.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&e)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &e, nil
}

// enter inserts an entry and returns the entry that was inserted first. mine reports
// whether that is e.
func (p *Provider) enter(ctx context.Context, e entry) (held *entry, mine bool, err error) {
	_, err = p.ledger.InsertOne(ctx, e)
	if err == nil {
		return &e, true, nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return nil, false, err
	}
	held, err = p.find(ctx, e.ID)
	if err == nil && held == nil {
		err = errors.New("stripe: the ledger has an entry for charge " + e.ID + " that cannot be read")
	}
	return held, false, err
}

// open creates an intent, which moves no money, and enters it in the ledger. A crash in
// between leaves an intent that is never confirmed.
func (p *Provider) open(ctx context.Context, c payment.Charge) (held *entry, mine bool, err error) {
	intent, err := p.createIntent(ctx, c)
	if err != nil {
		return nil, false, err
	}
	if intent.ID == "" {
		return nil, false, notKnown("the intent of charge %s has no id", c.ID)
	}
	held, mine, err = p.enter(ctx, entry{ID: c.ID, Intent: intent.ID, Until: c.Terms.Until, Amount: c.Amount, Currency: c.Currency, At: time.Now().UTC()})
	if err == nil && held.Intent != intent.ID {
		// The charge has another entry, or Stripe forgot the key. The new intent is never
		// confirmed; cancelling it only tidies up.
		if _, err := p.cancelIntent(ctx, intent.ID); err != nil {
			p.log.DebugContext(ctx, "stripe: cancelling an unused intent failed: it stays open, unconfirmed", "charge", c.ID, "intent", intent.ID, "error", err)
		}
	}
	return held, mine, err
}
