package linear

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkTime is how long the search for an explanation may take. It is found, or
// found not to be there, within a second or so; a machine may be busy.
const checkTime = 2 * time.Minute

// Check fails the test when what was recorded has no explanation. The failure
// names the picture that porcupine drew of it: a page for a browser.
func Check(t testing.TB, rules Rules, ops []Op) {
	t.Helper()
	if complaint := Judge(rules, ops); complaint != nil {
		t.Error(complaint)
	}
}

// Violation says that a recording has no explanation.
type Violation struct {
	Seat    string // "": the house as a whole
	Picture string // path of a page that shows how far an explanation comes
	Problem string
	Ops     []Op
}

func (v *Violation) Error() string {
	what := "the house"
	if v.Seat != "" {
		what = "seat " + v.Seat
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s. Picture: %s\n", what, v.Problem, v.Picture)
	for i := range v.Ops {
		o := &v.Ops[i]
		end := "…"
		if o.Return != Forever {
			end = o.Return.Round(time.Microsecond).String()
		}
		fmt.Fprintf(&b, "  %10v – %-10s client %d: %s\n", o.Call.Round(time.Microsecond), end, o.Client, o)
	}
	return b.String()
}

// Judge looks for an explanation of a recording: of the house as a whole where it
// is small, and of each of its seats. It returns the first violation, nil when
// there is none.
func Judge(rules Rules, ops []Op) *Violation {
	if len(rules.Seats) <= MaxSeats {
		if v := judge(rules, ops, -1); v != nil {
			return v
		}
		return nil
	}
	for i := range rules.Seats {
		if v := judge(rules, ops, i); v != nil {
			return v
		}
	}
	return nil
}

func judge(rules Rules, ops []Op, alone int) *Violation {
	m := newModel(rules, alone)
	history := m.operations(ops)
	model := m.porcupine()
	result, info := porcupine.CheckOperationsVerbose(model, history, checkTime)
	if result == porcupine.Ok {
		return nil
	}
	v := &Violation{Problem: "no order of these acts explains what they were answered", Ops: told(m, ops)}
	if result == porcupine.Unknown {
		v.Problem = fmt.Sprintf("no explanation found in %v", checkTime)
	}
	if alone >= 0 {
		v.Seat = rules.Seats[alone]
	}
	if picture, err := os.CreateTemp("", "usher-history-*.html"); err == nil {
		v.Picture = picture.Name()
		if err := porcupine.Visualize(model, info, picture); err != nil {
			v.Picture += " (incomplete: " + err.Error() + ")"
		}
		_ = picture.Close()
	}
	return v
}

// told are the operations that say anything of what a model judges.
func told(m *model, ops []Op) []Op {
	if m.alone < 0 {
		return ops
	}
	var some []Op
	for _, o := range ops {
		if len(m.places(o.Seats))+len(m.places(o.Blocked))+len(m.places(o.Cart)) > 0 {
			some = append(some, o)
		}
	}
	return some
}
