package booking

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/fault"
	"usher/internal/store"
)

const (
	transactionsDefault = 20
	transactionsMost    = 100
)

// Transactions returns a user's purchases, newest first, and the cursor of the
// next page, "" at the end. Attempts that were refused before anything happened
// are not shown. A limit outside 1–100 means 20, or 100.
func (b *Booking) Transactions(ctx context.Context, user string, limit int, cursor string) ([]Transaction, string, error) {
	owner, err := bson.ObjectIDFromHex(user)
	if err != nil {
		return nil, "", nil
	}
	filter := bson.D{
		{Key: "userId", Value: owner},
		{Key: "reason", Value: bson.D{{Key: "$nin", Value: refusals}}},
	}
	if cursor != "" {
		at, id, err := parseCursor(cursor)
		if err != nil {
			return nil, "", err
		}
		filter = append(filter, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "createdAt", Value: bson.D{{Key: "$lt", Value: at}}}},
			bson.D{{Key: "createdAt", Value: at}, {Key: "_id", Value: bson.D{{Key: "$lt", Value: id}}}},
		}})
	}
	if limit < 1 {
		limit = transactionsDefault
	}
	limit = min(limit, transactionsMost)
	found, err := b.o.Mongo.Collection(transactionsName).Find(ctx, filter, options.Find().
		SetSort(bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)+1))
	if err != nil {
		return nil, "", store.Fault(err)
	}
	var sales []sale
	if err := found.All(ctx, &sales); err != nil {
		return nil, "", store.Fault(err)
	}
	next := ""
	if len(sales) > limit {
		sales = sales[:limit]
		next = cursorAt(&sales[limit-1])
	}
	list, err := b.withAllTickets(ctx, sales)
	return list, next, store.Fault(err)
}

// withAllTickets reads the tickets of many sales in one query.
func (b *Booking) withAllTickets(ctx context.Context, sales []sale) ([]Transaction, error) {
	var completed []bson.ObjectID
	for i := range sales {
		if sales[i].Status == Completed {
			completed = append(completed, sales[i].ID)
		}
	}
	tickets := map[bson.ObjectID]*ticket{}
	if len(completed) > 0 {
		found, err := b.o.Mongo.Collection(ticketsName).Find(ctx,
			bson.D{{Key: "transactionId", Value: bson.D{{Key: "$in", Value: completed}}}})
		if err != nil {
			return nil, err
		}
		var all []ticket
		if err := found.All(ctx, &all); err != nil {
			return nil, err
		}
		for i := range all {
			tickets[all[i].ID] = &all[i]
		}
	}
	list := make([]Transaction, 0, len(sales))
	for i := range sales {
		var own []Ticket
		for j := range sales[i].Seats {
			if t := tickets[ticketID(&sales[i], j)]; t != nil {
				own = append(own, t.ticket())
			}
		}
		list = append(list, sales[i].transaction(own))
	}
	return list, nil
}

// A cursor is the creation time in ms and the id of the last transaction shown.
func cursorAt(s *sale) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", s.CreatedAt.UnixMilli(), s.ID.Hex()))
}

func parseCursor(cursor string) (time.Time, bson.ObjectID, error) {
	wrong := fault.New(fault.InvalidRequest, "the cursor is not one of ours")
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return time.Time{}, bson.NilObjectID, wrong
	}
	at, id, found := strings.Cut(string(text), " ")
	ms, err := strconv.ParseInt(at, 10, 64)
	if !found || err != nil {
		return time.Time{}, bson.NilObjectID, wrong
	}
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return time.Time{}, bson.NilObjectID, wrong
	}
	return time.UnixMilli(ms), oid, nil
}
