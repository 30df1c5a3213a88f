package linear

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkTime is how long one search for an explanation may take. Most take
// milliseconds; where many answers were lost it may be hours.
const checkTime = 5 * time.Second

// Depth is how thoroughly a recording was judged.
type Depth int

// The depths.
const (
	Unjudged Depth = iota // no explanation was found in time, nor that there is none
	BySeat                // each seat by itself
	Whole                 // the house as a whole
)

// Check fails the test when what was recorded has no explanation, and says how
// thoroughly it looked. The failure names the picture that porcupine drew: a page
// for a browser.
func Check(t testing.TB, rules Rules, ops []Op) Depth {
	t.Helper()
	depth, violation := Judge(rules, ops)
	if violation != nil {
		t.Error(violation)
	}
	return depth
}

// Violation says that a recording has no explanation.
type Violation struct {
	Seat    string // "": the house as a whole
	Picture string // path of a page that shows how far an explanation comes
	Ops     []Op
	Comes   string // how far the longest explanation comes
}

func (v *Violation) Error() string {
	what := "the house"
	if v.Seat != "" {
		what = "seat " + v.Seat
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: no order of these acts explains what they were answered. Picture: %s\n", what, v.Picture)
	for i := range v.Ops {
		o := &v.Ops[i]
		end := "…"
		if o.Return != Forever {
			end = o.Return.Round(time.Microsecond).String()
		}
		fmt.Fprintf(&b, "  %10v – %-10s client %d: %s\n", o.Call.Round(time.Microsecond), end, o.Client, o)
	}
	return b.String() + v.Comes
}

// Judge looks for an explanation of a recording: of the house as a whole where it
// is small, else, or when that takes too long, of each of its seats. It returns the
// first violation, nil when there is none.
func Judge(rules Rules, ops []Op) (Depth, *Violation) {
	if len(rules.Seats) <= MaxSeats {
		if result, violation := judge(rules, ops, -1); result != porcupine.Unknown {
			return Whole, violation
		}
	}
	depth := BySeat
	for i := range rules.Seats {
		result, violation := judge(rules, ops, i)
		if violation != nil {
			return BySeat, violation
		}
		if result == porcupine.Unknown {
			depth = Unjudged
		}
	}
	return depth, nil
}

func judge(rules Rules, ops []Op, alone int) (porcupine.CheckResult, *Violation) {
	m := newModel(rules, alone)
	history := m.operations(ops)
	model := m.porcupine()
	result, info := porcupine.CheckOperationsVerbose(model, history, checkTime)
	if result != porcupine.Illegal {
		return result, nil
	}
	v := &Violation{Ops: told(m, ops), Comes: m.comesTo(info)}
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
	return result, v
}

// comesTo says how far the longest explanation comes: the house as it is then, and
// the operations that would have to be next and cannot.
func (m *model) comesTo(info porcupine.LinearizationInfo) string {
	var longest []porcupine.Operation
	for _, partition := range info.PartialLinearizationsOperations() {
		for _, order := range partition {
			if len(order) > len(longest) {
				longest = order
			}
		}
	}
	states := []house{{}}
	var b strings.Builder
	fmt.Fprintf(&b, "the longest explanation, %d acts, ends so:\n", len(longest))
	for i, operation := range longest {
		var next []house
		for _, h := range states {
			for _, after := range m.step(h, operation.Input.(*input)) {
				if !slices.Contains(next, after) {
					next = append(next, after)
				}
			}
		}
		states = next
		if i >= len(longest)-8 {
			fmt.Fprintf(&b, "  %s\n", operation.Input.(*input).op)
		}
	}
	for i, h := range states {
		if i == 4 {
			fmt.Fprintf(&b, "  … or one of %d more\n", len(states)-i)
			break
		}
		fmt.Fprintf(&b, "  and the house is: %s\n", m.describe(h))
	}
	return b.String()
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
