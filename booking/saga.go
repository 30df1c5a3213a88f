package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/payment"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
)

// saga is one order in flight on the node that began it, the only node that may charge it.
// It runs the steps in order. Recovery may repeat each step, on any node and at any time.
type saga struct {
	b       *Booking
	order   *order
	payment payment.Details
	terms   payment.Terms // when the payment may open a page

	begun chan struct{} // closed once the transaction is inserted
	done  chan struct{} // closed at the end; guards the fields below

	duplicate   bool        // the transaction existed already: another node has begun it
	transaction Transaction // when err is nil
	err         error
}

// run runs the steps until the order is settled, refused, or left to recovery.
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
	switch {
	case err != nil:
		s.leaveToRecovery(ctx, err)
	case d == nil:
		s.waitAtPage(ctx)
	default:
		s.settle(ctx, d, nil)
	}
}

// begin inserts the entry and the transaction. known says that the transaction existed
// already.
func (s *saga) begin(ctx context.Context) (known bool, err error) {
	if err := s.b.step(ctx, StepEnter, s.order, s.b.enterPending); err != nil {
		return false, err
	}
	err = s.b.step(ctx, StepBegin, s.order, func(ctx context.Context, o *order) error {
		_, err := s.b.o.Mongo.Collection(transactionsName).InsertOne(ctx, o)
		if known = mongo.IsDuplicateKeyError(err); known {
			return nil
		}
		return err
	})
	return known, err
}

// reserveSeats reserves the order's seats: pins the holds (at the desk: marks free seats),
// inserts the claims, marks the seats. For a payment that may open a page it reads the cart's end.
func (s *saga) reserveSeats(ctx context.Context) error {
	err := s.b.step(ctx, StepPin, s.order, func(ctx context.Context, o *order) error {
		if o.Desk != nil {
			return s.b.reserve(ctx, o)
		}
		return s.b.pin(ctx, o, pinTime)
	})
	if err != nil {
		return err
	}
	if err := s.b.traced(ctx, StepClaim, s.order, s.b.claimSeats); err != nil {
		return err
	}
	if err := s.b.step(ctx, StepTake, s.order, s.b.take); err != nil {
		return err
	}
	if s.order.atProvider() && s.b.provider(s.order.Season).MayOpenPage(s.payment) {
		s.terms, err = s.b.terms(ctx, s.order)
	}
	return err
}

