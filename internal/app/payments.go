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

// Who can take the money.
const (
	PaySandbox = "sandbox" // nobody: its ledger says so, and no money moves
	PayStripe  = "stripe"
)

// checkPayments names what is wrong with who takes the money, a sentence each.
func (o *Options) checkPayments() (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	switch o.Payments {
	case PayStripe:
		if !strings.HasPrefix(o.StripeSecretKey, "sk_") && !strings.HasPrefix(o.StripeSecretKey, "rk_") {
			wrong("--stripe-secret-key (USHER_STRIPE_SECRET_KEY) is missing, or does not begin with sk_ or rk_")
		}
		if o.StripeURL != "" && !isURL(o.StripeURL) {
			wrong("--stripe-url %s is not a URL", shown(o.StripeURL))
		} else if isPlainURL(o.StripeURL) {
			wrong("--stripe-url is plain http: the secret key would be read on the way; use https")
		}
	case PaySandbox, "":
		if o.StripeSecretKey != "" {
			wrong("--stripe-secret-key is given and --payments is not stripe: say --payments stripe, or leave the key out")
		}
	default:
		wrong("--payments %q is neither sandbox nor stripe", o.Payments)
	}
	return problems
}

// provider opens who takes the money; the second is it again if it is Stripe.
func (o *Options) provider(ledger *mongo.Database, log *slog.Logger) (payment.Provider, *stripe.Provider, error) {
	if o.Payments != PayStripe {
		return payment.NewSandbox(ledger), nil, nil
	}
	p, err := stripe.New(stripe.Options{
		Mongo: ledger, SecretKey: o.StripeSecretKey, WebhookSecret: o.StripeWebhookSecret, URL: o.StripeURL, Logger: log,
	})
	return p, p, err
}

// pays is how this node's pages let fans pay.
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
	p, a.stripe, err = a.o.provider(a.stores.Mongo, a.log)
	return p, err
}

// paymentNews passes what Stripe says of a charge on to booking; nil where
// another takes the money.
func (a *App) paymentNews() func(ctx context.Context, payload []byte, signature string) error {
	if a.stripe == nil {
		return nil
	}
	return func(ctx context.Context, payload []byte, signature string) error {
		return a.stripe.Hear(ctx, payload, signature, a.booking.Nudge)
	}
}
