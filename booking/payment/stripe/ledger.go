package stripe

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/payment"
)

// entry decides a charge: the intent that may be asked for its money, or that
// none may. Whoever inserts it first has decided; it never changes.
type entry struct {
	ID       string    `bson:"_id"` // the charge's
	Closed   bool      `bson:"closed,omitempty"`
	Intent   string    `bson:"intent,omitempty"`
	Amount   int64     `bson:"amount,omitempty"` // minor units
	Currency string    `bson:"currency,omitempty"`
	At       time.Time `bson:"at"` // shown to people, compared with nothing
}

// find reads a charge's entry; nil when there is none.
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

// enter inserts an entry and returns the one that holds; mine when it is this.
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
		err = errors.New("stripe: an entry is there and cannot be read: " + e.ID)
	}
	return held, false, err
}

// open makes an intent, which moves no money, and enters it. Dying in between
// leaves an intent that nobody will ever confirm.
func (p *Provider) open(ctx context.Context, c payment.Charge) (held *entry, mine bool, err error) {
	intent, err := p.createIntent(ctx, c)
	if err != nil {
		return nil, false, err
	}
	if intent.ID == "" {
		return nil, false, notKnown("the intent of charge %s has no id", c.ID)
	}
	held, mine, err = p.enter(ctx, entry{ID: c.ID, Intent: intent.ID, Amount: c.Amount, Currency: c.Currency, At: time.Now().UTC()})
	if err == nil && held.Intent != intent.ID {
		// Too late, or a repeat after Stripe forgot the key. Nobody will confirm this
		// one; cancelling it only tidies up.
		if _, err := p.cancelIntent(ctx, intent.ID); err != nil {
			p.log.DebugContext(ctx, "an intent that is not needed stays open", "charge", c.ID, "intent", intent.ID, "error", err)
		}
	}
	return held, mine, err
}
