package booking

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
)

// claim says that a seat belongs to an order, until the order is cancelled or refunded for
// the seat; or that a change of allotments puts the seat into an allotment or back on sale.
// A seat's claims are numbered by generation; the last one counts, see seatState. Claims
// are inserted, never changed or deleted. So sales and allotments keep apart as two buyers
// do: of two claims of one generation the first insert wins.
type claim struct {
	ID          string        `bson:"_id"` // "<seat id>/<generation>"
	Seat        bson.ObjectID `bson:"seatId"`
	Generation  int           `bson:"generation"` // from 1
	Season      string        `bson:"season"`
	SeatNumber  string        `bson:"seatNumber"`
	Index       int           `bson:"index"`
	Transaction bson.ObjectID `bson:"transactionId"` // the order, or the move that took the seat
	User        bson.ObjectID `bson:"userId"`
	Type        string        `bson:"type,omitempty"` // of the price; "": the normal price

	Change    bool       `bson:"change,omitempty"`    // of a change of allotments, which Transaction names; User is zero
	Allotment string     `bson:"allotment,omitempty"` // of a change: where the seat is from then on; "": on sale
	From      *allotment `bson:"from,omitempty"`      // where the seat was before, and is again when Transaction is cancelled; nil: on sale
}

func claimID(seat bson.ObjectID, generation int) string {
	return fmt.Sprintf("%s/%d", seat.Hex(), generation)
}

// takenError says that a seat is not where an order or a change needs it: another order or
// change has an open claim, or the seat is in another allotment or in none.
type takenError struct {
	number string
	wanted string // the allotment that the seat should be in; "": on sale
	state  seatState
}

func (e *takenError) Error() string {
	return "seat " + e.number + " cannot be claimed: " + e.state.String()
}

// fault is the answer to the user who wants to buy the seat.
func (e *takenError) fault(user bson.ObjectID) error {
	if last := e.state.last; last != nil && !last.Change && !e.state.released() && last.User == user {
		return seats.ErrOwnPurchase([]string{e.number})
	}
	if e.wanted != "" {
		return errNotInAllotment(e.wanted, []string{e.number})
	}
	return fault.Seats(fault.SeatTaken, []string{e.number}, "already taken: %s", e.number)
}

// claimSeats claims the seats of an order, in their order. Claims that the order has
// already stay. The error is a *takenError when another order has a claim on a seat.
//
// One insert claims all seats whose earlier claims are known to be released. The insert
// stops at the first seat that was claimed since; from that seat on, each seat is claimed
// by itself. A seat that the order has from an allotment is always claimed by itself.
func (b *Booking) claimSeats(ctx context.Context, o *order) error {
	reached, death := b.atEach(StepClaim, o)
	first := make([]claim, 0, reached)
	for i := range reached {
		if o.Lines[i].Allotment != "" {
			break
		}
		first = append(first, o.claim(i, b.releasedGeneration(o.Seats[i])+1))
	}
	done, err := store.InsertInOrder(ctx, b.o.Mongo.Collection(claimsName), first)
	if err != nil || death != nil {
		return errors.Join(death, err)
	}
	for i := done; i < reached; i++ {
		if err := b.claimSeat(ctx, o, i); err != nil {
			return err
		}
	}
	return nil
}

// claimSeat claims the i-th seat of an order under the generation after the last, if the
// seat is on sale, or in the allotment that the order has it from.
func (b *Booking) claimSeat(ctx context.Context, o *order, i int) error {
	for {
		state, err := b.readSeat(ctx, o.Seats[i])
		if err != nil {
			return err
		}
		last := state.last
		if last != nil && last.Transaction == o.ID {
			return nil
		}
		next := o.claim(i, 1)
		if last != nil {
			next.Generation = last.Generation + 1
			next.ID = claimID(next.Seat, next.Generation)
		}
		switch in := state.allotment(); {
		case o.Lines[i].Allotment == "" && state.free():
			if last != nil {
				b.released.Store(last.Seat, last.Generation)
			}
		case o.Lines[i].Allotment != "" && in != nil && in.Name == o.Lines[i].Allotment:
			next.From = in
		default:
			return &takenError{number: o.Lines[i].SeatNumber, wanted: o.Lines[i].Allotment, state: state}
		}
		_, err = b.o.Mongo.Collection(claimsName).InsertOne(ctx, next)
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
		SeatNumber: o.Lines[i].SeatNumber, Index: o.Lines[i].Index, Transaction: o.ID, User: o.User, Type: o.Lines[i].Type,
	}
}

// claimReleased reports whether an order's claim no longer reserves its seat: the order was
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

// claimReleasedBy is the rule of claimReleased. d is the decision on the order, or on the
// move; nil when there is none yet.
func claimReleasedBy(d *decision, seatRefunded bool) bool {
	return d != nil && (d.Outcome == cancelled || d.Outcome == abandoned || seatRefunded)
}

// openClaims returns a season's seats that are sold, in an order or in an allotment, which
// the bitmaps in Redis must show. A purchase in progress may be missing; the purchase marks its own seats.
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
	for _, state := range statesOf(claims, decisions, refundedIDs) {
		if mark, is := state.mark(); is {
			open = append(open, mark)
		}
	}
	return open, nil
}
