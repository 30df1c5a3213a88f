package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/payment"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
)

// claim says that a seat belongs to an order, until the order is cancelled or refunded for
// the seat. A seat's claims are numbered by generation; the last one counts. Claims are
// inserted, never changed or deleted.
type claim struct {
	ID          string        `bson:"_id"` // "<seat id>/<generation>"
	Seat        bson.ObjectID `bson:"seatId"`
	Generation  int           `bson:"generation"` // from 1
	Season      string        `bson:"season"`
	SeatNumber  string        `bson:"seatNumber"`
	Index       int           `bson:"index"`
	Transaction bson.ObjectID `bson:"transactionId"`
	User        bson.ObjectID `bson:"userId"`
}

func claimID(seat bson.ObjectID, generation int) string {
	return fmt.Sprintf("%s/%d", seat.Hex(), generation)
}

// takenError says that another order has an open claim on a seat.
type takenError struct{ by claim }

func (e *takenError) Error() string {
	return "seat " + e.by.SeatNumber + " is claimed by transaction " + e.by.Transaction.Hex()
}

func (e *takenError) fault() error {
	return fault.Seats(fault.SeatTaken, []string{e.by.SeatNumber}, "seat %s is being bought by another user", e.by.SeatNumber)
}

// claimSeats claims the seats of an order, in their order. Claims that the order has
// already stay. The error is a *takenError when another order has a claim on a seat.
//
// One insert claims all seats whose earlier claims are known to be released. The insert
// stops at the first seat that was claimed since; from that seat on, each seat is claimed
// by itself.
func (b *Booking) claimSeats(ctx context.Context, o *order) error {
	reached, death := b.atEach(StepClaim, o)
	first := make([]claim, reached)
	for i := range first {
		first[i] = o.claim(i, b.releasedGeneration(o.Seats[i])+1)
	}
	done, err := store.InsertInOrder(ctx, b.o.Mongo.Collection(claimsName), first)
	if err != nil || death != nil {
		return errors.Join(death, err)
	}
	for i := done; i < len(o.Seats); i++ {
		if err := b.claimSeat(ctx, o, i); err != nil {
			return err
		}
	}
	return nil
}

// claimSeat claims the i-th seat of an order under the generation after the last, if the
// last claim is released.
func (b *Booking) claimSeat(ctx context.Context, o *order, i int) error {
	for {
		last, err := b.lastClaim(ctx, o.Seats[i])
		if err != nil {
			return err
		}
		next := 1
		if last != nil {
			if last.Transaction == o.ID {
				return nil
			}
			released, err := b.claimReleased(ctx, last)
			if err != nil {
				return err
			}
			if !released {
				return &takenError{by: *last}
			}
			b.released.Store(last.Seat, last.Generation)
			next = last.Generation + 1
		}
		_, err = b.o.Mongo.Collection(claimsName).InsertOne(ctx, o.claim(i, next))
		if !mongo.IsDuplicateKeyError(err) {
			return err
		}
	}
}

// releasedGeneration returns the newest generation of a seat's claims that this node knows
// to be released, 0 for none. A released claim stays released, and so do all claims before
// it.
func (b *Booking) releasedGeneration(seat bson.ObjectID) int {
	known, _ := b.released.Load(seat)
	generation, _ := known.(int)
	return generation
}

// lastClaim reads a seat's last claim, nil when there is none. Generations have no gap, so
// the last one is found without reading all.
func (b *Booking) lastClaim(ctx context.Context, seat bson.ObjectID) (*claim, error) {
	claims := b.o.Mongo.Collection(claimsName)
	known := b.releasedGeneration(seat)
	var last *claim
	number, err := newest(known, func(generation int) (bool, error) {
		found, err := store.Find[claim](ctx, claims, claimID(seat, generation))
		if found != nil {
			last = found // newest asks for higher generations only
		}
		return found != nil, err
	})
	if err != nil || last != nil || number == 0 {
		return last, err
	}
	return store.Find[claim](ctx, claims, claimID(seat, number))
}

// claim returns the order's claim on its i-th seat.
func (o *order) claim(i, generation int) claim {
	return claim{
		ID: claimID(o.Seats[i], generation), Seat: o.Seats[i], Generation: generation, Season: o.Season,
		SeatNumber: o.Lines[i].SeatNumber, Index: o.Lines[i].Index, Transaction: o.ID, User: o.User,
	}
}

