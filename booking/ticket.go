package booking

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/ticket"
)

// The statuses of a ticket. Its stamps decide; the stored status shows them.
const (
	ticketValid = "valid"
	ticketVoid  = "void"
	ticketUsed  = "used"
)

// storedTicket is a ticket as it is stored. Its id comes from transaction and seat and
// its time from the decision, so that whoever issues it again issues the same.
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
	Category    Category      `bson:"category"`
	Holder      string        `bson:"holder"`
}

func ticketID(s *sale, i int) bson.ObjectID { return ticketIDOf(s.ID, s.Seats[i]) }

func ticketIDOf(transaction, seat bson.ObjectID) bson.ObjectID {
	return deriveID("ticket", transaction.Hex(), seat.Hex())
}

func (t *storedTicket) ticket() Ticket {
	return Ticket{
		ID: t.ID.Hex(), TransactionID: t.Transaction.Hex(), User: t.User.Hex(), Season: t.Season,
		SeatNumber: t.SeatNumber, Category: t.Category, Holder: t.Holder, QRCode: t.QRCode,
		Status: t.Status, IssuedAt: t.IssuedAt.UTC(),
	}
}

// issueTickets issues the tickets of a captured sale, in one call. Where some have
// been issued already it returns those.
func (b *Booking) issueTickets(ctx context.Context, s *sale, d *decision) ([]Ticket, error) {
	reached, death := b.atEach(StepTicket, s)
	fresh := make([]storedTicket, reached)
	for i := range fresh {
		var err error
		if fresh[i], err = b.newTicket(s, i, d); err != nil {
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
			return nil, errors.New("booking: a ticket is there and cannot be read: " + fresh[i].ID.Hex())
		}
		fresh[i] = *first
	}
	tickets := make([]Ticket, len(fresh))
	for i := range fresh {
		tickets[i] = fresh[i].ticket()
	}
	return tickets, nil
}

// newTicket writes and signs the ticket of a sale's i-th seat.
func (b *Booking) newTicket(s *sale, i int, d *decision) (storedTicket, error) {
	t := storedTicket{
		ID: ticketID(s, i), Transaction: s.ID, User: s.User, Seat: s.Seats[i], IssuedAt: d.At, Season: s.Season,
		Status: ticketValid, SeatNumber: s.Lines[i].SeatNumber, Category: s.Lines[i].Category, Holder: s.Holder,
	}
	var err error
	t.QRCode, err = ticket.Sign(b.o.Keys, t.ID.Hex(), t.Season, t.SeatNumber, d.At)
	return t, err
}

// findTicket reads a ticket; nil when there is none.
func (b *Booking) findTicket(ctx context.Context, id bson.ObjectID) (*storedTicket, error) {
	return store.Find[storedTicket](ctx, b.o.Mongo.Collection(ticketsName), id)
}

const (
	ticketsDefault = 100
	ticketsMost    = 200
)

// Tickets returns a user's tickets, newest first, those of one purchase by seat as
// far as they are on one page, and the cursor of the next page, "" at the end. A
// limit outside 1–200 means 100, or 200. Errors: invalid_request (cursor).
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
	limit = min(limit, ticketsMost)
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

// Ticket returns one ticket of a user. Errors: not_found, also for somebody
// else's.
func (b *Booking) Ticket(ctx context.Context, user, id string) (Ticket, error) {
	missing := fault.New(fault.NotFound, "there is no such ticket of yours")
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
