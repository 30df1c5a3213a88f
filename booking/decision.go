package booking

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
)

// decision ends an order, a refund or a change of allotments. The first insert decides and is final. Every later
// step is derived from the decision and may run again.
type decision struct {
	ID      bson.ObjectID   `bson:"_id"` // the order's, the refund's or the change's
	Season  string          `bson:"season"`
	Outcome decisionOutcome `bson:"outcome"`
	Reason  string          `bson:"reason"` // why cancelled
	At      time.Time       `bson:"at"`     // the tickets' time of issue, too

	// By and Why are who of the box office cancelled an order that was not paid, and the
	// reason given; "" when the box office did not.
	By  string `bson:"by,omitempty"`
	Why string `bson:"why,omitempty"`
}

// decisionOutcome is how an order, a refund or a change ends.
type decisionOutcome string

const (
	captured  decisionOutcome = "captured" // the money is captured, or the order was free
	cancelled decisionOutcome = "cancelled"
	refunded  decisionOutcome = "refunded"  // of a refund: the tickets are void, the money is owed
	moved     decisionOutcome = "moved"     // of a move: the old ticket is void, the new seat has one
	abandoned decisionOutcome = "abandoned" // of a refund: a ticket was used before; of a move: or the new seat was not to be had. Nothing changes
	applied   decisionOutcome = "applied"   // of a change of allotments: its claims count
	announced decisionOutcome = "announced" // of a cancelled show: the feed has its event
)

// sells reports whether a decision, of an order or of a move, gives its seats to the buyer.
func (d *decision) sells() bool { return d != nil && (d.Outcome == captured || d.Outcome == moved) }

// voids reports whether a decision, of a refund or of a move, makes its voids count.
func (d *decision) voids() bool { return d != nil && (d.Outcome == refunded || d.Outcome == moved) }

// refusalReasons are the reasons for which an order ends before its buyer has seen a
// transaction. The same key may then try again, as the next attempt.
var refusalReasons = []string{
	string(fault.SeatTaken), string(fault.HoldExpired), string(fault.Conflict),
	string(fault.NotAdmitted), string(fault.SeasonClosed),
}

// Reasons of cancelled orders that the buyer has seen; those orders appear in lists.
const (
	reasonDeclined      = string(fault.PaymentDeclined)
	reasonUnavailable   = string(fault.Unavailable) // closed at the provider before any money moved; the key may be used again
	reasonExpired       = "payment_expired"         // the payment page ended before it was paid
	reasonGivenUp       = "payment_cancelled"       // the buyer closed the payment page before it was paid
	reasonShowCancelled = "season_cancelled"        // the show was cancelled before the payment page was paid
	reasonRefunded      = "refunded"                // captured, and every seat refunded since
)

// unpaidReasons are the reasons of orders that their buyers did not pay. They count as
// declined payments, so that no cart reserves seats without end by payments that fail.
var unpaidReasons = []string{reasonDeclined, reasonExpired, reasonGivenUp, reasonShowCancelled}

// keyMayRetry reports whether the same key may begin another attempt after an order was
// cancelled for this reason.
func keyMayRetry(reason string) bool {
	return reason == reasonUnavailable || slices.Contains(refusalReasons, reason)
}

// findDecision reads the decision of an order or a refund; nil while there is none.
func (b *Booking) findDecision(ctx context.Context, transaction bson.ObjectID) (*decision, error) {
	return store.Find[decision](ctx, b.o.Mongo.Collection(decisionsName), transaction)
}

// decide inserts a decision on an order and returns the one that counts: this one, or the
// one inserted first.
func (b *Booking) decide(ctx context.Context, o *order, outcome decisionOutcome, reason string) (*decision, error) {
	return b.decideFor(ctx, o, outcome, reason, refundOrigin{})
}

// decideFor is decide for the box office: the decision names who decided, and why.
func (b *Booking) decideFor(ctx context.Context, o *order, outcome decisionOutcome, reason string, from refundOrigin) (*decision, error) {
	var d *decision
	err := b.step(ctx, StepDecide, o, func(ctx context.Context, o *order) (err error) {
		d, err = b.insertDecision(ctx, decision{ID: o.ID, Season: o.Season, Outcome: outcome, Reason: reason, At: store.NowMilli(), By: from.By, Why: from.Reason})
		return err
	})
	return d, err
}

// insertDecision inserts a decision and returns the one that was inserted first.
func (b *Booking) insertDecision(ctx context.Context, d decision) (*decision, error) {
	_, err := b.o.Mongo.Collection(decisionsName).InsertOne(ctx, d)
	if err == nil {
		return &d, nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return nil, err
	}
	first, err := b.findDecision(ctx, d.ID)
	if err == nil && first == nil {
		err = errors.New("booking: reading an existing decision found none: " + d.ID.Hex())
	}
	return first, err
}

// cancel decides against an order that is not captured; Refund returns a captured one. If
// the provider may have been asked, cancel closes the payment there first, so that no later
// charge can succeed. If the money has been captured already, the order is captured
// instead. After an error there is no decision, and no seat may be released.
func (b *Booking) cancel(ctx context.Context, o *order, reason string, asked bool) (*decision, error) {
	return b.cancelFor(ctx, o, reason, asked, refundOrigin{})
}

// cancelFor is cancel for the box office; see decideFor.
func (b *Booking) cancelFor(ctx context.Context, o *order, reason string, asked bool, from refundOrigin) (*decision, error) {
	if asked && o.atProvider() {
		var outcome payment.Outcome
		err := b.step(ctx, StepClose, o, func(ctx context.Context, o *order) (err error) {
			outcome, err = b.provider(o.Season).Close(ctx, o.ID.Hex())
			return err
		})
		if err != nil {
			return nil, err
		}
		switch outcome {
		case payment.Captured:
			return b.decide(ctx, o, captured, "")
		case payment.Declined:
			reason, from = reasonDeclined, refundOrigin{}
		}
	}
	return b.decideFor(ctx, o, cancelled, reason, from)
}

func (b *Booking) decisionsOf(ctx context.Context, season string) (map[bson.ObjectID]*decision, error) {
	all, err := store.FindAll[decision](ctx, b.o.Mongo.Collection(decisionsName), season)
	if err != nil {
		return nil, err
	}
	byTransaction := make(map[bson.ObjectID]*decision, len(all))
	for i := range all {
		byTransaction[all[i].ID] = &all[i]
	}
	return byTransaction, nil
}

// decideRefund inserts a decision on a refund and returns the one that counts: this one, or
// the one inserted first.
func (b *Booking) decideRefund(ctx context.Context, refund bson.ObjectID, season string, outcome decisionOutcome) (*decision, error) {
	return b.insertDecision(ctx, decision{ID: refund, Season: season, Outcome: outcome, At: store.NowMilli()})
}
