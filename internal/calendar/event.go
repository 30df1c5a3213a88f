package calendar

import (
	"strings"
	"time"
)

// Event is what the tickets of a season admit to. Fields that are not known are zero.
type Event struct {
	Name     string
	StartsAt *time.Time
	DoorsAt  *time.Time
	TimeZone string // a name of the IANA time zone database; an unknown one counts as UTC
	Venue    string
	Address  string
	// Moment writes a day with the time of day, in the time's location. Nil: in
	// English.
	Moment func(time.Time) string
}

const (
	dayForm   = "Monday, 2 January 2006"
	clockForm = "15:04"
)

// Starts returns when the event starts, like "Friday, 7 May 2027, 20:00
// (Europe/Berlin)"; "" when that is not known.
func (e Event) Starts() string { return e.moment(e.StartsAt) }

// Doors returns when the doors open: the time of day, or the date too if the event
// starts on another day; "" when that is not known.
func (e Event) Doors() string {
	if e.DoorsAt == nil {
		return ""
	}
	zone, name := e.zone()
	doors := e.DoorsAt.In(zone)
	if e.StartsAt != nil && doors.Format(dayForm) == e.StartsAt.In(zone).Format(dayForm) {
		return doors.Format(clockForm) + " (" + name + ")"
	}
	return e.moment(e.DoorsAt)
}

// When returns another moment of the event, such as that of a sale, written as its start.
func (e Event) When(at time.Time) string { return e.moment(&at) }

// Place returns the venue and its address on one line; "" when neither is known.
func (e Event) Place() string {
	parts := make([]string, 0, 2)
	for _, part := range []string{e.Venue, e.Address} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

func (e Event) moment(at *time.Time) string {
	if at == nil {
		return ""
	}
	zone, name := e.zone()
	if e.Moment != nil {
		return e.Moment(at.In(zone)) + " (" + name + ")"
	}
	return at.In(zone).Format(dayForm+", "+clockForm) + " (" + name + ")"
}

// zone returns the event's time zone and its name.
func (e Event) zone() (*time.Location, string) {
	if zone, err := time.LoadLocation(e.TimeZone); err == nil && e.TimeZone != "" && e.TimeZone != "Local" {
		return zone, e.TimeZone
	}
	return time.UTC, "UTC"
}
