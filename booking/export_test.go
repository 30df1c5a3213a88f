package booking

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/store"
)

// Trial is the crash matrix of TestCrashBeforeEachStep for a provider outside this package,
// with hooks for faults of its network.
type Trial struct {
	Stores   *store.Stores
	Provider payment.Provider
	Method   string
	Token    string
	Declines bool
	Seats    int
	Steps    []Step // before which nodes crash; nil: all

	Visit               func(url string) error                    // what fans do at the payment page; nil: there is none
	Before, Heal, After func()                                    // each purchase; before the fan asks again; after all
	Listen              func(reconcile func(charge string) error) // receives Reconcile of a running node
}

// Run returns how many purchases were made.
func (tr Trial) Run(t *testing.T) int {
	d := &crashMatrix{
		stage: newStagePaid(t, tr.Stores, tr.Seats, 4500, tr.Method, tr.Provider),
		token: tr.Token, declines: tr.Declines, seats: tr.Seats, steps: tr.Steps,
		visit: tr.Visit, before: tr.Before, heal: tr.Heal, after: tr.After,
	}
	if tr.Listen != nil {
		tr.Listen(func(charge string) error { return d.third.Reconcile(d.ctx, charge) })
	}
	d.run(t)
	return d.next / 2
}

// RunRefunds refunds one of two seats, again and again, while a node crashes before the
// steps around the money, and compares the remaining money with the price of the other
// seat. Half of a charge can be returned twice by mistake, a whole charge cannot.
func (tr Trial) RunRefunds(t *testing.T) {
	s := newStagePaid(t, tr.Stores, tr.Seats, 4500, tr.Method, tr.Provider)
	giver := &crash{}
	mortal, other := s.node(func(o *Options) { o.At = giver.at }), s.node(nil)
	for i, step := range []Step{"", StepRefundDecide, StepRefundReturn, StepRefundLeave} {
		fan, seats := s.fan(), []string{fmt.Sprintf("A-%d", 2*i+1), fmt.Sprintf("A-%d", 2*i+2)}
		s.hold(other, fan, seats...)
		bought, err := other.Buy(s.ctx, s.request(fan, "k", tr.Token, seats...))
		wantStatus(t, bought, err, Completed)
		tr.Before()
		giver.kill(step, 1)
		_, _ = mortal.Refund(s.ctx, fan, bought.ID, seats[:1])
		s.waitRefunds(mortal)
		for try := 0; try < 5 && s.count(pendingName, bson.D{}) > 0; try++ {
			s.recover(other) // the provider's answers were lost
		}
		tr.Heal()
		tr.After()
		s.recover(other)
		s.wantPending(0)
		s.wantHeld(bought.ID, 4500)
	}
	s.wantClean(other)
}
