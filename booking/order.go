package booking

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/fault"
	"usher/internal/store"
)

// Collections of orders. Deciding documents (claims, decisions) are only inserted; the
// others are derived from them and may be written again.
const (
	transactionsName = "transactions"
	ticketsName      = "tickets"
	claimsName       = "claims"
	decisionsName    = "decisions"
	pendingName      = "pending"
	seatsName        = "seats"
)

// order is a purchase as stored. It contains everything needed to finish it, so that any
// node can recover it without the plan. Payment details are not stored, because only the
// node that began the order may charge it.
type order struct {
	ID          bson.ObjectID     `bson:"_id"`
	User        bson.ObjectID     `bson:"userId"`
	Seats       []bson.ObjectID   `bson:"seats"`
	Status      TransactionStatus `bson:"status"` // a projection of the decision
	CreatedAt   time.Time         `bson:"createdAt"`
	CompletedAt *time.Time        `bson:"completedAt"`
	Season      string            `bson:"season"`
	Total       int64             `bson:"total"`
	Key         string            `bson:"key"`
	BodyHash    string            `bson:"bodyHash"`
	Reason      string            `bson:"reason"`
	Attempt     int               `bson:"attempt"`
	Currency    string            `bson:"currency"`
	Plan        int64             `bson:"plan"` // the plan version of its lines
	Holder      string            `bson:"holder"`
	Lines       []orderLine       `bson:"lines"`             // of Seats, in the same order
	Moved       []orderMove       `bson:"moved,omitempty"`   // the moves of seats that count, in their order: a projection of its refunds
	Moves       int               `bson:"moves,omitempty"`   // how many those are
	Page        *orderPage        `bson:"page,omitempty"`    // where the fan pays; nil until it is known, and of most orders
	Contact     *Contact          `bson:"contact,omitempty"` // where the buyer gets mail, while mails are sent
	Trace       string            `bson:"trace,omitempty"`   // the traceparent of the purchase, if it is traced
	Email       string            `bson:"email,omitempty"`   // where the buyer of a sale at the desk gets mail; of other orders the account has the address
	Desk        *orderDesk        `bson:"desk,omitempty"`    // of a sale at the desk
	chosen      bool              // the server chose seats: another attempt may choose others
}

// orderLine is one seat of an order, as it was when bought.
type orderLine struct {
	SeatNumber string   `bson:"seatNumber"`
	Area       string   `bson:"area,omitempty"` // of a place of an area
	Index      int      `bson:"index"`
	Section    string   `bson:"section,omitempty"`
	Row        string   `bson:"row,omitempty"`
	Category   Category `bson:"category"`
	Price      int64    `bson:"price"`
	Type       string   `bson:"type,omitempty"`      // of the price; "": the normal price
	ListPrice  int64    `bson:"listPrice,omitempty"` // what a seat that was given away costs; Price is 0 then

	// Allotment is the allotment that the seat is sold from; "" is the sale. A draft sets it
	// and calls checkInAllotment; the saga does the rest: claimSeats claims the seat if it is
	// in that allotment, and refuses with seat_taken if it is not; a cancelled order leaves
	// the seat there, a captured one takes it out. Redis keeps such a seat off sale by the
	// allotment's mark until the order is captured, so the seat is neither held nor reserved:
	// leave it out of what is given to Pin and Reserve.
	Allotment string `bson:"allotment,omitempty"`
}

// line returns the line as clients see it.
func (l *orderLine) line() Line {
	return Line{Number: l.SeatNumber, Category: l.Category, Price: l.Price, Type: l.Type}
}

// transactionID derives the same id from the same user, key and attempt on every node, so
// that an insert finds out whether the order has begun.
func transactionID(user, key string, attempt int) bson.ObjectID {
	return deriveID("transaction", user, key, fmt.Sprint(attempt))
}

// deriveID hashes parts into an ObjectID. Each part follows its length, so that different
// lists of parts give different texts.
func deriveID(parts ...string) bson.ObjectID {
	hash := sha256.New()
	for _, part := range parts {
		_ = binary.Write(hash, binary.BigEndian, uint32(len(part))) // a hash never fails to write
		hash.Write([]byte(part))
	}
	return bson.ObjectID(hash.Sum(nil)[:12])
}

// captured reports whether the order's status shows that its money was captured: then it
// has tickets, valid or not.
func (o *order) captured() bool {
	return o.Status == Completed || o.Status == Cancelled && o.Reason == reasonRefunded
}

// indexOf returns where a seat stands among those that were bought; -1: it does not.
func (o *order) indexOf(seatNumber string) int {
	return slices.IndexFunc(o.Lines, func(l orderLine) bool { return l.SeatNumber == seatNumber })
}

// seatNumbers returns the numbers of the seats that were bought, before any move.
func (o *order) seatNumbers() []string {
	numbers := make([]string, len(o.Lines))
	for i, l := range o.Lines {
		numbers[i] = l.SeatNumber
	}
	return numbers
}

// transaction returns the order as clients see it. If every ticket is void, the transaction
// shows as refunded whatever the order's status is: the status may be behind for a moment
// after a late write, or when two refunds end together.
func (o *order) transaction(tickets []Ticket) Transaction {
	here := o.present()
	t := Transaction{
		ID: o.ID.Hex(), User: o.User.Hex(), Season: o.Season, Status: o.Status, Seats: make([]string, len(here)),
		Total: o.Total, Currency: o.Currency, CreatedAt: o.CreatedAt.UTC(), Reason: o.Reason, Tickets: tickets, Next: o.next(),
	}
	for i := range here {
		l := &here[i].Line
		t.Seats[i] = l.SeatNumber
		t.Lines = append(t.Lines, l.line())
	}
	if o.CompletedAt != nil {
		t.CompletedAt = o.CompletedAt.UTC()
	}
	stands := func(t Ticket) bool { return t.Status != ticketVoid }
	if o.Status == Completed && len(tickets) == len(here) && !slices.ContainsFunc(tickets, stands) {
		t.Status, t.Reason = Cancelled, reasonRefunded
	}
	return t
}

