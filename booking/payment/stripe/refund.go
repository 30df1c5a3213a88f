package stripe

import (
	"context"
	"fmt"

	stripego "github.com/stripe/stripe-go/v82"
)

// refundField is the metadata field with the key of a refund.
const refundField = "usher_refund"

// Refund refunds a part of a charge, once under a key. Refund first looks for the key
// among the refunds of the charge, because Stripe forgets idempotency keys after a day
// and keeps refunds. Within that day the idempotency key stops two nodes from refunding
// twice.
func (p *Provider) Refund(ctx context.Context, id, key string, amount int64) error {
	e, err := p.find(ctx, id)
	if err != nil {
		return err
	}
	if e == nil || e.Closed {
		return fmt.Errorf("stripe: refunding %d of charge %s is impossible: no money was captured", amount, id)
	}
	units, err := toStripe(amount, e.Currency)
	if err != nil {
		return err
	}
	intent, err := p.paidIntent(ctx, e)
	if err != nil {
		return err
	}
	refund, err := p.findRefund(ctx, intent, key)
	if err != nil {
		return err
	}
	if refund == nil {
		params := &stripego.RefundCreateParams{
			PaymentIntent: &intent,
			Amount:        &units,
			Metadata:      map[string]string{chargeField: id, refundField: key},
		}
		params.SetIdempotencyKey("refund/" + key)
		refund, err = p.api.V1Refunds.Create(ctx, params)
		if err := p.explain("refunding "+intent, err); err != nil {
			return err
		}
	}
	switch refund.Status {
	case stripego.RefundStatusFailed, stripego.RefundStatusCanceled:
		// The money returned to the merchant: the fan's account is closed, or the refund was
		// cancelled. A repeat does not help; a person must pay the fan another way.
		return notKnown("refund %s of charge %s is %s: refund the fan by other means (docs/payments.md)", refund.ID, id, refund.Status)
	}
	return nil
}

// paidIntent returns the id of the intent that was paid. That of a Session exists once the
// fan has paid on its page.
func (p *Provider) paidIntent(ctx context.Context, e *entry) (string, error) {
	if e.Session == "" {
		return e.Intent, nil
	}
	intent, err := p.intentOf(ctx, e)
	if err != nil {
		return "", err
	}
	if intent == nil {
		return "", fmt.Errorf("stripe: refunding charge %s is impossible: its page was not paid", e.ID)
	}
	return intent.ID, nil
}

// findRefund returns the refund of an intent with a key, nil if there is none.
func (p *Provider) findRefund(ctx context.Context, intent, key string) (*stripego.Refund, error) {
	params := &stripego.RefundListParams{PaymentIntent: &intent}
	params.Limit = stripego.Int64(100)
	for refund, err := range p.api.V1Refunds.List(ctx, params) {
		if err != nil {
			return nil, p.explain("listing the refunds of "+intent, err)
		}
		if refund.Metadata[refundField] == key {
			return refund, nil
		}
	}
	return nil, nil
}
