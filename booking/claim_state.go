package booking

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seats"
)

// allotment is where a seat is that is not on sale: under a name, since a change.
type allotment struct {
	Change bson.ObjectID `bson:"change"`
	Name   string        `bson:"name"`
}

// seatState is what a seat's last claim says of the seat. Earlier claims say nothing more:
// a claim is only inserted over one that is released, or over the allotment that it names
// as From.
type seatState struct {
	last     *claim    // nil: the seat was never claimed
	decision *decision // on the last claim's order or change; nil: there is none yet
	refunded bool      // the last claim's order was refunded for the seat
}

// released reports whether the last claim no longer reserves the seat for its order.
func (s seatState) released() bool { return s.last == nil || claimReleasedBy(s.decision, s.refunded) }

// sold reports whether the seat belongs to a captured order, also by a move.
func (s seatState) sold() bool {
	return s.last != nil && s.decision.sells() && !s.refunded
}

// allotment returns where the seat is; nil when it is on sale, in an order or in a change
// that is not decided.
func (s seatState) allotment() *allotment {
	switch {
	case s.last == nil || s.decision == nil:
		return nil
	case s.decision.Outcome == cancelled, s.decision.Outcome == abandoned:
		return s.last.From
	case s.last.Change && s.last.Allotment != "":
		return &allotment{Change: s.last.Transaction, Name: s.last.Allotment}
	}
	return nil
}

// moving reports whether the seat is in a change, or in an order from an allotment, that is
// not decided.
func (s seatState) moving() bool {
	return s.last != nil && s.decision == nil && (s.last.Change || s.last.From != nil)
}

// free reports whether the seat is on sale.
func (s seatState) free() bool {
	switch {
	case s.last == nil:
		return true
	case s.decision == nil:
		return false
	case s.last.Change && s.decision.Outcome == applied:
		return s.last.Allotment == ""
	}
	return s.released() && s.allotment() == nil
}

// mark returns the mark that the seat must have in Redis, if it must have one. A seat that
// leaves an allotment keeps the allotment's mark until the order or change is decided.
func (s seatState) mark() (seats.Claim, bool) {
	if s.free() {
		return seats.Claim{}, false
	}
	mark := seats.Claim{SeatNumber: s.last.SeatNumber, Index: s.last.Index, User: seats.AllotmentUser}
	in := s.allotment()
	if in == nil && s.decision == nil {
		in = s.last.From
	}
	switch {
	case in != nil:
		mark.Transaction = in.Change.Hex()
	case s.last.Change:
		mark.Transaction = s.last.Transaction.Hex()
	default:
		mark.Transaction, mark.User, mark.Captured = s.last.Transaction.Hex(), s.last.User.Hex(), s.sold()
	}
	return mark, true
}

func (s seatState) String() string {
	switch in := s.allotment(); {
	case s.free():
		return "it is on sale"
	case in != nil:
		return fmt.Sprintf("it is in the allotment %q", in.Name)
	case s.last.Change:
		return "it is claimed by the allotment change " + s.last.Transaction.Hex()
	}
	return "it is claimed by transaction " + s.last.Transaction.Hex()
}

// readSeat reads the state of one seat.
func (b *Booking) readSeat(ctx context.Context, seat bson.ObjectID) (s seatState, err error) {
	if s.last, err = b.lastClaim(ctx, seat); err != nil || s.last == nil {
		return s, err
	}
	if s.decision, err = b.findDecision(ctx, s.last.Transaction); err != nil || s.decision == nil {
		return s, err
	}
	if s.decision.sells() {
		s.refunded, err = b.seatRefunded(ctx, s.last.Transaction, seat)
	}
	return s, err
}

// statesOf returns the states of the seats that have claims. Decisions must have been read
// after the claims.
func statesOf(claims []claim, decisions map[bson.ObjectID]*decision, refundedIDs map[bson.ObjectID]bool) map[bson.ObjectID]seatState {
	states := map[bson.ObjectID]seatState{}
	for i := range claims {
		c := &claims[i]
		if known, is := states[c.Seat]; is && known.last.Generation > c.Generation {
			continue
		}
		states[c.Seat] = seatState{last: c, decision: decisions[c.Transaction], refunded: refundedIDs[ticketIDOf(c.Transaction, c.Seat)]}
	}
	return states
}
