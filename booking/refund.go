package booking

import (
	"context"
	"slices"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// refund returns seats of a captured order. An order's refunds are numbered and run one
// after the other: the next one begins once the one before is decided.
type refund struct {
	ID          bson.ObjectID   `bson:"_id"` // from the transaction and the number
	Transaction bson.ObjectID   `bson:"transactionId"`
	Number      int             `bson:"number"` // from 1
	Season      string          `bson:"season"`
	User        bson.ObjectID   `bson:"userId"`
	Seats       []bson.ObjectID `bson:"seats"`
	Lines       []orderLine     `bson:"lines"`            // of Seats, in the same order
	Owners      []bson.ObjectID `bson:"owners,omitempty"` // of Seats; see owner
	Move        *refundMove     `bson:"move,omitempty"`   // where the ticket is moved; nil of a refund
	Amount      int64           `bson:"amount"`
	Currency    string          `bson:"currency"`
	At          time.Time       `bson:"at"`
	From        refundOrigin    `bson:",inline"`
}

// refundOrigin says who asked for a refund, and why. The zero value is a refund that the
// buyer asked for.
type refundOrigin struct {
	Cause  refundCause `bson:"cause,omitempty"`
	By     string      `bson:"by,omitempty"`     // the email of the member of staff; "" for the buyer
	Reason string      `bson:"reason,omitempty"` // in the words of the member of staff
	Key    string      `bson:"key,omitempty"`    // the idempotency key, within the transaction, or a random one; "" for the buyer and for a cancelled show
	Body   string      `bson:"body,omitempty"`   // what the key stands for: a repeat must have the same
}

// refundCause is the occasion of a refund.
type refundCause string

const (
	byBuyer         refundCause = ""
	byDesk          refundCause = "desk"
	seasonCancelled refundCause = "season_cancelled"
)

func refundID(transaction bson.ObjectID, number int) bson.ObjectID {
	return deriveID("refund", transaction.Hex(), strconv.Itoa(number))
}

// Refund refunds a user's purchase, wholly or, when seats are named, for those seats: their
// tickets are void, the seats are on sale again, the money is returned. Seats refunded
// already are skipped, so a repeat changes nothing. Refund returns once the tickets are
// void and the seats free; a slow provider returns the money later. A pending purchase that
// waits for the fan at a payment page is cancelled instead, unless it was paid in the
// meantime. Errors: not_found, also
// for another user's purchase; unknown_seat; conflict when it is still pending, a ticket is
// used or the season allows no refunds; rate_limited; draining; unavailable.
func (b *Booking) Refund(ctx context.Context, user, id string, seats []string) (Transaction, error) {
	o, err := b.findOwnOrder(ctx, user, id)
	if err != nil {
		return Transaction{}, store.Fault(err)
	}
	if o.Status == Pending && len(seats) == 0 {
		if err := b.giveUp(ctx, o, refundOrigin{}); err != nil {
			return Transaction{}, store.Fault(err)
		}
		return b.Transaction(ctx, user, id)
	}
	if err := b.refundSeats(ctx, o, seats, refundOrigin{}); err != nil {
		return Transaction{}, store.Fault(err)
	}
	return b.Transaction(ctx, user, id)
}

// refundSeats finishes the order's refunds that have begun, in order, and then makes one
// refund of the wanted seats that remain. If a refund under the key of the request is
// decided already, it makes none.
func (b *Booking) refundSeats(ctx context.Context, o *order, seats []string, from refundOrigin) error {
	if _, err := o.seatsNumbered(seats); err != nil {
		return err
	}
	now := *o
	now.Moved = nil
	returned := map[bson.ObjectID]bool{} // tickets
	for number := 1; ; number++ {
		r, err := b.findRefund(ctx, refundID(o.ID, number))
		if err == nil && r == nil {
			r, err = b.draftRefund(ctx, &now, number, seats, returned, from)
			if err == nil && r != nil && from.Cause == byBuyer {
				err = b.spendRefund(ctx, r)
			}
		}
		if err != nil || r == nil {
			return err
		}
		// Another request's refund, or move, may have been inserted under this number.
		done, d, err := b.purchases.refund(ctx, &now, r)
		if err != nil {
			return err
		}
		repeated, err := done.repeats(from)
		if err != nil {
			return err
		}
		switch {
		case d.Outcome == moved:
			now.Moved = append(now.Moved, done.moved())
		case d.Outcome != refunded:
		case repeated:
			return nil
		default:
			for i := range done.Seats {
				returned[done.ticket(i)] = true
			}
		}
	}
}

// repeats reports whether a request is a repeat of the one that made a refund. Errors:
// key_reused, when the key stands for another request.
func (r *refund) repeats(from refundOrigin) (bool, error) {
	if from.Key == "" || r.From.Key != from.Key {
		return false, nil
	}
	if r.From.Cause != from.Cause || r.From.Body != from.Body {
		return false, fault.New(fault.KeyReused, "this idempotency key was used for another change of the transaction; use a new key")
	}
	return true, nil
}

// seatsNumbered returns the order's seats with these numbers; all seats for none. Errors:
// unknown_seat.
func (o *order) seatsNumbered(numbers []string) ([]place, error) {
	if len(numbers) == 0 {
		return o.present(), nil
	}
	var wanted []place
	var unknown []string
	for _, number := range numbers {
		if p, is := o.has(number); is {
			wanted = append(wanted, p)
		} else {
			unknown = append(unknown, number)
		}
	}
	if unknown != nil {
		return nil, fault.Seats(fault.UnknownSeat, unknown, "not seats of this transaction")
	}
	return wanted, nil
}

// draftRefund builds the refund of the numbered seats but those returned already, after
// checking that it is allowed; nil when the order is cancelled or no seat is left.
func (b *Booking) draftRefund(ctx context.Context, o *order, number int, seats []string, returned map[bson.ObjectID]bool, from refundOrigin) (*refund, error) {
	wanted, err := o.seatsNumbered(seats)
	if err != nil {
		return nil, err
	}
	wanted = slices.DeleteFunc(wanted, func(p place) bool { return returned[p.ticket()] })
	slices.SortStableFunc(wanted, func(a, c place) int { return seatmap.BySeat(a.Line.SeatNumber, c.Line.SeatNumber) })
	wanted = slices.CompactFunc(wanted, func(a, c place) bool { return a.ticket() == c.ticket() })
	switch {
	case o.Status == Pending:
		return nil, errStillPending()
	case o.Status == Cancelled, len(wanted) == 0:
		return nil, nil
	}
	season, err := b.Season(ctx, o.Season)
	if err != nil {
		return nil, err
	}
	if !season.Refunds && from.Cause == byBuyer {
		return nil, fault.New(fault.Conflict, "%s does not allow refunds", season.Name)
	}
	r := &refund{
		ID: refundID(o.ID, number), Transaction: o.ID, Number: number, Season: o.Season, User: o.User,
		Currency: o.Currency, At: store.NowMilli(), From: from,
	}
	for _, p := range wanted {
		_, effect, err := b.lastState(ctx, p.ticket())
		if err != nil {
			return nil, err
		}
		if effect == effectUsed && from.Cause != seasonCancelled {
			return nil, errTicketUsed(p.Line.SeatNumber)
		}
		r.add(p)
	}
	return r, nil
}

// add adds a seat to a refund.
func (r *refund) add(p place) {
	r.Seats = append(r.Seats, p.Seat)
	r.Lines = append(r.Lines, p.Line)
	r.Owners = append(r.Owners, p.Owner)
	r.Amount += p.Line.Price
}

// owner returns whose id the i-th seat's claim, mark and ticket carry: the order's, or that
// of the move which brought the ticket there.
func (r *refund) owner(i int) bson.ObjectID {
	if i < len(r.Owners) {
		return r.Owners[i]
	}
	return r.Transaction // a refund of an older version
}

// ticket returns the ticket of the i-th seat.
func (r *refund) ticket(i int) bson.ObjectID { return ticketIDOf(r.owner(i), r.Seats[i]) }

func errTicketUsed(seat string) error {
	return fault.Seats(fault.Conflict, []string{seat}, "the ticket for seat %s has been used at the gate", seat)
}

func (b *Booking) findRefund(ctx context.Context, id bson.ObjectID) (*refund, error) {
	return store.Find[refund](ctx, b.o.Mongo.Collection(refundsName), id)
}

// showRefunds shows every refund and every move of an order that counts.
func (b *Booking) showRefunds(ctx context.Context, o *order) error {
	decided, err := b.decidedRefunds(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, r := range decided {
		if !r.counts() {
			continue
		}
		if err := b.showRefund(ctx, o, r.refund, r.decision); err != nil {
			return err
		}
	}
	return nil
}

// showRefund writes the projections of a decided refund, or move: tickets, transaction and
// seats, and last Redis, which puts the seats on sale.
func (b *Booking) showRefund(ctx context.Context, o *order, r *refund, d *decision) error {
	if d.Outcome == moved {
		return b.showMove(ctx, o, r, d)
	}
	if err := b.at(StepRefundShow, o); err != nil {
		return err
	}
	for i := range r.Seats {
		if used, err := b.paidBackUsed(ctx, r, i); used || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		if err := b.showTicket(ctx, r.ticket(i), ticketVoid); err != nil {
			return err
		}
	}
	shown := *o
	decided, err := b.decidedRefunds(ctx, o.ID) // o may be older than a move
	if err != nil {
		return err
	}
	shown.Moved = movesOf(decided)
	if shown.returnedWhole(returnedTickets(decided)) {
		shown.Status, shown.Reason = Cancelled, reasonRefunded
		if err := b.showStatusAndReason(ctx, &shown); err != nil {
			return err
		}
	}
	for _, l := range r.Lines {
		if err := b.showSeat(ctx, o.Season, l.SeatNumber); err != nil {
			return err
		}
	}
	if err := b.at(StepRefundClear, o); err != nil {
		return err
	}
	return b.freeRefunded(ctx, &shown, r)
}

// returnedTickets returns the tickets whose seats were paid back or moved. They are void, but
// for those that were used before the show was cancelled.
func returnedTickets(decided []decidedRefund) map[bson.ObjectID]bool {
	returned := map[bson.ObjectID]bool{}
	for _, r := range decided {
		if !r.counts() {
			continue
		}
		for i := range r.Seats {
			returned[r.ticket(i)] = true
		}
	}
	return returned
}

// paidBackUsed reports whether the i-th seat of a refund was paid back although its ticket
// was used: only a cancelled show does that. The ticket stays used, and the seat sold.
func (b *Booking) paidBackUsed(ctx context.Context, r *refund, i int) (bool, error) {
	if r.From.Cause != seasonCancelled {
		return false, nil
	}
	_, effect, err := b.lastState(ctx, r.ticket(i))
	return effect == effectUsed, err
}

// returnedWhole reports whether every seat of the order was paid back.
func (o *order) returnedWhole(returned map[bson.ObjectID]bool) bool {
	return !slices.ContainsFunc(o.places(), func(p place) bool { return !returned[p.ticket()] })
}

// showTicket writes a ticket's status, a projection.
func (b *Booking) showTicket(ctx context.Context, id bson.ObjectID, status string) error {
	_, err := b.o.Mongo.Collection(ticketsName).UpdateOne(ctx, store.ByID(id), bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: status}}}})
	return err
}

