package stripe_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"

	"usher/booking/payment/stripe"
	"usher/booking/payment/stripe/stripetest"
	"usher/internal/testkit"
)

// TestRequestsAreAsStripeSpecifiesThem sends each request that the provider makes
// to stripe-mock, which knows Stripe's published specification and nothing else.
func TestRequestsAreAsStripeSpecifiesThem(t *testing.T) {
	t.Parallel() // reading the specification is slow
	spec, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		t.Fatal(err)
	}
	stub, err := server.NewStubServer(fixtures, spec, false, false)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	url := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		stub.HandleRequest(answer, r)
		if answer.Code != http.StatusOK {
			t.Errorf("%s %s with %s: %d %s", r.Method, r.URL, body, answer.Code, answer.Body)
		}
		parts := strings.Split(r.URL.Path, "/")
		last := parts[len(parts)-1]
		if strings.HasPrefix(last, "cs_") {
			last = "session"
		}
		asked[r.Method+" "+parts[2]+" "+last] = true
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(url.Close)
	p, err := stripe.New(stripe.Options{Mongo: testkit.Mongo(t), SecretKey: stripetest.SecretKey, URL: url.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Disconnect)
	// The mock returns fixed responses. Only its acceptance of the requests counts, so the
	// results are ignored.
	ctx := t.Context()
	_, _ = p.Charge(ctx, charge("a", visa))
	_, _ = p.Outcome(ctx, "a")
	_, _ = p.Close(ctx, "a")
	_ = p.Refund(ctx, "a", "r", 100)
	_, _ = p.Held(ctx, "a")
	_, _ = p.Try(ctx)
	_ = p.Missed(ctx, func(context.Context, string) error { return nil })
	// And with pages.
	_, _ = p.Charge(ctx, onPage("b"))
	_, _ = p.Outcome(ctx, "b")
	_, _ = p.Close(ctx, "b")
	_ = p.Refund(ctx, "b", "r", 100)
	asks := onPage("c")
	asks.Details.Token = visa
	_, _ = p.Charge(ctx, asks)
	for _, want := range []string{
		"GET payment_intents payment_intents", "POST payment_intents payment_intents", "POST payment_intents confirm", "POST payment_intents cancel", "GET refunds refunds", "POST refunds refunds",
		"GET events events", "POST checkout sessions", "GET checkout session", "POST checkout expire",
	} {
		if !asked[want] {
			t.Errorf("the request %s is missing: %v", want, asked)
		}
	}
}
