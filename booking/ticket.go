package booking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/ticket"
)

// Statuses of a ticket. Its states decide; the stored status is a projection.
const (
	ticketValid = "valid"
	ticketVoid  = "void"
	ticketUsed  = "used"
)

// storedTicket is a ticket as stored. Its id follows from order and seat and its time from
// the decision, so every node issues the same ticket.
type storedTicket struct {
	ID          bson.ObjectID `bson:"_id"`
	Transaction bson.ObjectID `bson:"transactionId"`
	User        bson.ObjectID `bson:"userId"`
	Seat        bson.ObjectID `bson:"seatId"`
	QRCode      string        `bson:"qrCode"`
	IssuedAt    time.Time     `bson:"issuedAt"`
	Season      string        `bson:"season"`
	Status      string        `bson:"status"`
	SeatNumber  string        `bson:"seatNumber"`
	Area        string        `bson:"area,omitempty"`
	Section     string        `bson:"section,omitempty"`
	Row         string        `bson:"row,omitempty"`
	Category    Category      `bson:"category"`
	Price       int64         `bson:"price,omitempty"`
	Type        string        `bson:"type,omitempty"`     // of the price; "": the normal price
	Currency    string        `bson:"currency,omitempty"` // tickets issued by older versions have no price and no currency
	Holder      string        `bson:"holder"`
}

func ticketID(o *order, i int) bson.ObjectID { return ticketIDOf(o.ID, o.Seats[i]) }

// ticketIDOf returns the id of the ticket for a seat. owner is the order, or the move that
// brought the ticket to the seat.
func ticketIDOf(owner, seat bson.ObjectID) bson.ObjectID {
	return deriveID("ticket", owner.Hex(), seat.Hex())
}

func (t *storedTicket) ticket() Ticket {
	return Ticket{
		ID: t.ID.Hex(), TransactionID: t.Transaction.Hex(), User: t.User.Hex(), Season: t.Season,
		SeatNumber: t.SeatNumber, Area: t.Area, Section: t.Section, Row: t.Row, Category: t.Category, Price: t.Price, Type: t.Type, Currency: t.Currency,
		Holder: t.Holder, QRCode: t.QRCode, Status: t.Status, IssuedAt: t.IssuedAt.UTC(),
	}
}

// issueTickets issues the tickets of a captured order, in one call. Tickets issued already
// are returned as they are.
func (b *Booking) issueTickets(ctx context.Context, o *order, d *decision) ([]Ticket, error) {
	reached, death := b.atEach(StepTicket, o)
	fresh := make([]storedTicket, reached)
	for i := range fresh {
		var err error
		if fresh[i], err = b.newTicket(o, i, d); err != nil {
			return nil, err
		}
	}
	there, err := store.InsertMissing(ctx, b.o.Mongo.Collection(ticketsName), fresh)
	if err != nil || death != nil {
		return nil, errors.Join(death, err)
	}
	for _, i := range there {
		first, err := b.findTicket(ctx, fresh[i].ID)
		if err != nil {
			return nil, err
		}
		if first == nil {
			return nil, errors.New("booking: reading an existing ticket found none: " + fresh[i].ID.Hex())
		}
		fresh[i] = *first
	}
	tickets := make([]Ticket, len(fresh))
	for i := range fresh {
		tickets[i] = fresh[i].ticket()
	}
	return tickets, nil
}

// newTicket builds and signs the ticket of an order's i-th seat.
func (b *Booking) newTicket(o *order, i int, d *decision) (storedTicket, error) {
	line := o.Lines[i]
	t := storedTicket{
		ID: ticketID(o, i), Transaction: o.ID, User: o.User, Seat: o.Seats[i], IssuedAt: d.At, Season: o.Season,
		Status: ticketValid, SeatNumber: line.SeatNumber, Area: line.Area, Section: line.Section, Row: line.Row,
		Category: line.Category, Price: line.Price, Type: line.Type, Currency: o.Currency, Holder: o.Holder,
	}
	var err error
	t.QRCode, err = ticket.Sign(b.o.Keys, t.ID.Hex(), t.Season, t.SeatNumber, d.At)
	return t, err
}

// findTicket reads a ticket; nil when it does not exist.
func (b *Booking) findTicket(ctx context.Context, id bson.ObjectID) (*storedTicket, error) {
	return store.Find[storedTicket](ctx, b.o.Mongo.Collection(ticketsName), id)
}

const (
	ticketsDefault = 100
	ticketsMax     = 200
)

