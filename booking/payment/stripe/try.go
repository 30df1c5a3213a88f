package stripe

import (
	"context"

	stripego "github.com/stripe/stripe-go/v82"
)

// Try asks Stripe for the newest intent, which moves no money, to see that Stripe answers
// and accepts the secret key. live says whether the key moves real money.
func (p *Provider) Try(ctx context.Context) (live bool, err error) {
	params := &stripego.PaymentIntentListParams{}
	params.Limit = stripego.Int64(1)
	for _, err := range p.api.V1PaymentIntents.List(ctx, params) {
		if err != nil {
			return false, p.explain("listing the newest intent", err)
		}
		break // one answer says it all
	}
	return !IsTestKey(p.o.SecretKey), nil
}
