package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/payment"
	"usher/booking/payment/stripe"
	"usher/web"
)

// The payment providers.
const (
	PaySandbox = "sandbox" // moves no money: it keeps a ledger of what it would have moved
	PayStripe  = "stripe"
)

// checkPayments returns a sentence for each problem with the provider's options.
func (o *Options) checkPayments() (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	switch o.Payments {
	case PayStripe:
		if !strings.HasPrefix(o.StripeSecretKey, "sk_") && !strings.HasPrefix(o.StripeSecretKey, "rk_") {
			wrong("--stripe-secret-key (USHER_STRIPE_SECRET_KEY) is missing, or does not begin with sk_ or rk_")
		}
		if o.StripeURL != "" && !isURL(o.StripeURL) {
			wrong("--stripe-url %s is not an http or https URL", redacted(o.StripeURL))
		} else if isPlainURL(o.StripeURL) {
			wrong("--stripe-url is plain http: the secret key could be read on the network; use https")
		}
	case PaySandbox, "":
		if o.StripeSecretKey != "" {
			wrong("--stripe-secret-key is given and --payments is not stripe: give --payments stripe, or leave the key out")
		}
	default:
		wrong("--payments %q is neither sandbox nor stripe", o.Payments)
	}
	return problems
}

// provider opens the payment provider. The second result is the same provider if it
// is Stripe, else nil.
func (o *Options) provider(ledger *mongo.Database, log *slog.Logger) (payment.Provider, *stripe.Provider, error) {
	if o.Payments != PayStripe {
		return payment.NewSandbox(ledger), nil, nil
	}
	p, err := stripe.New(stripe.Options{
		Mongo: ledger, SecretKey: o.StripeSecretKey, WebhookSecret: o.StripeWebhookSecret, URL: o.StripeURL, Logger: log,
	})
	return p, p, err
}

// pays says which payment form this node's pages show.
func (o *Options) pays() string {
	switch {
	case o.Payments != PayStripe:
		return web.PaysSandbox
	case stripe.IsTestKey(o.StripeSecretKey):
		return web.PaysStripeTest
	}
	return web.PaysStripe
}

func (a *App) openPayments() (p payment.Provider, err error) {
	p, a.stripe, err = a.o.provider(a.stores.Mongo, a.logger("stripe"))
	if sandbox, is := p.(*payment.Sandbox); is {
		sandbox.URL = a.url
		a.sandbox = sandbox
	}
	return p, err
}

// paymentNews handles a webhook of Stripe and lets booking reconcile the purchase
// that the webhook names; nil unless Stripe is the provider.
func (a *App) paymentNews() func(ctx context.Context, payload []byte, signature string) error {
	if a.stripe == nil {
		return nil
	}
	return func(ctx context.Context, payload []byte, signature string) error {
		return a.stripe.HandleEvent(ctx, payload, signature, a.booking.Reconcile)
	}
}