// Tickets returns a user's tickets, newest first, and the cursor of the next page, "" at
// the end. Tickets of one purchase are sorted by seat within a page. A limit below 1 means
// 100, one above 200 means 200. Errors: invalid_request (cursor).
func (b *Booking) Tickets(ctx context.Context, user string, limit int, cursor string) ([]Ticket, string, error) {
	owner, err := bson.ObjectIDFromHex(user)
	if err != nil {
		return nil, "", nil //nolint:nilerr // no user has such an id, so the user has no tickets
	}
	filter := bson.D{{Key: "userId", Value: owner}}
	if cursor != "" {
		older, err := olderThanCursor("issuedAt", cursor)
		if err != nil {
			return nil, "", err
		}
		filter = append(filter, older)
	}
	if limit < 1 {
		limit = ticketsDefault
	}
	limit = min(limit, ticketsMax)
	found, err := b.o.Mongo.Collection(ticketsName).Find(ctx, filter, options.Find().
		SetSort(bson.D{{Key: "issuedAt", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)+1))
	if err != nil {
		return nil, "", store.Fault(err)
	}
	var stored []storedTicket
	if err := found.All(ctx, &stored); err != nil {
		return nil, "", store.Fault(err)
	}
	next := ""
	if len(stored) > limit {
		stored = stored[:limit]
		next = cursorAt(stored[limit-1].IssuedAt, stored[limit-1].ID.Hex())
	}
	slices.SortStableFunc(stored, func(a, c storedTicket) int {
		return cmp.Or(c.IssuedAt.Compare(a.IssuedAt), seatmap.BySeat(a.SeatNumber, c.SeatNumber))
	})
	tickets := make([]Ticket, len(stored))
	for i := range stored {
		tickets[i] = stored[i].ticket()
	}
	return tickets, next, nil
}

// Ticket returns one ticket of a user. Errors: not_found, also for another user's ticket.
func (b *Booking) Ticket(ctx context.Context, user, id string) (Ticket, error) {
	missing := fault.New(fault.NotFound, "ticket not found")
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return Ticket{}, missing
	}
	t, err := b.findTicket(ctx, oid)
	if err != nil {
		return Ticket{}, store.Fault(err)
	}
	if t == nil || t.User.Hex() != user {
		return Ticket{}, missing
	}
	return t.ticket(), nil
}

// Voids returns the ids of a season's refunded and moved tickets, sorted; of a
// cancelled show those of all tickets that were not used: a gate without a network
// needs them besides the public keys.
func (b *Booking) Voids(ctx context.Context, season string) ([]string, error) {
	refundedIDs, err := b.refundedTickets(ctx, season)
	if err != nil {
		return nil, store.Fault(err)
	}
	if cancelled, known := b.KnownSeason(ctx, season); known && cancelled.Cancelled != nil {
		// No ticket of a cancelled show admits, whether it is refunded yet or not.
		tickets, err := store.FindAll[storedTicket](ctx, b.o.Mongo.Collection(ticketsName), season)
		if err != nil {
			return nil, store.Fault(err)
		}
		all := make(map[bson.ObjectID]bool, len(tickets))
		for i := range tickets {
			all[tickets[i].ID] = tickets[i].Status != ticketUsed
		}
		maps.DeleteFunc(all, func(_ bson.ObjectID, is bool) bool { return !is })
		maps.Copy(all, refundedIDs)
		refundedIDs = all
	}
	ids := make([]string, 0, len(refundedIDs))
	for id := range refundedIDs {
		ids = append(ids, id.Hex())
	}
	slices.Sort(ids)
	return ids, nil
}

const (
	checkinsName = "checkins"
	refundsName  = "refunds"
)

// ticketState ends a ticket: used at the gate, or void by a refund. A ticket's states are
// numbered by generation and only inserted; the last one counts. No state follows used. A
// void counts once its refund is decided refunded, and then no state follows; if the refund
// was abandoned, the next generation may be inserted.
type ticketState struct {
	ID          string         `bson:"_id"` // "<ticket id>/<generation>"
	Ticket      bson.ObjectID  `bson:"ticketId"`
	Generation  int            `bson:"generation"` // from 1
	Season      string         `bson:"season"`
	Transaction bson.ObjectID  `bson:"transactionId"`
	Seat        bson.ObjectID  `bson:"seatId"`
	SeatNumber  string         `bson:"seatNumber"`
	Status      string         `bson:"verdict"`            // ticketUsed or ticketVoid
	Refund      *bson.ObjectID `bson:"refundId,omitempty"` // of a void
	Gate        string         `bson:"gate,omitempty"`     // of a check-in
	Scan        string         `bson:"scan,omitempty"`     // of a check-in: random, so that a repeated insert recognises its own state
	ScanID      string         `bson:"scanId,omitempty"`   // of a check-in: the scanner's own id of the scan, which its repeats have too
	ByHand      bool           `bson:"byHand,omitempty"`   // of a check-in without a code
	By          string         `bson:"by"`                 // the user who scanned or refunded
	At          time.Time      `bson:"at"`
	SettledAt   *time.Time     `bson:"settledAt,omitempty"` // of a check-in by a gate without a network: when the server heard of it
}

