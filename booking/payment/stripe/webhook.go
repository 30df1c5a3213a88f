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

// moneyEvents are the types of events about the money of a charge. Other events are
// ignored.
var moneyEvents = map[stripego.EventType]bool{
	stripego.EventTypeCheckoutSessionCompleted:             true,
	stripego.EventTypeCheckoutSessionExpired:               true,
	stripego.EventTypeCheckoutSessionAsyncPaymentSucceeded: true,
	stripego.EventTypeCheckoutSessionAsyncPaymentFailed:    true,
	stripego.EventTypePaymentIntentSucceeded:               true,
	stripego.EventTypePaymentIntentPaymentFailed:           true,
	stripego.EventTypePaymentIntentCanceled:                true,
	stripego.EventTypeChargeRefunded:                       true,
	stripego.EventTypeChargeRefundUpdated:                  true,
	stripego.EventTypeRefundUpdated:                        true,
	stripego.EventTypeRefundFailed:                         true,
}

// handledEvent records an event that was handled.
type handledEvent struct {
	ID     string    `bson:"_id"` // the id of the event
	Type   string    `bson:"type"`
	Charge string    `bson:"charge"`
	At     time.Time `bson:"at"`
}

// HandleEvent verifies an event by the header Stripe-Signature and calls reconcile with
// the id of the charge that the event is about. An event is only a hint to look at the
// charge: it may be late, doubled or out of order. The event is recorded as handled after
// reconcile succeeded; otherwise Stripe sends the event again. Errors: invalid_request,
// not_found without a webhook secret, unavailable.
func (p *Provider) HandleEvent(ctx context.Context, payload []byte, signature string, reconcile func(ctx context.Context, charge string) error) error {
	if p.o.WebhookSecret == "" {
		return fault.New(fault.NotFound, "this server has no --stripe-webhook-secret and accepts no events")
	}
	event, err := webhook.ConstructEventWithOptions(payload, signature, p.o.WebhookSecret, webhook.ConstructEventOptions{
		Tolerance: webhook.DefaultTolerance,
		// The fields read here are the same in every version of the API.
		IgnoreAPIVersionMismatch: true,
	})
	if err != nil {
		return fault.Wrap(fault.InvalidRequest, err, "the event is not signed by Stripe for this server, or it was signed too long ago")
	}
	return p.handle(ctx, &event, reconcile)
}

// handle handles an event that is genuine, once.
func (p *Provider) handle(ctx context.Context, event *stripego.Event, reconcile func(ctx context.Context, charge string) error) error {
	charge := chargeOf(event)
	if !moneyEvents[event.Type] || event.ID == "" || charge == "" {
		return nil
	}
	err := p.events.FindOne(ctx, bson.D{{Key: "_id", Value: event.ID}}).Err()
	if err == nil {
		return nil // handled before
	}
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return store.Fault(err)
	}
	if err := reconcile(ctx, charge); err != nil {
		return store.Fault(err)
	}
	_, err = p.events.InsertOne(ctx, handledEvent{ID: event.ID, Type: string(event.Type), Charge: charge, At: time.Now().UTC()})
	if mongo.IsDuplicateKeyError(err) {
		return nil // two nodes handled the event at once, which is harmless
	}
	return store.Fault(err)
}

// chargeOf returns the id of the charge from the metadata of the event's object, "" if
// there is none.
func chargeOf(event *stripego.Event) string {
	if event.Data == nil {
		return ""
	}
	metadata, _ := event.Data.Object["metadata"].(map[string]any)
	id, _ := metadata[chargeField].(string)
	return id
}
