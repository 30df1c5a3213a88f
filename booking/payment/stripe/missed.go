package stripe

import (
	"context"
	"time"

	stripego "github.com/stripe/stripe-go/v82"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
)

const (
	// firstLook is how far back the first look of all goes.
	firstLook = time.Hour
	// overlap is how much of the time before a look the next look lists again: Stripe may
	// show an event a moment after its time.
	overlap = 2 * time.Minute
)

// paymentsSeen is the _id, among the handled events, of the time up to which Missed has
// read Stripe's list of payments.
const paymentsSeen = "payments seen"

// paidEvent is the event that is about every payment that succeeds, whatever page or
// method it came by.
var paidEvent = string(stripego.EventTypePaymentIntentSucceeded)

// Missed reads Stripe's own list of the payments since the last call, and handles as
// HandleEvent does each whose event did not arrive here. Events get lost while the endpoint
// is wrong or was never set up. Without Missed, money that arrives for an order that was
// cancelled before would stay unseen.
func (p *Provider) Missed(ctx context.Context, reconcile func(ctx context.Context, charge string) error) error {
	last, err := store.Find[handledEvent](ctx, p.events, paymentsSeen)
	if err != nil {
		return err
	}
	seen := time.Now().Add(-firstLook)
	if last != nil {
		seen = last.At
	}
	params := &stripego.EventListParams{
		Type:         &paidEvent,
		CreatedRange: &stripego.RangeQueryParams{GreaterThanOrEqual: seen.Add(-overlap).Unix()},
	}
	params.Limit = stripego.Int64(100)
	newest := seen
	for event, err := range p.api.V1Events.List(ctx, params) {
		if err := p.explain("listing the payments since "+seen.UTC().Format(time.RFC3339), err); err != nil {
			return err
		}
		if err := p.handle(ctx, event, reconcile); err != nil {
			return err
		}
		if at := time.Unix(event.Created, 0); at.After(newest) {
			newest = at
		}
	}
	_, err = p.events.UpdateOne(ctx, store.ByID(paymentsSeen),
		bson.D{{Key: "$max", Value: bson.D{{Key: "at", Value: newest}}}}, options.UpdateOne().SetUpsert(true))
	return store.Fault(err)
}