// pay charges the order and decides by the outcome; nil when the payment continues on a
// page. After an error there is no decision of this node.
func (s *saga) pay(ctx context.Context) (*decision, error) {
	if !s.order.atProvider() {
		return s.b.decide(ctx, s.order, captured, "")
	}
	var outcome payment.Outcome
	err := s.b.step(ctx, StepCharge, s.order, func(ctx context.Context, o *order) (err error) {
		ctx, cancel := context.WithTimeout(ctx, s.b.purchases.chargeTime)
		defer cancel()
		outcome, err = s.b.provider(s.order.Season).Charge(ctx, payment.Charge{
			ID: o.ID.Hex(), Amount: o.Total, Currency: o.Currency, Details: s.payment,
			Lines: s.b.paymentLines(ctx, o), Terms: s.terms,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	switch outcome {
	case payment.Captured:
		return s.b.decide(ctx, s.order, captured, "")
	case payment.Waiting:
		return nil, nil
	case payment.Processing:
		return nil, errProcessing
	}
	reason := reasonUnavailable
	if outcome == payment.Declined {
		reason = reasonDeclined
	}
	return s.b.cancel(ctx, s.order, reason, true)
}

// cancelUnpaid cancels an order whose seats could not be reserved. The provider was not
// asked, so there is no payment to close.
func (s *saga) cancelUnpaid(ctx context.Context, cause error) {
	if errors.Is(cause, errCrash) {
		s.leaveToRecovery(ctx, cause)
		return
	}
	var taken *takenError
	if errors.As(cause, &taken) {
		cause = taken.fault(s.order.User)
		if s.order.Desk == nil {
			s.b.markForOwner(ctx, s.order.Season, taken)
		} else {
			// The seat has the mark of this order until it is settled.
			defer s.b.markForOwner(ctx, s.order.Season, taken)
		}
	}
	reason := string(fault.CodeOf(store.Fault(cause)))
	if !keyMayRetry(reason) {
		reason = reasonUnavailable
	}
	d, err := s.b.cancel(ctx, s.order, reason, false)
	if err != nil {
		s.leaveToRecovery(ctx, err)
		s.err = cause
		return
	}
	if errors.Is(cause, seats.ErrNotOnSale) || s.order.chosen && fault.Is(cause, fault.SeatTaken) {
		// A new plan was published between the draft and the pin, and may have these seats
		// unchanged; or a fan took a seat that the server chose: try again without asking
		// the buyer.
		cause = errNextAttempt
	}
	s.settle(ctx, d, cause)
}

// settle runs the steps after the decision and answers the buyer. Recovery repeats a failed
// step: the decision stays, and so does the entry in pending.
func (s *saga) settle(ctx context.Context, d *decision, cause error) {
	t, err := s.b.settle(ctx, s.order, d)
	if errors.Is(err, errCrash) {
		s.err = err
		return
	}
	if err != nil {
		s.b.log.WarnContext(ctx, "purchase: settling a decided order failed: recovery tries again", "transaction", s.order.ID.Hex(), "outcome", d.Outcome, "error", err)
		s.b.purchases.recoverSoon(s.order.ID, false)
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

// leaveToRecovery ends the saga of an order whose outcome is unknown. The answer to the
// buyer is pending.
func (s *saga) leaveToRecovery(ctx context.Context, cause error) {
	s.transaction = s.order.transaction(nil)
	if errors.Is(cause, errCrash) {
		s.err = cause
		return
	}
	s.b.log.WarnContext(ctx, "purchase: the outcome is unknown: recovery continues", "transaction", s.order.ID.Hex(), "error", cause)
	s.b.purchases.recoverSoon(s.order.ID, false)
}

// wait returns the order's result, or its present state when until ends.
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

// errProcessing leaves an order to recovery while the provider works on its payment.
var errProcessing = errors.New("booking: the provider is still processing the payment")

func errDeclined() error {
	return fault.New(fault.PaymentDeclined, "the payment was declined; no money was taken")
}

func errNothingBought() error {
	return fault.New(fault.Unavailable, "the payment could not be made; no money was taken, try again")
}

// pinTime is how long a pinned hold lives: longer than any recovery, so that the fan still
// has the seats when an unfinished order is cancelled. While a provider does not answer,
// recovery extends it.
const pinTime = 10 * time.Minute

// graceTime is the least time that a fan has left in the cart after its first declined
// payment.
const graceTime = time.Minute

// Step names a point of an order before which a process may die.
type Step string

// The steps of an order. Claim and Ticket occur once per seat, though one call may take
// them for all seats.
const (
	StepEnter    Step = "enter"    // the entry in pending, before anything
	StepBegin    Step = "begin"    // the transaction
	StepPin      Step = "pin"      // pinning the holds; of a sale at the desk reserving the seats
	StepClaim    Step = "claim"    // a seat's claim
	StepTake     Step = "take"     // marking the seats taken in Redis
	StepCharge   Step = "charge"   // the charge
	StepOpen     Step = "open"     // the session at the provider is open: writing its page into the transaction
	StepWait     Step = "wait"     // waiting for the fan: pinning the holds until the page ends
	StepClose    Step = "close"    // before cancelling: closing the payment at the provider
	StepDecide   Step = "decide"   // the decision
	StepTicket   Step = "ticket"   // captured: a seat's ticket
	StepBook     Step = "book"     // captured: the seats' status
	StepComplete Step = "complete" // captured: the transaction's status
	StepMark     Step = "mark"     // captured: marking the seats sold in Redis, notifying the buyer
	StepRevoke   Step = "revoke"   // cancelled: the transaction's status
	StepClear    Step = "clear"    // cancelled: removing marks and pins from Redis, notifying the buyer
	StepReturn   Step = "return"   // cancelled: returning money that was captured nevertheless
	StepRecord   Step = "record"   // the feed's event
	StepLeave    Step = "leave"    // removing the entry in pending
)

// Steps lists every step, so that a test can crash before each.
func Steps() []Step {
	return []Step{
		StepEnter, StepBegin, StepPin, StepClaim, StepTake, StepCharge, StepOpen, StepWait, StepClose, StepDecide,
		StepTicket, StepBook, StepComplete, StepMark, StepRevoke, StepClear, StepReturn, StepRecord, StepLeave,
	}
}

// The steps of a refund. Void occurs once per seat.
const (
	StepRefundEnter  Step = "refund-enter"  // the entry in pending, before anything
	StepRefundBegin  Step = "refund-begin"  // the refund
	StepRefundVoid   Step = "refund-void"   // a ticket's void
	StepRefundDecide Step = "refund-decide" // the decision
	StepRefundShow   Step = "refund-show"   // the status of tickets, transaction and seats
	StepRefundClear  Step = "refund-clear"  // freeing the seats in Redis, notifying the fan
	StepRefundRecord Step = "refund-record" // the feed's event
	StepRefundReturn Step = "refund-return" // returning the money
	StepRefundLeave  Step = "refund-leave"  // removing the entry in pending
)

// RefundSteps lists every step of a refund, so that a test can crash before each.
func RefundSteps() []Step {
	return []Step{
		StepRefundEnter, StepRefundBegin, StepRefundVoid, StepRefundDecide,
		StepRefundShow, StepRefundClear, StepRefundRecord, StepRefundReturn, StepRefundLeave,
	}
}

// errCrash stops an order at once, without cleaning up, when Options.At returns an error:
// tests crash a node before a step this way. In production At is nil.
var errCrash = errors.New("booking: crashed by a test")

// at calls Options.At before a step.
func (b *Booking) at(step Step, o *order) error {
	return b.atID(step, o.ID)
}

// atID is at for an order, or a change of allotments, by its id.
func (b *Booking) atID(step Step, id bson.ObjectID) error {
	if b.o.At == nil {
		return nil
	}
	if err := b.o.At(step, id.Hex()); err != nil {
		return fmt.Errorf("%w before %s: %w", errCrash, step, err)
	}
	return nil
}

// atEach calls At once per seat, for a step that one call takes for all seats. The store
// may have executed part of a call whose caller dies: reached is the number of seats for
// which the step is taken before the crash.
func (b *Booking) atEach(step Step, o *order) (reached int, death error) {
	for reached = range o.Seats {
		if err := b.at(step, o); err != nil {
			return reached, err
		}
	}
	return len(o.Seats), nil
}
