package booking

import (
	"testing"

	"usher/internal/store"
)

// Trial is the crash matrix of TestDyingBeforeEachStep for a provider that lies
// outside this package, with hooks for what its network does meanwhile.
type Trial struct {
	Stores   *store.Stores
	Provider Provider
	Method   string
	Token    string
	Declines bool
	Seats    int
	Steps    []Step // before which nodes die; nil: all

	Before, Heal, After func()                                // each purchase; before the fan asks again; after all
	Listen              func(nudge func(charge string) error) // is given the ear of a living node
}

// Run returns how many purchases were made.
func (tr Trial) Run(t *testing.T) int {
	d := &deaths{
		stage: newStagePaid(t, tr.Stores, tr.Seats, 4500, tr.Method, tr.Provider),
		token: tr.Token, declines: tr.Declines, seats: tr.Seats, steps: tr.Steps,
		before: tr.Before, heal: tr.Heal, after: tr.After,
	}
	if tr.Listen != nil {
		tr.Listen(func(charge string) error { return d.third.Nudge(d.ctx, charge) })
	}
	d.run(t)
	return d.next / 2
}
