package booking

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"

	"usher/booking/seatmap"
	"usher/booking/seats"
	"usher/internal/csvsheet"
	"usher/internal/fault"
	"usher/internal/text"
)

// Settings are a season's settings, as docs/operating.md lists them, in their JSON
// shape.
type Settings struct {
	ID             string     `json:"id,omitempty"`
	Name           string     `json:"name"`
	Currency       string     `json:"currency"`
	OpensAt        *time.Time `json:"opensAt"`
	ClosesAt       *time.Time `json:"closesAt"`
	Phases         []Phase    `json:"phases,omitempty"` // in order; none: one sale for all
	ActiveLimit    int        `json:"activeLimit"`
	AdmitPerMinute int        `json:"admitPerMinute"`
	TurnWindow     Duration   `json:"turnWindow"`
	Lease          Duration   `json:"lease"`
	Session        Duration   `json:"session"`
	Hold           Duration   `json:"hold"`
	MaxSeats       int        `json:"maxSeats"`
	Absence        Duration   `json:"absence"`
	Forget         Duration   `json:"forget"`
	Refunds        bool       `json:"refunds"`
	Returns        bool       `json:"returns"`
	Challenge      bool       `json:"challenge"` // who joins must solve a challenge
	Guests         bool       `json:"guests"`    // browsers without an account may take part

	// The event itself.
	StartsAt *time.Time `json:"startsAt"`
	DoorsAt  *time.Time `json:"doorsAt"`
	TimeZone string     `json:"timeZone"` // a name of the IANA time zone database
	Venue    *Venue     `json:"venue"`

	// The organizer's look.
	Accent      string `json:"accent"`      // a color like "#5b3fa8"; "": the app's own
	WaitingText string `json:"waitingText"` // plain text on the waiting page, of several lines; "": none
	LogoAlt     string `json:"logoAlt"`     // what the logo shows, in words
}

// Duration is a duration written as "90s".
type Duration time.Duration

// DefaultSettings returns the settings of a season for which none are given.
func DefaultSettings(id string) Settings {
	return Settings{
		ID: id, Name: id, Currency: "EUR",
		ActiveLimit: 100,
		TurnWindow:  Duration(60 * time.Second),
		Lease:       Duration(90 * time.Second),
		Session:     Duration(15 * time.Minute),
		Hold:        Duration(5 * time.Minute),
		MaxSeats:    6,
		Absence:     Duration(2 * time.Minute),
		Forget:      Duration(15 * time.Minute),
		Refunds:     true,
		TimeZone:    "UTC",
	}
}

// Limits of settings. A script's work grows with maxSeats, a sweep's with activeLimit.
const (
	maxDuration = 7 * 24 * time.Hour
	minDuration = 100 * time.Millisecond // a tenth of a node's tick; shorter values mistake the unit
	maxName     = 200
	maxActive   = 1_000_000
)

var seasonID = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// patched returns s with the fields of a JSON object replaced. All problems of the result
// are in one invalid_request.
func (s Settings) patched(patch []byte) (Settings, error) {
	next := s
	for _, at := range next.times() { // decoding would write through the pointers into s
		if *at != nil {
			own := **at
			*at = &own
		}
	}
	if next.Venue != nil {
		own := *next.Venue
		next.Venue = &own
	}
	next.Phases = clonePhases(next.Phases)
	problems, err := decodePatch(patch, &next)
	if err != nil {
		return s, err
	}
	next.cleanLook()
	next.Phases = clonePhases(next.Phases)
	for _, at := range next.times() {
		if *at != nil {
			**at = (*at).UTC().Truncate(time.Millisecond)
		}
	}
	if next.ID != s.ID {
		problems = append(problems, fault.OfField("id", fault.FieldFixed, "id is %q here and cannot be changed to %q", s.ID, next.ID))
		next.ID = s.ID
	}
	problems = append(problems, next.followPhases(s)...)
	problems = append(problems, next.problems()...)
	if len(problems) > 0 {
		return s, fault.Fields(problems)
	}
	return next, nil
}

// decodePatch decodes each field by itself, so that the error names all wrong fields at
// once.
func decodePatch(patch []byte, into *Settings) (problems []fault.Field, err error) {
	decoder := json.NewDecoder(bytes.NewReader(patch))
	start, err := decoder.Token()
	if err != nil || start != json.Delim('{') {
		return nil, fault.New(fault.InvalidRequest, "settings must be a JSON object")
	}
	seen := map[string]bool{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, fault.New(fault.InvalidRequest, "settings are not valid JSON: %v", err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fault.New(fault.InvalidRequest, "settings are not valid JSON: %v", err)
		}
		field := name.(string)
		if seen[field] {
			problems = append(problems, fault.OfField(field, fault.FieldTwice, "%s is given twice", field))
			continue
		}
		seen[field] = true
		if code, problem := decodeField(field, value, into); problem != "" {
			problems = append(problems, fault.Field{Field: field, Code: code, Problem: problem})
		}
	}
	if _, err := decoder.Token(); err != nil { // the closing brace
		return nil, fault.New(fault.InvalidRequest, "settings are not valid JSON: %v", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.InvalidRequest, "unexpected text after the JSON object of the settings")
	}
	return problems, nil
}

