package booking

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

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
		return nil, "", nil //nolint:nilerr // no user has such an id, so the user has no purchases
	}
	filter := bson.D{
		{Key: "userId", Value: owner},
		{Key: "reason", Value: bson.D{{Key: "$nin", Value: refusals}}},
	}
	sales, next, err := b.salesPage(ctx, filter, limit, cursor)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	list, err := b.withAllTickets(ctx, sales)
	return list, next, store.Fault(err)
}

// salesPage returns the sales a filter lets through, newest first, from a cursor
// on, and the cursor of the next page. The cursor names the last row shown, so a
// sale going on meanwhile neither hides a row nor shows one twice: what is bought
// later is newer than the cursor.
func (b *Booking) salesPage(ctx context.Context, filter bson.D, limit int, cursor string) ([]sale, string, error) {
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
	limit = min(limit, transactionsMost)
	found, err := b.o.Mongo.Collection(transactionsName).Find(ctx, filter, options.Find().
		SetSort(bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)+1))
	if err != nil {
		return nil, "", err
	}
	var sales []sale
	if err := found.All(ctx, &sales); err != nil {
		return nil, "", err
	}
	if len(sales) <= limit {
		return sales, "", nil
	}
	sales = sales[:limit]
	return sales, cursorAt(sales[limit-1].CreatedAt, sales[limit-1].ID.Hex()), nil
}

// withAllTickets reads the tickets of many sales in one query.
func (b *Booking) withAllTickets(ctx context.Context, sales []sale) ([]Transaction, error) {
	var completed []bson.ObjectID
	for i := range sales {
		if sales[i].captured() {
			completed = append(completed, sales[i].ID)
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
