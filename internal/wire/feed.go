package wire

import "encoding/json"

// Feed is a part of the transactions feed, the oldest first.
type Feed struct {
	Events []json.RawMessage `json:"events"` // never null; as webhooks tell them
	Next   string            `json:"next"`   // what to send as ?after= the next time
	More   bool              `json:"more"`   // there are more already
}
