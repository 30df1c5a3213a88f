package booking

import (
	"errors"
	"strings"
	"testing"

	"usher/internal/fault"
)

func TestPhasesAreSettings(t *testing.T) {
	base := DefaultSettings("demo")
	const presale = `{"name":"Presale","opensAt":"2027-03-01T10:00:00Z","closesAt":"2027-03-01T12:00:00Z","access":"code"}`
	for name, c := range map[string]struct{ patch, field, problem string }{
		"two in order":         {`{"phases":[` + presale + `,{"name":"All","opensAt":"2027-03-01T12:00:00Z","access":"open"}]}`, "", ""},
		"none":                 {`{"phases":[]}`, "", ""},
		"overlapping":          {`{"phases":[` + presale + `,{"name":"All","opensAt":"2027-03-01T11:00:00Z","access":"open"}]}`, "phases[1].opensAt", "before phase 1 closes at 2027-03-01T12:00:00Z"},
		"out of order":         {`{"phases":[` + presale + `,{"name":"All","opensAt":"2027-03-01T09:00:00Z","closesAt":"2027-03-01T09:30:00Z","access":"open"}]}`, "phases[1].opensAt", "list the phases in order"},
		"closes before it":     {`{"phases":[{"name":"All","opensAt":"2027-03-01T12:00:00Z","closesAt":"2027-03-01T12:00:00Z","access":"open"}]}`, "phases[0].closesAt", "not after its opening"},
		"no end in the middle": {`{"phases":[{"name":"A","opensAt":"2027-03-01T09:00:00Z","access":"open"},` + presale + `]}`, "phases[0].closesAt", "only the last phase may stay open"},
		"no opening":           {`{"phases":[{"name":"A","access":"open"}]}`, "phases[0].opensAt", "has no opensAt"},
		"no name":              {`{"phases":[{"name":" ","opensAt":"2027-03-01T09:00:00Z","access":"open"}]}`, "phases[0].name", "the name of phase 1"},
		"unknown access":       {`{"phases":[{"name":"A","opensAt":"2027-03-01T09:00:00Z","access":"members"}]}`, "phases[0].access", `"members"`},
		"unknown field":        {`{"phases":[{"name":"A","opens":"2027-03-01T09:00:00Z","access":"open"}]}`, "phases", `no field "opens"`},
		"null":                 {`{"phases":null}`, "phases", "cannot be null"},
		"a text":               {`{"phases":"all"}`, "phases", "not a string"},
		"another opening":      {`{"phases":[` + presale + `],"opensAt":"2027-03-01T09:00:00Z"}`, "opensAt", "opening of the first phase"},
		"the same opening":     {`{"phases":[` + presale + `],"opensAt":"2027-03-01T10:00:00Z","closesAt":"2027-03-01T12:00:00Z"}`, "", ""},
		"eleven":               {`{"phases":[` + strings.Repeat(presale+",", 10) + presale + `]}`, "phases", "at most 10"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := base.patched([]byte(c.patch))
			var f *fault.Error
			errors.As(err, &f)
			if c.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			for _, field := range f.Fields {
				if field.Field == c.field && strings.Contains(field.Problem, c.problem) {
					return
				}
			}
			t.Errorf("%+v", f)
		})
	}
}

func TestASeasonOpensAndClosesWithItsPhases(t *testing.T) {
	first, err := DefaultSettings("demo").patched([]byte(`{"phases":[{"name":"A","opensAt":"2027-03-01T10:00:00Z","closesAt":"2027-03-01T12:00:00Z","access":"code"},
		{"name":"B","opensAt":"2027-03-02T10:00:00Z","closesAt":"2027-03-02T12:00:00Z","access":"open"}]}`))
	if err != nil || timeText(first.OpensAt) != "2027-03-01T10:00:00Z" || timeText(first.ClosesAt) != "2027-03-02T12:00:00Z" {
		t.Fatalf("%+v %v", first, err)
	}
	// The times that the season had are no contradiction: a form sends them back.
	next, err := first.patched([]byte(`{"opensAt":"2027-03-01T10:00:00Z","phases":[{"name":"A","opensAt":"2027-03-01T11:00:00Z","access":"code"}]}`))
	if err != nil || timeText(next.OpensAt) != "2027-03-01T11:00:00Z" || next.ClosesAt != nil {
		t.Fatalf("%+v %v", next, err)
	}
	if timeText(first.Phases[0].OpensAt) != "2027-03-01T10:00:00Z" || len(first.Phases) != 2 {
		t.Errorf("a change writes into the settings before it: %+v", first.Phases)
	}
}
