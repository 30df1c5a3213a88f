package booking

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seats"
	"usher/internal/store"
)

// The steps that only a move has. The others are those of a refund.
const (
	StepMoveReserve Step = "move-reserve" // marking the target seat in Redis
	StepMoveClaim   Step = "move-claim"   // the target seat's claim
	StepMoveTicket  Step = "move-ticket"  // the new ticket
	StepMoveFree    Step = "move-free"    // abandoned: removing the target's mark
)

// MoveSteps lists every step of a move that is not abandoned, so that a test can crash
// before each.
func MoveSteps() []Step {
	return []Step{
		StepRefundEnter, StepRefundBegin, StepMoveReserve, StepMoveClaim, StepRefundVoid, StepRefundDecide,
		StepMoveTicket, StepRefundShow, StepRefundClear, StepRefundRecord, StepRefundReturn, StepRefundLeave,
	}
}

// reserveTarget reserves the target seat of a move: first in Redis, where holds are
// decided, then by a claim. Errors that moveRefused knows end the move.
func (g *refunding) reserveTarget(ctx context.Context) error {
	target := g.refund.target(g.order)
	err := g.b.step(ctx, StepMoveReserve, g.order, func(ctx context.Context, _ *order) error { return g.b.seats.Reserve(ctx, target.seatOrder()) })
	if err != nil {
		return err
	}
	return g.b.step(ctx, StepMoveClaim, g.order, func(ctx context.Context, _ *order) error { return g.b.claimSeat(ctx, target, 0) })
}

// showMove writes what follows from a move that counts: the new ticket, the order with its
// new seat, the statuses of both seats, and last Redis.
func (b *Booking) showMove(ctx context.Context, o *order, r *refund, d *decision) error {
	target := r.target(o)
	err := b.step(ctx, StepMoveTicket, o, func(ctx context.Context, _ *order) error {
		fresh, err := b.newTicket(target, 0, d)
		if err != nil {
			return err
		}
		fresh.Transaction = o.ID
		_, err = store.InsertMissing(ctx, b.o.Mongo.Collection(ticketsName), []storedTicket{fresh})
		return err
	})
	if err != nil {
		return err
	}
	if err := b.at(StepRefundShow, o); err != nil {
		return err
	}
	if err := b.showTicket(ctx, r.ticket(0), ticketVoid); err != nil {
		return err
	}
	shown, err := b.showMoves(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, number := range []string{r.Lines[0].SeatNumber, r.Move.Line.SeatNumber} {
		if err := b.showSeat(ctx, o.Season, number); err != nil {
			return err
		}
	}
	if err := b.at(StepRefundClear, o); err != nil {
		return err
	}
	// The new seat is marked before the old one is free: the fan never has none.
	if err := b.take(ctx, target); err != nil {
		return err
	}
	sold := seats.Claim{SeatNumber: r.Move.Line.SeatNumber, Index: r.Move.Line.Index, Transaction: r.ID.Hex(), User: r.User.Hex(), Captured: true}
	if _, err := b.seats.Mark(ctx, o.Season, sold); err != nil {
		return err
	}
	return b.freeRefunded(ctx, shown, r)
}

// showMoves writes the decided moves of an order into it, and returns the order with them.
// Moves are only added, so a late node that knows fewer writes nothing.
func (b *Booking) showMoves(ctx context.Context, id bson.ObjectID) (*order, error) {
	o, err := b.findOrder(ctx, id)
	if err == nil && o == nil {
		err = errors.New("booking: the order of a move does not exist: " + id.Hex())
	}
	if err != nil {
		return nil, err
	}
	decided, err := b.decidedRefunds(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	o.Moved = movesOf(decided)
	o.Moves = len(o.Moved)
	if o.Moves == 0 {
		return o, nil
	}
	_, err = b.o.Mongo.Collection(transactionsName).UpdateOne(ctx,
		bson.D{{Key: "_id", Value: id}, {Key: "$or", Value: bson.A{
			bson.D{{Key: "moves", Value: bson.D{{Key: "$exists", Value: false}}}},
			bson.D{{Key: "moves", Value: bson.D{{Key: "$lt", Value: o.Moves}}}},
		}}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "moves", Value: o.Moves}, {Key: "moved", Value: o.Moved}}}})
	return o, err
}

// decidedRefund is a refund with its decision.
type decidedRefund struct {
	*refund
	decision *decision
}

// counts reports whether the refund voided its tickets.
func (r decidedRefund) counts() bool { return r.decision.voids() }

// decidedRefunds returns the decided refunds of an order, in their order.
func (b *Booking) decidedRefunds(ctx context.Context, id bson.ObjectID) (list []decidedRefund, err error) {
	for number := 1; ; number++ {
		r, err := b.findRefund(ctx, refundID(id, number))
		if err != nil || r == nil {
			return list, err
		}
		d, err := b.findDecision(ctx, r.ID)
		if err != nil || d == nil {
			return list, err // the last: the next one begins once this one is decided
		}
		list = append(list, decidedRefund{r, d})
	}
}

func movesOf(decided []decidedRefund) (moves []orderMove) {
	for _, r := range decided {
		if r.decision.Outcome == moved {
			moves = append(moves, r.moved())
		}
	}
	return moves
}

// endAbandoned frees the target seat of a move that does not count. Its claim is released
// by the decision.
func (g *refunding) endAbandoned(ctx context.Context) error {
	target := g.refund.target(g.order)
	return g.b.step(ctx, StepMoveFree, g.order, func(ctx context.Context, _ *order) error {
		if _, err := g.b.seats.Free(ctx, target.seatOrder(), seats.Freeing{}); err != nil {
			return err
		}
		state, err := g.b.readSeat(ctx, g.refund.Move.Seat)
		if err == nil && !state.free() { // Redis showed the seat as free
			g.b.markForOwner(ctx, g.refund.Season, &takenError{number: g.refund.Move.Line.SeatNumber, state: state})
		}
		return err
	})
}
