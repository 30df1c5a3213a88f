package booking

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// String writes the duration in one unit, minutes and hours only when there are
// at least two of them: "90s", "5m", "60s".
func (d Duration) String() string {
	v := time.Duration(d)
	for _, unit := range []struct {
		name  string
		size  time.Duration
		least time.Duration
	}{
		{"h", time.Hour, 2 * time.Hour},
		{"m", time.Minute, 2 * time.Minute},
		{"s", time.Second, 0},
		{"ms", time.Millisecond, 0},
	} {
		if v%unit.size == 0 && v >= unit.least {
			return strconv.FormatInt(int64(v/unit.size), 10) + unit.name
		}
	}
	return v.String()
}

// MarshalJSON writes what String does.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads a string as time.ParseDuration does: "90s", "1m30s", "5m".
func (d *Duration) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf(`a duration is a string like "90s", not %s`, text)
	}
	parsed, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf(`%q is no duration; write it like "90s" or "5m"`, s)
	}
	*d = Duration(parsed)
	return nil
}
