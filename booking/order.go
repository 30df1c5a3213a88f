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

// The collections of the sale. What decides (claims, decisions) is only ever
// inserted; the rest is derived from it and may be written again.
const (
	transactionsName = "transactions"
	ticketsName      = "tickets"
	claimsName       = "claims"
	decisionsName    = "decisions"
	pendingName      = "pending"
	seatsName        = "seats"
)

// order is a transaction as it is stored. It carries all that finishing it takes,
// so that a node can recover it without knowing the plan; how it is paid is not
// kept, for nobody but the node that began it may ask for money.
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
	Plan        int64             `bson:"plan"` // the version that its lines are of
	Holder      string            `bson:"holder"`
	Lines       []orderLine       `bson:"lines"` // of Seats, in the same order
}

// orderLine is what a sale knows of one of its seats.
type orderLine struct {
	SeatNumber string   `bson:"seatNumber"`
	Index      int      `bson:"index"`
	Category   Category `bson:"category"`
	Price      int64    `bson:"price"`
}

// transactionID makes the same id of the same user, key and attempt on every
// node, so that an insert finds out whether the purchase has begun.
func transactionID(user, key string, attempt int) bson.ObjectID {
	return deriveID("transaction", user, key, fmt.Sprint(attempt))
}

// deriveID hashes parts, each behind its length so that no two lists of parts
// run together, into an ObjectID.
func deriveID(parts ...string) bson.ObjectID {
	hash := sha256.New()
	for _, part := range parts {
		_ = binary.Write(hash, binary.BigEndian, uint32(len(part))) // a hash never fails to write
		hash.Write([]byte(part))
	}
	return bson.ObjectID(hash.Sum(nil)[:12])
}

// captured reports whether the sale came through, as far as its status shows: it
// has tickets, valid or not.
func (o *order) captured() bool {
	return o.Status == Completed || o.Status == Cancelled && o.Reason == reasonRefunded
}

func (o *order) seatNumbers() []string {
	numbers := make([]string, len(o.Lines))
	for i, l := range o.Lines {
		numbers[i] = l.SeatNumber
	}
	return numbers
}

// transaction is the sale as clients see it. What all of its tickets say goes before
// its status: a ticket once void is never shown otherwise, whereas a node that is
// late, or two refunds that end together, may have the status behind for a moment.
func (o *order) transaction(tickets []Ticket) Transaction {
	t := Transaction{
		ID: o.ID.Hex(), User: o.User.Hex(), Season: o.Season, Status: o.Status, Seats: o.seatNumbers(),
		Total: o.Total, Currency: o.Currency, CreatedAt: o.CreatedAt.UTC(), Reason: o.Reason, Tickets: tickets,
	}
	if o.CompletedAt != nil {
		t.CompletedAt = o.CompletedAt.UTC()
	}
	stands := func(t Ticket) bool { return t.Status != ticketVoid }
	if o.Status == Completed && len(tickets) == len(o.Seats) && !slices.ContainsFunc(tickets, stands) {
		t.Status, t.Reason = Cancelled, reasonRefunded
	}
	return t
}

// findOrder reads a sale; nil when there is none.
func (b *Booking) findOrder(ctx context.Context, id bson.ObjectID) (*order, error) {
	return store.Find[order](ctx, b.o.Mongo.Collection(transactionsName), id)
}

// Transaction returns one purchase of a user. Errors: not_found, also for
// somebody else's.
func (b *Booking) Transaction(ctx context.Context, user, id string) (Transaction, error) {
	o, err := b.findOwnOrder(ctx, user, id)
	if err != nil {
		return Transaction{}, store.Fault(err)
	}
	t, err := b.withTickets(ctx, o)
	return t, store.Fault(err)
}

// findOwnOrder reads a sale that must be the user's. Errors: not_found.
func (b *Booking) findOwnOrder(ctx context.Context, user, id string) (*order, error) {
	missing := fault.New(fault.NotFound, "there is no such transaction of yours")
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

// withTickets reads a sale's tickets by their ids.
func (b *Booking) withTickets(ctx context.Context, o *order) (Transaction, error) {
	if !o.captured() {
		return o.transaction(nil), nil
	}
	tickets := make([]Ticket, 0, len(o.Seats))
	for i := range o.Seats {
		t, err := b.findTicket(ctx, ticketID(o, i))
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

// Transactions returns a user's purchases, newest first, and the cursor of the
// next page, "" at the end. Attempts that were refused before anything happened
// are not shown. A limit outside 1–100 means 20, or 100.
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

// orderPage returns the sales a filter lets through, newest first, from a cursor
// on, and the cursor of the next page. The cursor names the last row shown, so a
// order going on meanwhile neither hides a row nor shows one twice: what is bought
// later is newer than the cursor.
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

// withAllTickets reads the tickets of many sales in one query.
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
		for j := range orders[i].Seats {
			if t := tickets[ticketID(&orders[i], j)]; t != nil {
				own = append(own, t.ticket())
			}
		}
		list = append(list, orders[i].transaction(own))
	}
	return list, nil
}

// DeskTransaction is a purchase as the organiser's desk sees it.
type DeskTransaction struct {
	Transaction
	Holder string // the buyer's name, as it was when they bought
}

// SeasonTransactions returns a season's purchases, newest first, and the cursor of
// the next page, "" at the end. status "" means every status. Attempts that were
// refused before anything happened are not shown. A limit outside 1–100 means 20,
// or 100. Errors: invalid_request.
//
// The tickets come without their codes: who sees all sales must not be able to
// come in on somebody's ticket.
func (b *Booking) SeasonTransactions(ctx context.Context, season string, status TransactionStatus, limit int, cursor string) ([]DeskTransaction, string, error) {
	filter := bson.D{{Key: "season", Value: season}}
	if status != "" {
		if !slices.Contains([]TransactionStatus{Pending, Completed, Cancelled}, status) {
			return nil, "", fault.New(fault.InvalidRequest, "status must be one of pending, completed, cancelled")
		}
		filter = append(filter, bson.E{Key: "status", Value: status})
	}
	filter = append(filter, bson.E{Key: "reason", Value: bson.D{{Key: "$nin", Value: refusalReasons}}})
	orders, next, err := b.orderPage(ctx, filter, limit, cursor)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	list, err := b.withAllTickets(ctx, orders)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	desk := make([]DeskTransaction, len(list))
	for i := range list {
		for j := range list[i].Tickets {
			list[i].Tickets[j].QRCode = ""
		}
		desk[i] = DeskTransaction{Transaction: list[i], Holder: orders[i].Holder}
	}
	return desk, next, nil
}

// settledEvent turns what a purchase's last script has published, the
// transaction as JSON, into the event its buyer hears.
func settledEvent(season string, news []byte) (Event, error) {
	var t Transaction
	if err := json.Unmarshal(news, &t); err != nil {
		return Event{}, err
	}
	return Event{Kind: TransactionSettled, Season: season, User: t.User, Transaction: &t}, nil
}
