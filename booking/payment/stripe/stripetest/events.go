package stripetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
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

// listEvents lists the events of a type, the newest first; f.mu is held.
func (f *Fake) listEvents(r *request) *answer {
	limit, err := strconv.Atoi(r.form.Get("limit"))
	if err != nil {
		limit = 10
	}
	since, _ := strconv.ParseInt(r.form.Get("created[gte]"), 10, 64)
	data, more, started := []any{}, false, r.form.Get("starting_after") == ""
	for i := len(f.events) - 1; i >= 0; i-- {
		e := f.events[i]
		var body map[string]any
		if err := json.Unmarshal(e.Payload, &body); err != nil {
			panic(err) // happened wrote it
		}
		created, _ := body["created"].(float64)
		switch {
		case !started:
			started = e.ID == r.form.Get("starting_after")
		case r.form.Get("type") != "" && e.Type != r.form.Get("type"), int64(created) < since:
		case len(data) == limit:
			more = true
		default:
			data = append(data, body)
		}
	}
	return &answer{status: http.StatusOK, body: map[string]any{"object": "list", "url": "/v1/events", "data": data, "has_more": more}}
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
