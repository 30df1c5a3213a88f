package stripetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v82/webhook"
)

// Event is an event in the form in which Stripe sends it.
type Event struct {
	ID      string
	Type    string
	Payload []byte
}

// happened appends an event; f.mu is held.
func (f *Fake) happened(kind string, object map[string]any) {
	id := f.newID("evt")
	payload, err := json.Marshal(map[string]any{
		"id": id, "object": "event", "type": kind, "api_version": "2024-06-20", "created": time.Now().Unix(),
		"livemode": false, "data": map[string]any{"object": object},
	})
	if err != nil {
		panic(err) // maps of strings and numbers
	}
	f.events = append(f.events, Event{ID: id, Type: kind, Payload: payload})
}

// Events returns all events, the oldest first.
func (f *Fake) Events() []Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Event(nil), f.events...)
}

// Signature returns the header Stripe-Signature of an event sent at a time.
func Signature(payload []byte, secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: payload, Secret: secret, Timestamp: at}).Header
}

// Send posts an event, signed now, and returns the status of the response.
func Send(ctx context.Context, url string, e Event) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(e.Payload))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Stripe-Signature", Signature(e.Payload, WebhookSecret, time.Now()))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, fmt.Errorf("reading the response to an event failed: %w", err)
	}
	return answer.StatusCode, nil
}
