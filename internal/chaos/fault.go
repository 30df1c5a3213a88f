package chaos

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"usher/internal/testkit"
)

// Fault is a row of the table.
type Fault struct {
	ID    string // short, for the command line and the names of tests
	Name  string // what happens
	Means string // to fans and to the operator: whole sentences, for the document
	Stage Stage
	Cause func(s *Sale) // causes the fault, by Sale.during
}

// Outcome is what a run of a fault has shown. One goroutine reads it, after the run.
type Outcome struct {
	Rounds   int           // how often the fault was caused
	Lasted   time.Duration // the longest round
	Healed   time.Duration // after the end of the fault, in the slowest round
	Last     string        // the kind of request that succeeded last in that round
	Works    []string      // the kinds of requests that succeeded while the fault lasted, in the slowest round
	Refused  int64         // requests that got "unavailable" or no answer, all rounds together
	Answered int64         // requests that got their answer, in the whole run
	Visits   int64
	Bought   int64
	Audits   int            // how many audits ran
	Dirty    []string       // what audits found
	Lost     []string       // what was lost, and other violations; empty: nothing
	Known    map[string]int // what was lost as docs/operating.md says it may be
	Notes    []string       // figures of the fault's own
	Took     time.Duration  // the whole run

	Say      func(step string) // is told each step of the run; nil: not told
	Progress func(text string) // is told once a second how far the crowd has come; nil: not told
}

// Faults is the table, in the order of the document.
func Faults() []Fault {
	return slices.Concat(nodeFaults(), redisFaults(), linkFaults(), crowdFaults(), ServerFaults("redis"))
}

// Named finds a fault by its id.
func Named(id string) (Fault, bool) {
	all := Faults()
	if i := slices.IndexFunc(all, func(f Fault) bool { return f.ID == id }); i >= 0 {
		return all[i], true
	}
	return Fault{}, false
}

// Run plays a fault on a sale of its own and fills in the outcome. Everything that was
// lost, and every audit that is not clean, fails t too.
func Run(t testing.TB, f Fault, form Form, out *Outcome) {
	t.Helper()
	began := time.Now()
	defer func() { out.Took = time.Since(began) }()
	s := open(t, f, form, out)
	defer func() {
		out.Answered, out.Visits, out.Bought = s.answered.Load(), s.visits.Load(), s.bought.Load()
	}()
	f.Cause(s)
	s.wantEnd()
	if n := s.cancelled.Load(); n > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d purchases cancelled, not charged and reported so", n))
	}
}

// during causes a fault and waits until it is healed and the line moves.
func (s *Sale) during(what string, cause func()) {
	s.t.Helper()
	s.say("%s", what)
	refused := s.refused.Load()
	s.healing.begins()
	cause()
	lasted := s.healing.ends()
	s.say("the fault is over after %v; waiting until all is healed", lasted.Round(time.Millisecond))
	if !testkit.Within(2*time.Minute, func() bool {
		s.stopIfViolated()
		return len(s.healing.missing()) == 0
	}) {
		s.violated("two minutes after the fault these requests do not succeed: %v", s.healing.missing())
		s.t.FailNow()
	}
	s.underway()
	took, last := s.healing.took()
	s.say("healed after %v (%s was last)", took.Round(time.Millisecond), last)
	s.out.Rounds++
	s.out.Refused += s.refused.Load() - refused
	s.out.Lasted = max(s.out.Lasted, lasted)
	if took > s.out.Healed {
		s.out.Healed, s.out.Last, s.out.Works = took, last, s.healing.worked()
	}
}

// bites waits until the fault that is under way has made requests fail.
func (s *Sale) bites() {
	s.t.Helper()
	before := s.refused.Load()
	testkit.Eventually(s.t, 30*time.Second, "the fault makes a request fail", func() bool { return s.refused.Load() > before })
}

// lasts waits, and fails the run if something was lost in that time.
func (s *Sale) lasts(d time.Duration) {
	s.t.Helper()
	s.pause(d)
	s.stopIfViolated()
}
