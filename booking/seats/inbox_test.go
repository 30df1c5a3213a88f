package seats

import (
	"encoding/json"
	"slices"
	"sync"
)

// inbox keeps the events that a node passes on.
type inbox struct {
	mu     sync.Mutex
	events []Event
}

func (b *inbox) notify(events []Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, events...)
}

// carts returns the events about a user's cart, oldest first.
func (b *inbox) carts(user string) []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Event
	for _, event := range b.events {
		if event.Cart != nil && event.User == user {
			out = append(out, event)
		}
	}
	return out
}

// deltas returns how many events were about seats.
func (b *inbox) deltas() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, event := range b.events {
		if event.Delta != nil {
			n++
		}
	}
	return n
}

// status returns the last status of a seat in the events, "" for none.
func (b *inbox) status(seat string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, event := range slices.Backward(b.events) {
		if event.Delta != nil {
			if status, ok := event.Delta.Seats[seat]; ok {
				return status
			}
		}
	}
	return ""
}

func (b *inbox) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text, _ := json.Marshal(b.events)
	return string(text)
}
