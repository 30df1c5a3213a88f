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

// decision is how a transaction ends, or a refund. Whoever inserts it first has
// decided, for ever; everything after it is derived from it and may be done again.
type decision struct {
	ID      bson.ObjectID `bson:"_id"` // the transaction's, or the refund's
	Season  string        `bson:"season"`
	Outcome verdict       `bson:"outcome"`
	Reason  string        `bson:"reason"` // why cancelled
	At      time.Time     `bson:"at"`     // also when the tickets are issued
}

type verdict string

const (
	captured  verdict = "captured" // the money is here, or none was asked for
	cancelled verdict = "cancelled"
	refunded  verdict = "refunded"  // of a refund: the tickets are void, the money is owed
	abandoned verdict = "abandoned" // of a refund: a ticket was used first; nothing changes
)

// refusals are the reasons for which a purchase ends before anybody was told
// that it had begun. The same key may then try again, as the next attempt.
var refusals = []string{
	string(fault.SeatTaken), string(fault.HoldExpired), string(fault.Conflict),
	string(fault.NotAdmitted), string(fault.SeasonClosed),
}

// The reasons that are no refusals: those transactions are shown.
const (
	reasonDeclined    = string(fault.PaymentDeclined)
	reasonUnavailable = string(fault.Unavailable) // closed at the provider before any money moved; the key may try again
	reasonRefunded    = "refunded"                // captured, and every seat given back since
)

// changedNothing reports whether the same key may start over after a sale was
// cancelled for this reason.
func changedNothing(reason string) bool {
	return reason == reasonUnavailable || slices.Contains(refusals, reason)
}

// findDecision reads a transaction's decision; nil while there is none.
func (b *Booking) findDecision(ctx context.Context, transaction bson.ObjectID) (*decision, error) {
	return store.Find[decision](ctx, b.o.Mongo.Collection(decisionsName), transaction)
}

// decide decides a sale and returns what holds: its own decision, or the one that
// came first.
func (b *Booking) decide(ctx context.Context, s *sale, outcome verdict, reason string) (*decision, error) {
	if err := b.at(StepDecide, s); err != nil {
		return nil, err
	}
	return b.insertDecision(ctx, decision{ID: s.ID, Season: s.Season, Outcome: outcome, Reason: reason, At: store.NowMilli()})
}

// insertDecision decides, and returns the decision that came first.
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
		err = errors.New("booking: a decision is there and cannot be read: " + d.ID.Hex())
	}
	return first, err
}

// cancel decides against a sale that is not captured; what a fan calls cancelling is
// Cancel, which gives a captured one back. Where the provider may have been asked, the
// payment is closed there first, so that no later charge can succeed; if the
// money is there already, the sale is captured instead. An error means that
// nothing is decided and nothing may be released.
func (b *Booking) cancel(ctx context.Context, s *sale, reason string, asked bool) (*decision, error) {
	if asked && s.Total > 0 {
		if err := b.at(StepClose, s); err != nil {
			return nil, err
		}
		outcome, err := b.o.Provider.Close(ctx, s.ID.Hex())
		if err != nil {
			return nil, err
		}
		switch outcome {
		case payment.Captured:
			return b.decide(ctx, s, captured, "")
		case payment.Declined:
			reason = reasonDeclined
		}
	}
	return b.decide(ctx, s, cancelled, reason)
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
