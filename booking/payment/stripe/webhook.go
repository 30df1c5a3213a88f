package stripe

import (
	"context"
	"errors"
	"time"

	stripego "github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/webhook"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
)

// news are the events that say something about a charge's money. Others are
// taken and forgotten.
var news = map[stripego.EventType]bool{
	stripego.EventTypePaymentIntentSucceeded:     true,
	stripego.EventTypePaymentIntentPaymentFailed: true,
	stripego.EventTypePaymentIntentCanceled:      true,
	stripego.EventTypeChargeRefunded:             true,
	stripego.EventTypeChargeRefundUpdated:        true,
	stripego.EventTypeRefundUpdated:              true,
	stripego.EventTypeRefundFailed:               true,
}

// heard is an event that was passed on.
type heard struct {
	ID     string    `bson:"_id"` // the event's
	Type   string    `bson:"type"`
	Charge string    `bson:"charge"`
	At     time.Time `bson:"at"`
}

// Hear takes an event as it was sent, with its Stripe-Signature header, and calls
// nudge with the id of the charge it is about. An event says that there is
// something to look at and nothing more: it may be late, doubled or overtaken by
// another. It is entered as heard after it was passed on, so that one which could
// not be is sent again by Stripe. Errors: invalid_request, unavailable.
func (p *Provider) Hear(ctx context.Context, payload []byte, signature string, nudge func(ctx context.Context, charge string) error) error {
	if p.o.WebhookSecret == "" {
		return fault.New(fault.NotFound, "no events are expected here")
	}
	event, err := webhook.ConstructEventWithOptions(payload, signature, p.o.WebhookSecret, webhook.ConstructEventOptions{
		Tolerance: webhook.DefaultTolerance,
		// What is read here has the same shape in every version of the API.
		IgnoreAPIVersionMismatch: true,
	})
	if err != nil {
		return fault.Wrap(fault.InvalidRequest, err, "this is no event signed by Stripe for this server, or it was signed too long ago")
	}
	charge := chargeOf(&event)
	if !news[event.Type] || event.ID == "" || charge == "" {
		return nil
	}
	before := p.events.FindOne(ctx, bson.D{{Key: "_id", Value: event.ID}}).Err()
	if before == nil {
		return nil
	}
	if !errors.Is(before, mongo.ErrNoDocuments) {
		return store.Fault(before)
	}
	if err := nudge(ctx, charge); err != nil {
		return store.Fault(err)
	}
	_, err = p.events.InsertOne(ctx, heard{ID: event.ID, Type: string(event.Type), Charge: charge, At: time.Now().UTC()})
	if mongo.IsDuplicateKeyError(err) {
		return nil // twice at once: a hint more or less
	}
	return store.Fault(err)
}

// chargeOf finds the charge's id in the metadata of whatever an event is about.
func chargeOf(event *stripego.Event) string {
	if event.Data == nil {
		return ""
	}
	metadata, _ := event.Data.Object["metadata"].(map[string]any)
	id, _ := metadata[chargeField].(string)
	return id
}
