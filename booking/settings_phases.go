package booking

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"usher/internal/fault"
	"usher/internal/text"
)

// Phase is a part of a sale with a rule of its own about who may join the line.
type Phase struct {
	Name     string     `json:"name"`
	OpensAt  *time.Time `json:"opensAt"`
	ClosesAt *time.Time `json:"closesAt"` // nil only in the last phase: it does not close
	Access   Access     `json:"access"`
}

// Access says who may join the line in a phase.
type Access string

// The kinds of access.
const (
	AccessOpen Access = "open" // every fan
	AccessCode Access = "code" // fans with a code
)

const (
	maxPhases    = 10
	maxPhaseName = 60
)

// UnmarshalJSON replaces all fields, and accepts their names only as they are written
// here.
func (p *Phase) UnmarshalJSON(text []byte) error {
	fields := map[string]json.RawMessage{}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&fields); err != nil || fields == nil {
		return fmt.Errorf(`a phase is an object like {"name":"Presale","opensAt":"2027-03-01T10:00:00Z","closesAt":"2027-03-02T10:00:00Z","access":"code"}, not %.80s`, text)
	}
	*p = Phase{}
	for name, value := range fields {
		var err error
		switch name {
		case "name":
			err = json.Unmarshal(value, &p.Name)
		case "opensAt":
			err = json.Unmarshal(value, &p.OpensAt)
		case "closesAt":
			err = json.Unmarshal(value, &p.ClosesAt)
		case "access":
			err = json.Unmarshal(value, &p.Access)
		default:
			return fmt.Errorf("a phase has no field %.40q, only name, opensAt, closesAt and access", name)
		}
		if err != nil {
			return fmt.Errorf("%s of a phase cannot be %.80s", name, value)
		}
	}
	return nil
}

// clonePhases copies phases, with times in the form in which they are stored.
func clonePhases(phases []Phase) []Phase {
	own := slices.Clone(phases)
	for i := range own {
		for _, at := range []**time.Time{&own[i].OpensAt, &own[i].ClosesAt} {
			if *at != nil {
				moment := (*at).UTC().Truncate(time.Millisecond)
				*at = &moment
			}
		}
	}
	if len(own) == 0 {
		return nil
	}
	return own
}

// followPhases sets opensAt and closesAt of a season with phases: the sale opens with
// the first phase and closes with the last one. A change of either to another time is a
// mistake; the time that the season had before is not.
func (s *Settings) followPhases(before Settings) []fault.Field {
	if len(s.Phases) == 0 {
		return nil
	}
	var out []fault.Field
	first, last := s.Phases[0].OpensAt, s.Phases[len(s.Phases)-1].ClosesAt
	if !sameTime(s.OpensAt, before.OpensAt) && !sameTime(s.OpensAt, first) {
		out = append(out, fault.OfField("opensAt", fault.FieldOrder, "opensAt is the opening of the first phase, %s, not %s; change the phase, or leave opensAt out", timeText(first), timeText(s.OpensAt)))
	}
	if !sameTime(s.ClosesAt, before.ClosesAt) && !sameTime(s.ClosesAt, last) {
		out = append(out, fault.OfField("closesAt", fault.FieldOrder, "closesAt is the end of the last phase, %s, not %s; change the phase, or leave closesAt out", timeText(last), timeText(s.ClosesAt)))
	}
	s.OpensAt, s.ClosesAt = first, last
	return out
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// phaseProblems lists what is wrong with the phases.
func (s Settings) phaseProblems() []fault.Field {
	var out []fault.Field
	wrong := func(is bool, field string, code fault.FieldCode, format string, args ...any) {
		if is {
			out = append(out, fault.OfField(field, code, format, args...))
		}
	}
	wrong(len(s.Phases) > maxPhases, "phases", fault.FieldRange, "phases are at most %d, not %d", maxPhases, len(s.Phases))
	for i, p := range s.Phases[:min(len(s.Phases), maxPhases)] {
		field := func(name string) string { return fmt.Sprintf("phases[%d].%s", i, name) }
		if err := text.CheckName(p.Name, maxPhaseName); err != nil {
			wrong(true, field("name"), fault.FieldText, "the name of phase %d %v; it is 1–%d characters that can be read", i+1, err, maxPhaseName)
		}
		wrong(p.Access != AccessOpen && p.Access != AccessCode, field("access"), fault.FieldFormat, `the access of phase %d is "code" or "open", not %.40q`, i+1, p.Access)
		wrong(p.OpensAt == nil, field("opensAt"), fault.FieldMissing, "phase %d has no opensAt", i+1)
		wrong(p.OpensAt != nil && p.ClosesAt != nil && !p.ClosesAt.After(*p.OpensAt), field("closesAt"), fault.FieldOrder, "phase %d closes at %s, which is not after its opening at %s", i+1, timeText(p.ClosesAt), timeText(p.OpensAt))
		wrong(p.ClosesAt == nil && i+1 < len(s.Phases), field("closesAt"), fault.FieldMissing, "phase %d has no closesAt; only the last phase may stay open", i+1)
		if i == 0 || p.OpensAt == nil {
			continue
		}
		before := s.Phases[i-1]
		switch {
		case before.OpensAt != nil && !p.OpensAt.After(*before.OpensAt):
			wrong(true, field("opensAt"), fault.FieldOrder, "phase %d opens at %s, which is not after the opening of phase %d at %s; list the phases in order", i+1, timeText(p.OpensAt), i, timeText(before.OpensAt))
		case before.ClosesAt != nil && p.OpensAt.Before(*before.ClosesAt):
			wrong(true, field("opensAt"), fault.FieldOrder, "phase %d opens at %s, before phase %d closes at %s; phases do not overlap", i+1, timeText(p.OpensAt), i, timeText(before.ClosesAt))
		}
	}
	return out
}

// timeText is a time in an error.
func timeText(t *time.Time) string {
	if t == nil {
		return "none"
	}
	return t.Format(time.RFC3339Nano)
}