// showStatusAndReason writes an order's status and reason, and leaves completedAt.
func (b *Booking) showStatusAndReason(ctx context.Context, o *order) error {
	_, err := b.o.Mongo.Collection(transactionsName).UpdateOne(ctx, store.ByID(o.ID), bson.D{{Key: "$set", Value: bson.D{
		{Key: "status", Value: o.Status}, {Key: "reason", Value: o.Reason},
	}}})
	return err
}

// showSeat writes a seat's status by its last claim. Other nodes may sell the seat and
// write at the same time, so showSeat reads again until the status it wrote is right.
func (b *Booking) showSeat(ctx context.Context, season, number string) error {
	seat, written := seatID(season, number), ""
	for {
		state, err := b.readSeat(ctx, seat)
		if err != nil {
			return err
		}
		plan, err := b.plan(ctx, season)
		if err != nil {
			return err
		}
		status := state.shown(plan, number)
		if status == written {
			return nil
		}
		_, err = b.o.Mongo.Collection(seatsName).UpdateOne(ctx, store.ByID(seat), bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: status}}}})
		if err != nil {
			return err
		}
		written = status
	}
}

// shown is the status of a seat in the collection seats. A seat that leaves an allotment is
// shown as there until the order or change is decided: if it is cancelled, the status is
// not written again.
func (s seatState) shown(plan *Plan, number string) string {
	switch {
	case s.sold():
		return Booked
	case s.allotment() != nil, s.moving() && s.last.From != nil:
		return Unavailable
	}
	if index, known := plan.ByName[number]; known && plan.Seats[index].Blocked {
		return Unavailable
	}
	return Available
}
