package stripe

import (
	"context"
	"fmt"

	stripego "github.com/stripe/stripe-go/v82"
)

// refundField names a refund's key in its metadata.
const refundField = "usher_refund"

// Refund gives money back. It looks among the charge's refunds for its key
// first: Stripe forgets idempotency keys after a day, refunds it keeps. Within
// that day the key keeps two nodes that look at once from refunding twice.
func (p *Provider) Refund(ctx context.Context, id, key string, amount int64) error {
	e, err := p.find(ctx, id)
	if err != nil {
		return err
	}
	if e == nil || e.Closed {
		return fmt.Errorf("stripe: %d to refund under %s, where no money was taken", amount, id)
	}
	units, err := toStripe(amount, e.Currency)
	if err != nil {
		return err
	}
	refund, err := p.findRefund(ctx, e, key)
	if err != nil {
		return err
	}
	if refund == nil {
		params := &stripego.RefundCreateParams{
			PaymentIntent: &e.Intent,
			Amount:        &units,
			Metadata:      map[string]string{chargeField: id, refundField: key},
		}
		params.SetIdempotencyKey("refund/" + key)
		refund, err = p.api.V1Refunds.Create(ctx, params)
		if err := p.explain("refunding "+e.Intent, err); err != nil {
			return err
		}
	}
	switch refund.Status {
	case stripego.RefundStatusFailed, stripego.RefundStatusCanceled:
		// The money is back with us, and no repeat changes that: the card's account
		// is closed, or somebody stopped it. A person has to find another way.
		return notKnown("refund %s of charge %s is %s: give the money back by other means (docs/payments.md)", refund.ID, id, refund.Status)
	}
	return nil
}

// findRefund looks for a refund by its key; nil when there is none.
func (p *Provider) findRefund(ctx context.Context, e *entry, key string) (*stripego.Refund, error) {
	params := &stripego.RefundListParams{PaymentIntent: &e.Intent}
	params.Limit = stripego.Int64(100)
	for refund, err := range p.api.V1Refunds.List(ctx, params) {
		if err != nil {
			return nil, p.explain("listing the refunds of "+e.Intent, err)
		}
		if refund.Metadata[refundField] == key {
			return refund, nil
		}
	}
	return nil, nil
}