func decodeField(name string, value json.RawMessage, into *Settings) (code fault.FieldCode, problem string) {
	switch name {
	case "id", "name", "currency", "opensAt", "closesAt", "activeLimit", "admitPerMinute", "turnWindow",
		"lease", "session", "hold", "maxSeats", "absence", "forget", "refunds", "returns", "challenge", "guests",
		"startsAt", "doorsAt", "timeZone", "venue", "accent", "waitingText", "logoAlt", "phases":
	default: // names are matched exactly; encoding/json alone would take "NAME" for "name"
		return fault.FieldUnknown, fmt.Sprintf("unknown setting %q", name)
	}
	if string(value) == "null" && !slices.Contains([]string{"opensAt", "closesAt", "startsAt", "doorsAt", "venue"}, name) {
		return fault.FieldMissing, name + " cannot be null"
	}
	object, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err != nil {
		return fault.FieldType, fmt.Sprintf("%s: %v", name, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		var mistyped *json.UnmarshalTypeError
		if errors.As(err, &mistyped) {
			return fault.FieldType, fmt.Sprintf("%s is a %s, not a %s", name, mistyped.Type, mistyped.Value)
		}
		var unparsed *time.ParseError
		if errors.As(err, &unparsed) {
			return fault.FieldFormat, name + ` is a time like "2027-03-01T10:00:00Z"`
		}
		return fault.FieldFormat, fmt.Sprintf("%s: %v", name, err)
	}
	return "", ""
}

// IsSeasonID reports whether a season may have this id.
func IsSeasonID(id string) bool { return seasonID.MatchString(id) }

// problems lists everything that is wrong with the settings.
func (s Settings) problems() []fault.Field {
	var out []fault.Field
	wrong := func(is bool, field string, code fault.FieldCode, format string, args ...any) {
		if is {
			out = append(out, fault.OfField(field, code, format, args...))
		}
	}
	wrong(!seasonID.MatchString(s.ID), "id", fault.FieldFormat, "id is 1–64 of a-z 0-9 -, not %q", s.ID)
	if err := text.CheckName(s.Name, maxName); err != nil {
		wrong(true, "name", fault.FieldText, "name %v; it is 1–%d characters that can be read", err, maxName)
	}
	wrong(!seatmap.IsCurrency(s.Currency), "currency", fault.FieldFormat, "currency is a code of ISO 4217 like EUR, not %q", s.Currency)
	wrong(s.ActiveLimit < 1 || s.ActiveLimit > maxActive, "activeLimit", fault.FieldRange, "activeLimit is 1–%d, not %d", maxActive, s.ActiveLimit)
	wrong(s.AdmitPerMinute < 0 || s.AdmitPerMinute > maxActive, "admitPerMinute", fault.FieldRange, "admitPerMinute is 0–%d, not %d", maxActive, s.AdmitPerMinute)
	wrong(s.MaxSeats < 1 || s.MaxSeats > seats.MostSeats, "maxSeats", fault.FieldRange, "maxSeats is 1–%d, not %d", seats.MostSeats, s.MaxSeats)
	wrong(len(s.Phases) == 0 && s.OpensAt != nil && s.ClosesAt != nil && !s.ClosesAt.After(*s.OpensAt), "closesAt", fault.FieldOrder, "closesAt comes after opensAt")
	out = append(out, s.phaseProblems()...)
	out = append(out, s.eventProblems()...)
	out = append(out, s.lookProblems()...)
	for _, d := range []struct {
		name  string
		is    Duration
		least time.Duration // shorter times are of no use to a person
	}{
		{"turnWindow", s.TurnWindow, time.Second},
		{"lease", s.Lease, minDuration},
		{"session", s.Session, minDuration},
		{"hold", s.Hold, minDuration},
		{"absence", s.Absence, minDuration},
		{"forget", s.Forget, minDuration},
	} {
		v := time.Duration(d.is)
		wrong(v <= 0 || v > maxDuration, d.name, fault.FieldRange, "%s is over 0 and at most %s, not %s", d.name, Duration(maxDuration), d.is)
		wrong(v > 0 && v < d.least, d.name, fault.FieldRange, "%s is at least %s, not %s", d.name, Duration(d.least), d.is)
		wrong(v%time.Millisecond != 0, d.name, fault.FieldFormat, "%s is in whole milliseconds", d.name)
	}
	return out
}

// ParseSettingsYAML converts a YAML settings file into its id and a patch for ApplySeason.
func ParseSettingsYAML(text []byte) (id string, patch []byte, err error) {
	text, err = csvsheet.Text(text, "UTF-8")
	if err != nil {
		return "", nil, fault.New(fault.InvalidRequest, "%v", err)
	}
	object, err := yaml.YAMLToJSON(text)
	if err != nil {
		return "", nil, fault.New(fault.InvalidRequest, "the settings are not valid YAML: %s", yaml.FormatError(err, false, false))
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(object, &fields); err != nil || fields == nil {
		return "", nil, fault.New(fault.InvalidRequest, "a settings file is a YAML mapping like `id: demo`")
	}
	if err := json.Unmarshal(fields["id"], &id); err != nil || !seasonID.MatchString(id) {
		return "", nil, fault.New(fault.InvalidRequest, "the settings file needs an id: 1–64 of a-z 0-9 -")
	}
	delete(fields, "id")
	patch, err = json.Marshal(fields)
	return id, patch, err
}

// SettingsFromYAML returns the settings of a season created from a settings file: the
// file's values and the defaults.
func SettingsFromYAML(text []byte) (Settings, error) {
	id, patch, err := ParseSettingsYAML(text)
	if err != nil {
		return Settings{}, err
	}
	return DefaultSettings(id).patched(patch)
}

// String writes the duration in one unit; minutes and hours only from two of them on:
// "90s", "5m", "60s".
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

// MarshalJSON writes String's text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads a text like time.ParseDuration: "90s", "1m30s", "5m".
func (d *Duration) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf(`a duration is a string like "90s", not %s`, text)
	}
	parsed, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf(`invalid duration %q; write it like "90s" or "5m"`, s)
	}
	*d = Duration(parsed)
	return nil
}
