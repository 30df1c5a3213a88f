package stripe

import (
	"context"
	"strings"

	stripego "github.com/stripe/stripe-go/v82"

	"usher/booking/payment"
)

// chargeField is the metadata field with the id of the charge, on intents, on their card
// charges, which inherit it, and on refunds.
const chargeField = "usher_charge"

// withCharge is the value of expand that adds the card charge to a response. The card
// charge shows a decline and the amount refunded.
var withCharge = "latest_charge"

// createIntent creates an intent to be confirmed later. A repeat returns the same intent
// as long as Stripe remembers the idempotency key.
func (p *Provider) createIntent(ctx context.Context, c payment.Charge) (*stripego.PaymentIntent, error) {
	amount, err := toStripe(c.Amount, c.Currency)
	if err != nil {
		return nil, err
	}
	params := &stripego.PaymentIntentCreateParams{
		Amount:   &amount,
		Currency: stripego.String(strings.ToLower(c.Currency)),
		// Cards only: so no payment ends days later.
		PaymentMethodTypes: []*string{stripego.String("card")},
		// The default captures a moment after the response says so.
		CaptureMethod: stripego.String(string(stripego.PaymentIntentCaptureMethodAutomatic)),
		Metadata:      map[string]string{chargeField: c.ID},
	}
	if c.Terms.Return == "" {
		// Confirmed by this server only. With a page, Stripe goes on by itself once the fan
		// has approved the payment.
		params.ConfirmationMethod = stripego.String(string(stripego.PaymentIntentConfirmationMethodManual))
	}
	params.SetIdempotencyKey(c.ID)
	intent, err := p.api.V1PaymentIntents.Create(ctx, params)
	return intent, p.explain("creating an intent", err)
}

// confirmIntent asks for the money of an intent. It lets Stripe send the fan to a page, if there is an address to return to.
func (p *Provider) confirmIntent(ctx context.Context, e *entry, c payment.Charge) (*stripego.PaymentIntent, error) {
	params := &stripego.PaymentIntentConfirmParams{
		PaymentMethod: &c.Details.Token,
		Expand:        []*string{&withCharge},
	}
	if c.Terms.Return == "" {
		params.ErrorOnRequiresAction = stripego.Bool(true)
	} else {
		params.ReturnURL = &c.Terms.Return
	}
	params.SetIdempotencyKey(e.ID + "/confirm")
	intent, err := p.api.V1PaymentIntents.Confirm(ctx, e.Intent, params)
	return intent, p.explain("confirming "+e.Intent, err)
}

// retrieveIntent reads an intent.
func (p *Provider) retrieveIntent(ctx context.Context, id string) (*stripego.PaymentIntent, error) {
	intent, err := p.api.V1PaymentIntents.Retrieve(ctx, id, &stripego.PaymentIntentRetrieveParams{Expand: []*string{&withCharge}})
	return intent, p.explain("reading "+id, err)
}

// cancelIntent cancels an intent, each time under a new idempotency key: under one key
// Stripe would repeat a response of 500 for a day. Cancelling twice is harmless.
func (p *Provider) cancelIntent(ctx context.Context, id string) (*stripego.PaymentIntent, error) {
	intent, err := p.api.V1PaymentIntents.Cancel(ctx, id, &stripego.PaymentIntentCancelParams{
		CancellationReason: stripego.String(string(stripego.PaymentIntentCancellationReasonAbandoned)),
		Expand:             []*string{&withCharge},
	})
	return intent, p.explain("cancelling "+id, err)
}

// look reads the outcome of a charge from Stripe.
func (p *Provider) look(ctx context.Context, e *entry) (payment.Outcome, error) {
	if e.Session != "" {
		session, err := p.retrieveSession(ctx, e.Session)
		if err != nil {
			return payment.Unasked, err
		}
		return outcomeOfSession(session)
	}
	intent, err := p.retrieveIntent(ctx, e.Intent)
	if err != nil {
		return payment.Unasked, err
	}
	return outcomeOf(intent)
}

// pageOf returns the URL of the page on which the fan approves an intent; "" without one.
func pageOf(intent *stripego.PaymentIntent) string {
	if intent.NextAction == nil || intent.NextAction.RedirectToURL == nil {
		return ""
	}
	return intent.NextAction.RedirectToURL.URL
}

// outcomeOf returns the outcome that the status of an intent means. An intent that can be
// confirmed and was not declined is Unasked. The error unavailable means that Stripe is
// still processing the payment.
func outcomeOf(intent *stripego.PaymentIntent) (payment.Outcome, error) {
	switch intent.Status {
	case stripego.PaymentIntentStatusSucceeded:
		if back := refunded(intent); back > 0 && back >= intent.AmountReceived {
			return payment.Refunded, nil
		}
		return payment.Captured, nil
	case stripego.PaymentIntentStatusCanceled:
		if wasDeclined(intent) {
			return payment.Declined, nil
		}
		return payment.Closed, nil
	case stripego.PaymentIntentStatusRequiresAction:
		if pageOf(intent) != "" {
			return payment.Waiting, nil
		}
		return payment.Unasked, nil
	case stripego.PaymentIntentStatusRequiresPaymentMethod, stripego.PaymentIntentStatusRequiresConfirmation:
		if wasDeclined(intent) {
			return payment.Declined, nil
		}
		return payment.Unasked, nil
	}
	return payment.Unasked, notKnown("intent %s is %s", intent.ID, intent.Status)
}

// wasDeclined reports whether a card was declined. It looks at the card charge too,
// because a change of the intent can remove the intent's last error.
func wasDeclined(intent *stripego.PaymentIntent) bool {
	return intent.LastPaymentError != nil || intent.LatestCharge != nil && intent.LatestCharge.Status == stripego.ChargeStatusFailed
}

// refunded returns the amount refunded of an intent, in Stripe's units.
func refunded(intent *stripego.PaymentIntent) int64 {
	if intent.LatestCharge == nil {
		return 0
	}
	return intent.LatestCharge.AmountRefunded
}
