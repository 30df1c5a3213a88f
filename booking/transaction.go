package booking

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

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

// sale is a transaction as it is stored. It carries all that finishing it takes,
// so that a node can recover it without knowing the plan; how it is paid is not
// kept, for nobody but the node that began it may ask for money.
type sale struct {
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
	Lines       []line            `bson:"lines"` // of Seats, in the same order
}

// line is what a sale knows of one of its seats.
type line struct {
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
func (s *sale) captured() bool {
	return s.Status == Completed || s.Status == Cancelled && s.Reason == reasonRefunded
}

func (s *sale) seatNumbers() []string {
	numbers := make([]string, len(s.Lines))
	for i, l := range s.Lines {
		numbers[i] = l.SeatNumber
	}
	return numbers
}

// transaction is the sale as clients see it. What all of its tickets say goes before
// its status: a ticket once void is never shown otherwise, whereas a node that is
// late, or two refunds that end together, may have the status behind for a moment.
func (s *sale) transaction(tickets []Ticket) Transaction {
	t := Transaction{
		ID: s.ID.Hex(), User: s.User.Hex(), Season: s.Season, Status: s.Status, Seats: s.seatNumbers(),
		Total: s.Total, Currency: s.Currency, CreatedAt: s.CreatedAt.UTC(), Reason: s.Reason, Tickets: tickets,
	}
	if s.CompletedAt != nil {
		t.CompletedAt = s.CompletedAt.UTC()
	}
	stands := func(t Ticket) bool { return t.Status != ticketVoid }
	if s.Status == Completed && len(tickets) == len(s.Seats) && !slices.ContainsFunc(tickets, stands) {
		t.Status, t.Reason = Cancelled, reasonRefunded
	}
	return t
}

// findSale reads a sale; nil when there is none.
func (b *Booking) findSale(ctx context.Context, id bson.ObjectID) (*sale, error) {
	return store.Find[sale](ctx, b.o.Mongo.Collection(transactionsName), id)
}

// Transaction returns one purchase of a user. Errors: not_found, also for
// somebody else's.
func (b *Booking) Transaction(ctx context.Context, user, id string) (Transaction, error) {
	s, err := b.findOwnSale(ctx, user, id)
	if err != nil {
		return Transaction{}, store.Fault(err)
	}
	t, err := b.withTickets(ctx, s)
	return t, store.Fault(err)
}

// findOwnSale reads a sale that must be the user's. Errors: not_found.
func (b *Booking) findOwnSale(ctx context.Context, user, id string) (*sale, error) {
	missing := fault.New(fault.NotFound, "there is no such transaction of yours")
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return nil, missing
	}
	s, err := b.findSale(ctx, oid)
	if err != nil {
		return nil, err
	}
	if s == nil || s.User.Hex() != user {
		return nil, missing
	}
	return s, nil
}

// withTickets reads a sale's tickets by their ids.
func (b *Booking) withTickets(ctx context.Context, s *sale) (Transaction, error) {
	if !s.captured() {
		return s.transaction(nil), nil
	}
	tickets := make([]Ticket, 0, len(s.Seats))
	for i := range s.Seats {
		t, err := b.findTicket(ctx, ticketID(s, i))
		if err != nil {
			return Transaction{}, err
		}
		if t != nil {
			tickets = append(tickets, t.ticket())
		}
	}
	return s.transaction(tickets), nil
}
