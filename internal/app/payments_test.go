package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"usher/web"
)

func TestThePaymentProviderIsChosen(t *testing.T) {
	const key, hook = "sk_test_x", "whsec_x"
	for name, c := range map[string]struct {
		change func(*Options)
		wrong  []string // flags named
		pays   string
	}{
		"not set":              {func(*Options) {}, []string{"--payments (U"}, web.PaysSandbox},
		"the sandbox":          {func(o *Options) { o.Payments = "sandbox" }, nil, web.PaysSandbox},
		"Stripe's test":        {func(o *Options) { o.Payments, o.StripeSecretKey, o.StripeWebhookSecret = "stripe", key, hook }, nil, web.PaysStripeTest},
		"Stripe":               {func(o *Options) { o.Payments, o.StripeSecretKey, o.StripeWebhookSecret = "stripe", "rk_live_x", hook }, nil, web.PaysStripe},
		"without keys":         {func(o *Options) { o.Payments = "stripe" }, []string{"--stripe-secret-key", "--stripe-webhook-secret"}, web.PaysStripe},
		"keys of another kind": {func(o *Options) { o.Payments, o.StripeSecretKey, o.StripeWebhookSecret = "stripe", "pk_test_x", "x" }, []string{"--stripe-secret-key", "--stripe-webhook-secret"}, web.PaysStripe},
		"no URL": {func(o *Options) {
			o.Payments, o.StripeSecretKey, o.StripeWebhookSecret, o.StripeURL = "stripe", key, hook, "x"
		}, []string{"--stripe-url"}, web.PaysStripeTest},
		"a key with the sandbox": {func(o *Options) { o.Payments, o.StripeSecretKey = "sandbox", key }, []string{"--stripe-secret-key"}, web.PaysSandbox},
		"an unknown provider":    {func(o *Options) { o.Payments = "paypal" }, []string{"--payments \""}, web.PaysSandbox},
	} {
		t.Run(name, func(t *testing.T) {
			o := Defaults()
			c.change(&o)
			_, err := o.settle() // other required options are missing too
			for _, flag := range []string{"--stripe-secret-key", "--stripe-webhook-secret", "--stripe-url", "--payments \"", "--payments (U"} {
				named := strings.Contains(err.Error(), flag)
				want := false
				for _, w := range c.wrong {
					want = want || strings.HasPrefix(flag, w)
				}
				if named != want {
					t.Errorf("the message names %s: %v, want %v: %v", flag, named, want, err)
				}
			}
			if got := o.pays(); got != c.pays {
				t.Errorf("pages pay by %q, want %q", got, c.pays)
			}
			for _, secret := range []string{"sk_test_x", "rk_live_x", "whsec_x"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the message shows %s: %v", secret, err)
				}
			}
		})
	}
}

// TestHelpShowsNoSecret: help shows defaults, never values of the environment.
func TestHelpShowsNoSecret(t *testing.T) {
	o := Defaults()
	s := NewFlagSet("x", "x")
	o.Flags(s)
	env := map[string]string{"USHER_STRIPE_SECRET_KEY": "sk_test_secret", "USHER_STRIPE_WEBHOOK_SECRET": "whsec_secret"}
	if err := s.Parse(nil, func(k string) string { return env[k] }); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info(s.Help())
	if strings.Contains(log.String(), "secret\"") || strings.Contains(log.String(), "_secret)") {
		t.Errorf("help prints %s", &log)
	}
}