func ticketStateID(ticket bson.ObjectID, generation int) string {
	return fmt.Sprintf("%s/%d", ticket.Hex(), generation)
}

// ticketEffect is the meaning of a ticket's last state.
type ticketEffect int

const (
	effectNone      ticketEffect = iota // valid: no state, or only voids of abandoned refunds
	effectUndecided                     // a void whose refund is not decided
	effectUsed
	effectRefunded
)

// effectOf returns the effect of a ticket's last state, nil when there is none.
// refundDecision is the decision on the state's refund, nil when there is none.
func effectOf(last *ticketState, refundDecision *decision) ticketEffect {
	switch {
	case last == nil:
		return effectNone
	case last.Status == ticketUsed:
		return effectUsed
	case refundDecision == nil:
		return effectUndecided
	case refundDecision.voids():
		return effectRefunded
	}
	return effectNone
}

// lastState reads a ticket's last state, nil when there is none, and its effect.
func (b *Booking) lastState(ctx context.Context, ticket bson.ObjectID) (*ticketState, ticketEffect, error) {
	var last *ticketState
	for generation := 1; ; generation++ {
		next, err := store.Find[ticketState](ctx, b.o.Mongo.Collection(checkinsName), ticketStateID(ticket, generation))
		if err != nil {
			return nil, effectNone, err
		}
		if next == nil {
			break
		}
		last = next
	}
	if last == nil || last.Refund == nil {
		return last, effectOf(last, nil), nil
	}
	refundDecision, err := b.findDecision(ctx, *last.Refund)
	return last, effectOf(last, refundDecision), err
}

// insertState inserts the next state of a ticket, if one may follow. It returns the state
// that counts, the given one or the one that excludes it, and that state's effect. With
// mayAbandon a void whose refund is undecided is abandoned if possible, so that the given
// state may follow.
func (b *Booking) insertState(ctx context.Context, state ticketState, mayAbandon bool) (*ticketState, ticketEffect, error) {
	for generation := 1; ; generation++ {
		state.ID, state.Generation = ticketStateID(state.Ticket, generation), generation
		_, err := b.o.Mongo.Collection(checkinsName).InsertOne(ctx, state)
		if err == nil {
			return &state, effectOf(&state, nil), nil
		}
		if !mongo.IsDuplicateKeyError(err) {
			return nil, effectNone, err
		}
		there, err := store.Find[ticketState](ctx, b.o.Mongo.Collection(checkinsName), state.ID)
		if err != nil {
			return nil, effectNone, err
		}
		if there == nil {
			return nil, effectNone, errors.New("booking: reading an existing ticket state found none: " + state.ID)
		}
		if there.Refund == nil {
			return there, effectUsed, nil
		}
		refundDecision, err := b.findDecision(ctx, *there.Refund)
		if err == nil && refundDecision == nil && mayAbandon {
			refundDecision, err = b.decideRefund(ctx, *there.Refund, there.Season, abandoned)
		}
		if err != nil {
			return nil, effectNone, err
		}
		if effect := effectOf(there, refundDecision); effect != effectNone {
			return there, effect, nil
		}
	}
}

// seatRefunded reports whether an order was refunded for a seat, or its ticket was moved
// away. owner is the order, or the move that brought the ticket to the seat.
func (b *Booking) seatRefunded(ctx context.Context, owner, seat bson.ObjectID) (bool, error) {
	_, effect, err := b.lastState(ctx, ticketIDOf(owner, seat))
	return effect == effectRefunded, err
}

// refundedTickets returns the refunded and the moved tickets of a season. The states are read first, so
// the decisions read after them are complete for them.
func (b *Booking) refundedTickets(ctx context.Context, season string) (map[bson.ObjectID]bool, error) {
	voids, err := store.FindWith[ticketState](ctx, b.o.Mongo.Collection(checkinsName), season, "verdict", ticketVoid)
	if err != nil || len(voids) == 0 {
		return nil, err
	}
	counts := map[bson.ObjectID]bool{}
	for _, outcome := range []decisionOutcome{refunded, moved} {
		decisions, err := store.FindWith[decision](ctx, b.o.Mongo.Collection(decisionsName), season, "outcome", string(outcome))
		if err != nil {
			return nil, err
		}
		for i := range decisions {
			counts[decisions[i].ID] = true
		}
	}
	tickets := map[bson.ObjectID]bool{}
	for i := range voids {
		if counts[*voids[i].Refund] {
			tickets[voids[i].Ticket] = true
		}
	}
	return tickets, nil
}
