package feed

import (
	"encoding/json"
	"strconv"
	"time"
)

// Allotment is the type of an event about seats that came into an allotment, left one, or
// moved from one to another.
const Allotment = "allotment.changed"

// MoveSeats is how many seats one event names: a page of the log must fit into a document.
const MoveSeats = 1000

// AllotmentMove is seats of one change that went the same way. A change has one event for
// each way, and more when they are many.
type AllotmentMove struct {
	Change string   `json:"change"`
	Number int      `json:"number"` // of the event among those of its change, from 1
	Season string   `json:"season"`
	By     string   `json:"by"`   // the admin's user id
	From   *string  `json:"from"` // the allotment that the seats left; null: they were on sale
	To     *string  `json:"to"`   // the allotment that they came into; null: they are on sale
	Seats  []string `json:"seats"`
}

// NewAllotmentEvent encodes an event about a change that was decided at the given time.
func NewAllotmentEvent(m AllotmentMove, at time.Time) (Event, error) {
	id := m.Change
	if m.Number > 1 {
		id += "-" + strconv.Itoa(m.Number)
	}
	var body struct {
		ID        string `json:"id"`
		Type      string `json:"type"`
		Timestamp Time   `json:"timestamp"`
		Data      struct {
			Allotment AllotmentMove `json:"allotment"`
		} `json:"data"`
	}
	body.ID, body.Type, body.Timestamp, body.Data.Allotment = id, Allotment, Time(at), m
	text, err := json.Marshal(body)
	return Event{ID: id, At: at, Body: string(text)}, err
}
