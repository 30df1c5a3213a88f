package booking

import (
	"errors"
	"fmt"
)

// Step names a point of a purchase before which a process may die.
type Step string

// The steps of a purchase, in order. Claim and Ticket come once for each seat, though
// one call may take them for all.
const (
	StepEnter    Step = "enter"    // the entry in pending, before anything
	StepBegin    Step = "begin"    // the transaction
	StepPin      Step = "pin"      // the holds are pinned
	StepClaim    Step = "claim"    // a seat's claim
	StepTake     Step = "take"     // the seats are marked taken in Redis
	StepCharge   Step = "charge"   // the provider is asked for the money
	StepClose    Step = "close"    // to cancel: the payment is closed at the provider
	StepDecide   Step = "decide"   // the decision
	StepTicket   Step = "ticket"   // captured: a seat's ticket
	StepBook     Step = "book"     // captured: the seats' status
	StepComplete Step = "complete" // captured: the transaction's status
	StepMirror   Step = "mirror"   // captured: Redis shows it, the buyer hears of it
	StepRevoke   Step = "revoke"   // cancelled: the transaction's status
	StepClear    Step = "clear"    // cancelled: marks and pins leave Redis, the buyer hears of it
	StepReturn   Step = "return"   // cancelled: money that came all the same goes back
	StepRecord   Step = "record"   // the feed's event
	StepLeave    Step = "leave"    // the entry in pending is removed
)

// Steps lists every step, so that a test can die at each.
func Steps() []Step {
	return []Step{
		StepEnter, StepBegin, StepPin, StepClaim, StepTake, StepCharge, StepClose, StepDecide,
		StepTicket, StepBook, StepComplete, StepMirror, StepRevoke, StepClear, StepReturn, StepRecord, StepLeave,
	}
}

// The steps of a refund, in order. Void comes once for each seat.
const (
	StepRefundEnter  Step = "refund-enter"  // the entry in pending, before anything
	StepRefundBegin  Step = "refund-begin"  // the refund
	StepRefundVoid   Step = "refund-void"   // a ticket's stamp
	StepRefundDecide Step = "refund-decide" // the decision
	StepRefundShow   Step = "refund-show"   // the status of tickets, transaction and seats
	StepRefundClear  Step = "refund-clear"  // the seats are free in Redis, the fan hears of it
	StepRefundRecord Step = "refund-record" // the feed's event
	StepRefundReturn Step = "refund-return" // the money goes back
	StepRefundLeave  Step = "refund-leave"  // the entry in pending is removed
)

// RefundSteps lists every step of a refund, so that a test can die at each.
func RefundSteps() []Step {
	return []Step{
		StepRefundEnter, StepRefundBegin, StepRefundVoid, StepRefundDecide,
		StepRefundShow, StepRefundClear, StepRefundRecord, StepRefundReturn, StepRefundLeave,
	}
}

// errCrash is how a purchase stops when Options.At says so: on the spot, with
// nothing tidied up.
var errCrash = errors.New("booking: died")

func (b *Booking) at(step Step, s *sale) error {
	if b.o.At == nil {
		return nil
	}
	if err := b.o.At(step, s.ID.Hex()); err != nil {
		return fmt.Errorf("%w before %s: %w", errCrash, step, err)
	}
	return nil
}

// atEach asks At about a step that comes once for each seat and is taken for all
// of them in one call. A store may have done any first part of a call whose caller
// dies: reached is for how many seats the step is taken before that.
func (b *Booking) atEach(step Step, s *sale) (reached int, death error) {
	for reached = range s.Seats {
		if err := b.at(step, s); err != nil {
			return reached, err
		}
	}
	return len(s.Seats), nil
}
