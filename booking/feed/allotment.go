package feed

import (
	"strconv"
	"time"
)

// MoveSeats is how many seats one event names: a page of the log must fit into a document.
const MoveSeats = 1000

// NewAllotmentEvent encodes an event about a change that was decided at the given time.
func NewAllotmentEvent(m Allotment, at time.Time) (Event, error) {
	id := m.Change
	if m.Number > 1 {
		id += "-" + strconv.Itoa(m.Number)
	}
	return NewEvent(Body{ID: id, Type: AllotmentChanged, Timestamp: Time(at), Data: Data{Allotment: &m}}, at)
}
