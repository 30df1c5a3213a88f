package wire

import (
	"encoding/json"
	"fmt"
	"time"
)

// Time is a time on the wire: RFC 3339, UTC, exactly three decimals.
type Time time.Time

const timeLayout = "2006-01-02T15:04:05.000Z"

// At returns the wire form of t.
func At(t time.Time) Time { return Time(t) }

// AtOrNull returns the wire form of t, nil for nil or the zero time.
func AtOrNull(t *time.Time) *Time {
	if t == nil || t.IsZero() {
		return nil
	}
	w := Time(*t)
	return &w
}

func (t Time) String() string { return time.Time(t).UTC().Format(timeLayout) }

// MarshalJSON writes the fixed layout.
func (t Time) MarshalJSON() ([]byte, error) {
	return json.Marshal(t.String())
}

// UnmarshalJSON reads any RFC 3339 time.
func (t *Time) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	parsed, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return err
	}
	parsed = parsed.UTC()
	if year := parsed.Year(); year < 0 || year > 9999 {
		// Converting to UTC may leave the years that the layout can write.
		return fmt.Errorf("wire: the year %d cannot be written", year)
	}
	*t = Time(parsed)
	return nil
}
