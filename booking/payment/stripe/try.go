package stripe

import (
	"context"

	stripego "github.com/stripe/stripe-go/v82"
)

// Try sees that Stripe answers, accepts the secret key, and lets it read PaymentIntents and
// Events and create Checkout Sessions, and moves no money: the Session that it asks for has
// nothing to pay for, which Stripe refuses only after it has looked at the rights of the
// key. live says whether the key moves real money.
func (p *Provider) Try(ctx context.Context) (live bool, err error) {
	intents := &stripego.PaymentIntentListParams{}
	intents.Limit = stripego.Int64(1)
	for _, err := range p.api.V1PaymentIntents.List(ctx, intents) {
		if err != nil {
			return false, p.explain("listing the newest intent", err)
		}
		break // one answer says it all
	}
	events := &stripego.EventListParams{Type: &paidEvent}
	events.Limit = stripego.Int64(1)
	for _, err := range p.api.V1Events.List(ctx, events) {
		if err != nil {
			return false, p.explain("listing the newest event", err)
		}
		break
	}
	empty := &stripego.CheckoutSessionCreateParams{Mode: stripego.String(string(stripego.CheckoutSessionModePayment))}
	_, err = p.api.V1CheckoutSessions.Create(ctx, empty)
	if err := p.explain("trying whether the key may create Checkout Sessions", err); err != nil && !isRefusal(err) {
		return false, err
	}
	return !IsTestKey(p.o.SecretKey), nil
}
