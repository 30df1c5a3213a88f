package booking

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	_ "time/tzdata" // which time zones are known must not depend on the machine

	"usher/internal/fault"
	"usher/internal/text"
)

// Venue is where the event takes place.
type Venue struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// UnmarshalJSON replaces both fields, so that a change of the name does not keep the
// address of another house. It accepts the names of the fields only as they are written
// here.
func (v *Venue) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil // like encoding/json
	}
	fields := map[string]*string{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&fields); err != nil {
		return fmt.Errorf(`a venue is an object like {"name":"Opera House","address":"1 Main Street"}, not %.80s`, text)
	}
	*v = Venue{}
	for name, value := range fields {
		if value == nil {
			return fmt.Errorf("its %s is a text, not null", name)
		}
		switch name {
		case "name":
			v.Name = *value
		case "address":
			v.Address = *value
		default:
			return fmt.Errorf("it has no field %q, only name and address", name)
		}
	}
	return nil
}

const maxAddress = 300 // characters

// times returns the settings that are times.
func (s *Settings) times() []**time.Time {
	return []**time.Time{&s.OpensAt, &s.ClosesAt, &s.StartsAt, &s.DoorsAt}
}

// eventProblems lists what is wrong with the settings about the event itself.
func (s Settings) eventProblems() []fault.Field {
	var out []fault.Field
	wrong := func(is bool, field string, code fault.FieldCode, format string, args ...any) {
		if is {
			out = append(out, fault.OfField(field, code, format, args...))
		}
	}
	wrong(s.StartsAt != nil && s.DoorsAt != nil && s.DoorsAt.After(*s.StartsAt), "doorsAt", fault.FieldOrder, "doorsAt does not come after startsAt")
	wrong(!isTimeZone(s.TimeZone), "timeZone", fault.FieldFormat, "timeZone is a name of the IANA time zone database like Europe/Berlin, not %q", s.TimeZone)
	if s.Venue != nil {
		if err := text.CheckName(s.Venue.Name, maxName); err != nil {
			wrong(true, "venue.name", fault.FieldText, "the name of venue %v; it is 1–%d characters that can be read", err, maxName)
		}
		if err := text.CheckLabel(s.Venue.Address, maxAddress); err != nil {
			wrong(true, "venue.address", fault.FieldText, "the address of venue %v; it is at most %d characters on one line", err, maxAddress)
		}
	}
	return out
}

// isTimeZone reports whether a time zone has this name. "Local" would be the zone of the
// machine.
func isTimeZone(name string) bool {
	if name == "" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}
