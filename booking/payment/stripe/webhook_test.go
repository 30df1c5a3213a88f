package stripe_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/booking/payment"
	"usher/booking/payment/stripe"
	"usher/booking/payment/stripe/stripetest"
	"usher/internal/fault"
)

// reconciler records the charges that it is called with, or returns an error.
type reconciler struct {
	mu      sync.Mutex
	charges []string
	err     error
}

func (e *reconciler) reconcile(_ context.Context, charge string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.charges = append(e.charges, charge)
	}
	return e.err
}

func (s *shop) handle(e *reconciler, event stripetest.Event) error {
	return s.HandleEvent(s.ctx, event.Payload, stripetest.Signature(event.Payload, stripetest.WebhookSecret, time.Now()), e.reconcile)
}

func TestEventsOfAPurchase(t *testing.T) {
	s := open(t)
	for id, token := range map[string]string{"paid": visa, "declined": declines} {
		if _, err := s.Charge(s.ctx, charge(id, token)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Close(s.ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Refund(s.ctx, "paid", "r", 4500); err != nil {
		t.Fatal(err)
	}
	s.fake.FailRefund("usher_refund", "r")
	events := s.fake.Events()
	slices.Reverse(events) // events may arrive in any order
	e := &reconciler{}
	for range 2 { // and more than once
		for _, event := range events {
			if err := s.handle(e, event); err != nil {
				t.Errorf("%s: %v", event.Type, err)
			}
		}
	}
	slices.Sort(e.charges)
	// paid: succeeded, refunded, refund failed; declined: failed, canceled
	if want := []string{"declined", "declined", "paid", "paid", "paid"}; !slices.Equal(e.charges, want) {
		t.Errorf("reconciled %v, want %v", e.charges, want)
	}
}

func TestForgedAndLateEvents(t *testing.T) {
	s := open(t)
	if _, err := s.Charge(s.ctx, charge("a", visa)); err != nil {
		t.Fatal(err)
	}
	events := s.fake.Events()
	event := events[len(events)-1]
	sign := func(secret string, at time.Time) string { return stripetest.Signature(event.Payload, secret, at) }
	now := time.Now()
	for name, c := range map[string]struct {
		payload   []byte
		signature string
	}{
		"without a signature":   {event.Payload, ""},
		"nonsense":              {event.Payload, "t=1,v1=zz"},
		"of another secret":     {event.Payload, sign("whsec_other", now)},
		"of another body":       {append([]byte(" "), event.Payload...), sign(stripetest.WebhookSecret, now)},
		"recorded and replayed": {event.Payload, sign(stripetest.WebhookSecret, now.Add(-6*time.Minute))},
		"an older scheme":       {event.Payload, strings.Replace(sign(stripetest.WebhookSecret, now), "v1=", "v0=", 1)},
		"no JSON":               {[]byte("x"), stripetest.Signature([]byte("x"), stripetest.WebhookSecret, now)},
	} {
		t.Run(name, func(t *testing.T) {
			e := &reconciler{}
			if err := s.HandleEvent(s.ctx, c.payload, c.signature, e.reconcile); !fault.Is(err, fault.InvalidRequest) || len(e.charges) > 0 {
				t.Errorf("%v, reconciled %v", err, e.charges)
			}
		})
	}
	e := &reconciler{}
	if err := s.handle(e, event); err != nil || len(e.charges) != 1 {
		t.Errorf("the genuine event: %v, reconciled %v", err, e.charges)
	}
}

func TestOtherEventsAreIgnored(t *testing.T) {
	s := open(t)
	for name, payload := range map[string]string{
		"an unknown type":        `{"id":"evt_1","object":"event","type":"customer.created","data":{"object":{"metadata":{"usher_charge":"a"}}}}`,
		"another shop's payment": `{"id":"evt_2","object":"event","type":"payment_intent.succeeded","data":{"object":{"metadata":{}}}}`,
		"no metadata":            `{"id":"evt_3","object":"event","type":"payment_intent.succeeded","data":{"object":{"metadata":null}}}`,
		"other metadata":         `{"id":"evt_4","object":"event","type":"payment_intent.succeeded","data":{"object":{"metadata":{"usher_charge":7}}}}`,
		"no data":                `{"id":"evt_5","object":"event","type":"payment_intent.succeeded"}`,
		"no id":                  `{"object":"event","type":"payment_intent.succeeded","data":{"object":{"metadata":{"usher_charge":"a"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			e := &reconciler{}
			if err := s.handle(e, stripetest.Event{Payload: []byte(payload)}); err != nil || len(e.charges) > 0 {
				t.Errorf("%v, reconciled %v", err, e.charges)
			}
		})
	}
}

// TestAnEventIsHandledAgainAfterAnError: Stripe sends the event again, and then the event
// is handled once.
func TestAnEventIsHandledAgainAfterAnError(t *testing.T) {
	s := open(t)
	if _, err := s.Charge(s.ctx, charge("a", visa)); err != nil {
		t.Fatal(err)
	}
	event := s.fake.Events()[1]
	e := &reconciler{err: errors.New("no store")}
	if err := s.handle(e, event); err == nil {
		t.Fatal("the error of reconcile was lost")
	}
	e.err = nil
	for range 3 {
		if err := s.handle(e, event); err != nil {
			t.Fatal(err)
		}
	}
	if len(e.charges) != 1 {
		t.Errorf("reconciled %v", e.charges)
	}
}

func TestWithoutAWebhookSecretEventsAreRefused(t *testing.T) {
	s := open(t, func(o *stripe.Options) { o.WebhookSecret = "" })
	payload := []byte(`{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"metadata":{"usher_charge":"a"}}}}`)
	e := &reconciler{}
	if err := s.HandleEvent(s.ctx, payload, stripetest.Signature(payload, "", time.Now()), e.reconcile); !fault.Is(err, fault.NotFound) || len(e.charges) > 0 {
		t.Errorf("%v, reconciled %v", err, e.charges)
	}
}

// TestTheFakeRefusesAsStripeDoes: a fake that accepted every request would prove nothing.
func TestTheFakeRefusesAsStripeDoes(t *testing.T) {
	_, url := stripetest.Start(t)
	ask := func(path, body, key string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+stripetest.SecretKey)
		r.Header.Set("Idempotency-Key", key)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		var text struct {
			ID    string
			Error struct{ Type, Code string }
		}
		if err := json.NewDecoder(answer.Body).Decode(&text); err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, text.ID + text.Error.Type + " " + text.Error.Code
	}
	_, first := ask("/v1/payment_intents", "amount=100&currency=eur", "k")
	for _, c := range []struct {
		path, body, key string
		status          int
		want            string
	}{
		{"/v1/payment_intents", "amount=100&currency=eur", "k", 200, first},
		{"/v1/payment_intents", "amount=200&currency=eur", "k", 400, "idempotency_error "},
		{"/v1/payment_intents", "amount=1&currency=eur", "", 400, "invalid_request_error amount_too_small"},
		{"/v1/payment_intents", "amount=100&currency=eur&colour=red", "", 400, "invalid_request_error parameter_unknown"},
		{"/v1/payment_intents/pi_none/confirm", "payment_method=" + visa, "", 404, "invalid_request_error resource_missing"},
		{"/v1/refunds", "amount=1&payment_intent=" + strings.TrimSpace(first), "", 400, "invalid_request_error resource_missing"},
	} {
		if status, got := ask(c.path, c.body, c.key); status != c.status || got != c.want {
			t.Errorf("%s %s: %d %q, want %d %q", c.path, c.body, status, got, c.status, c.want)
		}
	}
}

var _ payment.Provider = (*stripe.Provider)(nil)
