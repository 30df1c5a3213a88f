package stripe

import (
	"context"
	"strings"

	stripego "github.com/stripe/stripe-go/v82"

	"usher/booking/payment"
)

// chargeField names the charge in the metadata of an intent, of its charges,
// which inherit it, and of refunds.
const chargeField = "usher_charge"

// withCharge has Stripe put the card's charge into its answer: what was declined
// and what was given back stands there.
var withCharge = "latest_charge"

// createIntent makes an intent that waits to be confirmed. A repeat under the
// charge's id returns the same one while Stripe remembers.
func (p *Provider) createIntent(ctx context.Context, c payment.Charge) (*stripego.PaymentIntent, error) {
	amount, err := toStripe(c.Amount, c.Currency)
	if err != nil {
		return nil, err
	}
	params := &stripego.PaymentIntentCreateParams{
		Amount:   &amount,
		Currency: stripego.String(strings.ToLower(c.Currency)),
		// Cards alone, so that no payment can leave for another site and come back
		// days later, and confirmed by this server alone.
		PaymentMethodTypes: []*string{stripego.String("card")},
		ConfirmationMethod: stripego.String(string(stripego.PaymentIntentConfirmationMethodManual)),
		// The default captures a moment after it says that it has.
		CaptureMethod: stripego.String(string(stripego.PaymentIntentCaptureMethodAutomatic)),
		Metadata:      map[string]string{chargeField: c.ID},
	}
	params.SetIdempotencyKey(c.ID)
	intent, err := p.api.V1PaymentIntents.Create(ctx, params)
	return intent, p.explain("creating an intent", err)
}

// confirmIntent asks for the money.
func (p *Provider) confirmIntent(ctx context.Context, e *entry, token string) (*stripego.PaymentIntent, error) {
	params := &stripego.PaymentIntentConfirmParams{
		PaymentMethod:         &token,
		ErrorOnRequiresAction: stripego.Bool(true),
		Expand:                []*string{&withCharge},
	}
	params.SetIdempotencyKey(e.ID + "/confirm")
	intent, err := p.api.V1PaymentIntents.Confirm(ctx, e.Intent, params)
	return intent, p.explain("confirming "+e.Intent, err)
}

func (p *Provider) retrieveIntent(ctx context.Context, id string) (*stripego.PaymentIntent, error) {
	intent, err := p.api.V1PaymentIntents.Retrieve(ctx, id, &stripego.PaymentIntentRetrieveParams{Expand: []*string{&withCharge}})
	return intent, p.explain("reading "+id, err)
}

// cancelIntent has a key of its own each time: under one key Stripe would repeat
// an answer of 500 for a day, and cancelling twice does no harm.
func (p *Provider) cancelIntent(ctx context.Context, id string) (*stripego.PaymentIntent, error) {
	intent, err := p.api.V1PaymentIntents.Cancel(ctx, id, &stripego.PaymentIntentCancelParams{
		CancellationReason: stripego.String(string(stripego.PaymentIntentCancellationReasonAbandoned)),
		Expand:             []*string{&withCharge},
	})
	return intent, p.explain("cancelling "+id, err)
}

// look asks Stripe for an intent's outcome.
func (p *Provider) look(ctx context.Context, e *entry) (payment.Outcome, error) {
	intent, err := p.retrieveIntent(ctx, e.Intent)
	if err != nil {
		return payment.Unasked, err
	}
	return outcomeOf(intent)
}

// outcomeOf says what an intent's status means. One that can still be confirmed
// and was not refused a card is Unasked. While the money is on its way nobody
// knows.
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
	case stripego.PaymentIntentStatusRequiresPaymentMethod, stripego.PaymentIntentStatusRequiresConfirmation,
		stripego.PaymentIntentStatusRequiresAction:
		if wasDeclined(intent) {
			return payment.Declined, nil
		}
		return payment.Unasked, nil
	}
	return payment.Unasked, notKnown("intent %s is %s", intent.ID, intent.Status)
}

// wasDeclined looks at the card's charge as well: an intent's last error may be
// gone after a change of the intent, the charge stays.
func wasDeclined(intent *stripego.PaymentIntent) bool {
	return intent.LastPaymentError != nil || intent.LatestCharge != nil && intent.LatestCharge.Status == stripego.ChargeStatusFailed
}

// refunded is what went back of an intent's money, in Stripe's units.
func refunded(intent *stripego.PaymentIntent) int64 {
	if intent.LatestCharge == nil {
		return 0
	}
	return intent.LatestCharge.AmountRefunded
}
