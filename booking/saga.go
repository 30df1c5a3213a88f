package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/payment"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
)

// saga is one purchase under way on this node: the only one, on any node, that
// may ask for its money. It goes through the steps in order, each of which may be
// done again by recovery, here or elsewhere, at any time.
type saga struct {
	b       *Booking
	order   *order
	payment payment.Details

	begun chan struct{} // closed once the transaction is inserted
	done  chan struct{} // closed at the end; guards what follows

	duplicate   bool        // another call had begun this transaction already
	transaction Transaction // when err is nil
	err         error
}

// run goes through the purchase until it is settled, refused, or out of this
// node's hands.
func (s *saga) run(ctx context.Context) {
	defer close(s.done)
	known, err := s.begin(ctx)
	if known || err != nil {
		s.duplicate, s.err = known, err
		return
	}
	close(s.begun)
	if err := s.reserveSeats(ctx); err != nil {
		s.cancelUnpaid(ctx, err)
		return
	}
	d, err := s.pay(ctx)
	if err != nil {
		s.leaveToRecovery(err)
		return
	}
	s.settle(ctx, d, nil)
}

// begin enters the purchase and its transaction. known says that the transaction
// was there.
func (s *saga) begin(ctx context.Context) (known bool, err error) {
	if err := s.b.at(StepEnter, s.order); err != nil {
		return false, err
	}
	if err := s.b.enterPending(ctx, s.order); err != nil {
		return false, err
	}
	if err := s.b.at(StepBegin, s.order); err != nil {
		return false, err
	}
	_, err = s.b.o.Mongo.Collection(transactionsName).InsertOne(ctx, s.order)
	if mongo.IsDuplicateKeyError(err) {
		return true, nil
	}
	return false, err
}

// reserveSeats makes the seats the sale's own: pinned, claimed, marked.
func (s *saga) reserveSeats(ctx context.Context) error {
	if err := s.b.at(StepPin, s.order); err != nil {
		return err
	}
	if err := s.b.pin(ctx, s.order, pinTime); err != nil {
		return err
	}
	if err := s.b.claimSeats(ctx, s.order); err != nil {
		return err
	}
	if err := s.b.at(StepTake, s.order); err != nil {
		return err
	}
	return s.b.take(ctx, s.order)
}

// pay asks for the money and decides by the answer. An error means that nothing
// is decided, or not by this node.
func (s *saga) pay(ctx context.Context) (*decision, error) {
	if s.order.Total == 0 {
		return s.b.decide(ctx, s.order, captured, "")
	}
	if err := s.b.at(StepCharge, s.order); err != nil {
		return nil, err
	}
	charging, cancel := context.WithTimeout(ctx, s.b.purchases.chargeTime)
	outcome, err := s.b.o.Provider.Charge(charging, payment.Charge{
		ID: s.order.ID.Hex(), Amount: s.order.Total, Currency: s.order.Currency, Details: s.payment,
	})
	cancel()
	if err != nil {
		return nil, err
	}
	if outcome == payment.Captured {
		return s.b.decide(ctx, s.order, captured, "")
	}
	reason := reasonUnavailable
	if outcome == payment.Declined {
		reason = reasonDeclined
	}
	return s.b.cancel(ctx, s.order, reason, true)
}

// cancelUnpaid ends a purchase whose seats could not be had. The provider was not
// asked and will not be, so there is nothing to close there.
func (s *saga) cancelUnpaid(ctx context.Context, cause error) {
	if errors.Is(cause, errCrash) {
		s.leaveToRecovery(cause)
		return
	}
	var taken *takenError
	if errors.As(cause, &taken) {
		s.b.markForOwner(ctx, s.order.Season, &taken.by)
		cause = taken.fault()
	}
	reason := string(fault.CodeOf(store.Fault(cause)))
	if !keyMayRetry(reason) {
		reason = reasonUnavailable
	}
	d, err := s.b.cancel(ctx, s.order, reason, false)
	if err != nil {
		s.leaveToRecovery(err)
		s.err = cause
		return
	}
	if errors.Is(cause, seats.ErrNotOnSale) {
		// Another plan came between looking and pinning, in which these seats may be as
		// they were: the buyer need not try again by hand.
		cause = errNextAttempt
	}
	s.settle(ctx, d, cause)
}

// settle derives everything from the decision and answers the buyer. A step that
// fails is recovery's: the decision stands, and the entry in pending remains.
func (s *saga) settle(ctx context.Context, d *decision, cause error) {
	t, err := s.b.settle(ctx, s.order, d)
	if errors.Is(err, errCrash) {
		s.err = err
		return
	}
	if err != nil {
		s.b.log.Warn("a purchase is decided and not settled yet", "transaction", s.order.ID.Hex(), "outcome", d.Outcome, "error", err)
		s.b.purchases.recoverSoon(s.order.ID)
	}
	switch {
	case d.Outcome == captured:
		s.transaction = t
	case d.Reason == reasonDeclined:
		s.err = errDeclined()
	case cause != nil:
		s.err = cause
	default:
		s.err = errNothingBought()
	}
}

// leaveToRecovery ends this node's part in a purchase whose outcome it does not
// know. The buyer hears that it is pending.
func (s *saga) leaveToRecovery(cause error) {
	s.transaction = s.order.transaction(nil)
	if errors.Is(cause, errCrash) {
		s.err = cause
		return
	}
	s.b.log.Warn("a purchase is left to recovery", "transaction", s.order.ID.Hex(), "error", cause)
	s.b.purchases.recoverSoon(s.order.ID)
}

// wait returns the purchase's result, or what is known of it when until ends.
func (s *saga) wait(until context.Context) (Transaction, error) {
	select {
	case <-s.done:
		return s.transaction, s.err
	case <-until.Done():
	}
	select {
	case <-s.begun:
		return s.order.transaction(nil), nil
	default:
		return Transaction{}, until.Err()
	}
}

func errDeclined() error {
	return fault.New(fault.PaymentDeclined, "the payment was declined; no money was taken")
}

func errNothingBought() error {
	return fault.New(fault.Unavailable, "the payment could not be made; no money was taken, try again")
}

// pinTime is how long a pinned hold lives: past any recovery, so that the seats
// are still the fan's when a purchase that died early is taken back. While a provider
// is silent recovery sets it anew.
const pinTime = 10 * time.Minute

// graceTime is the least a fan has left in the cart after its first refusal.
const graceTime = time.Minute

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

func (b *Booking) at(step Step, o *order) error {
	if b.o.At == nil {
		return nil
	}
	if err := b.o.At(step, o.ID.Hex()); err != nil {
		return fmt.Errorf("%w before %s: %w", errCrash, step, err)
	}
	return nil
}

// atEach asks At about a step that comes once for each seat and is taken for all
// of them in one call. A store may have done any first part of a call whose caller
// dies: reached is for how many seats the step is taken before that.
func (b *Booking) atEach(step Step, o *order) (reached int, death error) {
	for reached = range o.Seats {
		if err := b.at(step, o); err != nil {
			return reached, err
		}
	}
	return len(o.Seats), nil
}