// findOrder reads an order; nil when it does not exist.
func (b *Booking) findOrder(ctx context.Context, id bson.ObjectID) (*order, error) {
	return store.Find[order](ctx, b.o.Mongo.Collection(transactionsName), id)
}

// Transaction returns one purchase of a user. Errors: not_found, also for another user's
// purchase.
func (b *Booking) Transaction(ctx context.Context, user, id string) (Transaction, error) {
	o, err := b.findOwnOrder(ctx, user, id)
	if err != nil {
		return Transaction{}, store.Fault(err)
	}
	b.lookSoon(o)
	t, err := b.withTickets(ctx, o)
	return t, store.Fault(err)
}

// findOwnOrder reads an order that must belong to the user. Errors: not_found.
func (b *Booking) findOwnOrder(ctx context.Context, user, id string) (*order, error) {
	missing := fault.New(fault.NotFound, "transaction not found")
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return nil, missing
	}
	o, err := b.findOrder(ctx, oid)
	if err != nil {
		return nil, err
	}
	if o == nil || o.User.Hex() != user {
		return nil, missing
	}
	return o, nil
}

// withTickets returns an order as a transaction with its tickets, read by their ids.
func (b *Booking) withTickets(ctx context.Context, o *order) (Transaction, error) {
	if !o.captured() {
		return o.transaction(nil), nil
	}
	here := o.present()
	tickets := make([]Ticket, 0, len(here))
	for _, p := range here {
		t, err := b.findTicket(ctx, p.ticket())
		if err != nil {
			return Transaction{}, err
		}
		if t != nil {
			tickets = append(tickets, t.ticket())
		}
	}
	return o.transaction(tickets), nil
}

const (
	transactionsDefault = 20
	transactionsMax     = 100
)

// Transactions returns a user's purchases, newest first, and the cursor of the next page,
// "" at the end. Refused attempts without effect are omitted. A limit below 1 means 20, one
// above 100 means 100.
func (b *Booking) Transactions(ctx context.Context, user string, limit int, cursor string) ([]Transaction, string, error) {
	owner, err := bson.ObjectIDFromHex(user)
	if err != nil {
		return nil, "", nil //nolint:nilerr // no user has such an id, so the user has no purchases
	}
	filter := bson.D{
		{Key: "userId", Value: owner},
		{Key: "reason", Value: bson.D{{Key: "$nin", Value: refusalReasons}}},
	}
	orders, next, err := b.orderPage(ctx, filter, limit, cursor)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	list, err := b.withAllTickets(ctx, orders)
	return list, next, store.Fault(err)
}

// orderPage returns a page of the orders that match a filter, newest first, after a cursor,
// and the cursor of the next page. A new order is newer than every cursor, so that orders
// placed while a reader turns the pages are neither missed nor shown twice.
func (b *Booking) orderPage(ctx context.Context, filter bson.D, limit int, cursor string) ([]order, string, error) {
	if cursor != "" {
		older, err := olderThanCursor("createdAt", cursor)
		if err != nil {
			return nil, "", err
		}
		filter = append(filter, older)
	}
	if limit < 1 {
		limit = transactionsDefault
	}
	limit = min(limit, transactionsMax)
	found, err := b.o.Mongo.Collection(transactionsName).Find(ctx, filter, options.Find().
		SetSort(bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)+1))
	if err != nil {
		return nil, "", err
	}
	var orders []order
	if err := found.All(ctx, &orders); err != nil {
		return nil, "", err
	}
	if len(orders) <= limit {
		return orders, "", nil
	}
	orders = orders[:limit]
	return orders, cursorAt(orders[limit-1].CreatedAt, orders[limit-1].ID.Hex()), nil
}

// withAllTickets is withTickets for many orders, with one query.
func (b *Booking) withAllTickets(ctx context.Context, orders []order) ([]Transaction, error) {
	var completed []bson.ObjectID
	for i := range orders {
		if orders[i].captured() {
			completed = append(completed, orders[i].ID)
		}
	}
	tickets := map[bson.ObjectID]*storedTicket{}
	if len(completed) > 0 {
		found, err := b.o.Mongo.Collection(ticketsName).Find(ctx,
			bson.D{{Key: "transactionId", Value: bson.D{{Key: "$in", Value: completed}}}})
		if err != nil {
			return nil, err
		}
		var all []storedTicket
		if err := found.All(ctx, &all); err != nil {
			return nil, err
		}
		for i := range all {
			tickets[all[i].ID] = &all[i]
		}
	}
	list := make([]Transaction, 0, len(orders))
	for i := range orders {
		var own []Ticket
		for _, p := range orders[i].present() {
			if t := tickets[p.ticket()]; t != nil {
				own = append(own, t.ticket())
			}
		}
		list = append(list, orders[i].transaction(own))
	}
	return list, nil
}

// settledEvent decodes the transaction that an order's last script published, and returns
// the event for its buyer.
func settledEvent(season string, message []byte) (Event, error) {
	var t Transaction
	if err := json.Unmarshal(message, &t); err != nil {
		return Event{}, err
	}
	return Event{Kind: TransactionSettled, Season: season, User: t.User, Transaction: &t}, nil
}