// claimReleased reports whether a claim no longer reserves its seat: the order was
// cancelled, or refunded for the seat. Only then may the next generation be inserted.
func (b *Booking) claimReleased(ctx context.Context, c *claim) (bool, error) {
	d, err := b.findDecision(ctx, c.Transaction)
	if err != nil || d == nil {
		return false, err
	}
	if claimReleasedBy(d, false) {
		return true, nil
	}
	return b.seatRefunded(ctx, c.Transaction, c.Seat)
}

// claimReleasedBy is the rule of claimReleased. d is the order's decision, nil when there
// is none yet.
func claimReleasedBy(d *decision, seatRefunded bool) bool {
	return d != nil && (d.Outcome == cancelled || seatRefunded)
}

// openClaims returns a season's open claims, which the bitmaps taken and booked in Redis
// must show. A purchase in progress may be missing; the purchase marks its own seats.
func (b *Booking) openClaims(ctx context.Context, season string) ([]seats.Claim, error) {
	// Decisions are read after the claims, so a claim that is open here was open when the
	// claims were read.
	claims, err := store.FindAll[claim](ctx, b.o.Mongo.Collection(claimsName), season)
	if err != nil {
		return nil, err
	}
	decisions, err := b.decisionsOf(ctx, season)
	if err != nil {
		return nil, err
	}
	refundedIDs, err := b.refundedTickets(ctx, season)
	if err != nil {
		return nil, err
	}
	var open []seats.Claim
	for i := range claims {
		c := &claims[i]
		d := decisions[c.Transaction]
		if claimReleasedBy(d, refundedIDs[ticketIDOf(c.Transaction, c.Seat)]) {
			continue
		}
		open = append(open, seats.Claim{
			SeatNumber: c.SeatNumber, Index: c.Index, Transaction: c.Transaction.Hex(), User: c.User.Hex(),
			Captured: d != nil,
		})
	}
	return open, nil
}

// decision ends an order or a refund. The first insert decides and is final. Every later
// step is derived from the decision and may run again.
type decision struct {
	ID      bson.ObjectID   `bson:"_id"` // the order's, or the refund's
	Season  string          `bson:"season"`
	Outcome decisionOutcome `bson:"outcome"`
	Reason  string          `bson:"reason"` // why cancelled
	At      time.Time       `bson:"at"`     // the tickets' time of issue, too
}

// decisionOutcome is how an order or a refund ends.
type decisionOutcome string

const (
	captured  decisionOutcome = "captured" // the money is captured, or the order was free
	cancelled decisionOutcome = "cancelled"
	refunded  decisionOutcome = "refunded"  // of a refund: the tickets are void, the money is owed
	abandoned decisionOutcome = "abandoned" // of a refund: a ticket was used before; nothing changes
)

// refusalReasons are the reasons for which an order ends before its buyer has seen a
// transaction. The same key may then try again, as the next attempt.
var refusalReasons = []string{
	string(fault.SeatTaken), string(fault.HoldExpired), string(fault.Conflict),
	string(fault.NotAdmitted), string(fault.SeasonClosed),
}

// Reasons of cancelled orders that the buyer has seen; those orders appear in lists.
const (
	reasonDeclined    = string(fault.PaymentDeclined)
	reasonUnavailable = string(fault.Unavailable) // closed at the provider before any money moved; the key may be used again
	reasonRefunded    = "refunded"                // captured, and every seat refunded since
)

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
	if err := b.at(StepDecide, o); err != nil {
		return nil, err
	}
	return b.insertDecision(ctx, decision{ID: o.ID, Season: o.Season, Outcome: outcome, Reason: reason, At: store.NowMilli()})
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
	if asked && o.Total > 0 {
		if err := b.at(StepClose, o); err != nil {
			return nil, err
		}
		outcome, err := b.o.Provider.Close(ctx, o.ID.Hex())
		if err != nil {
			return nil, err
		}
		switch outcome {
		case payment.Captured:
			return b.decide(ctx, o, captured, "")
		case payment.Declined:
			reason = reasonDeclined
		}
	}
	return b.decide(ctx, o, cancelled, reason)
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
