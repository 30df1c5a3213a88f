package booking

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/fault"
	"usher/internal/store"
)

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
// The cursor names the last row shown, so a sale going on meanwhile neither hides
// a row nor shows one twice: what is bought later is newer than the cursor.
func (b *Booking) SeasonTransactions(ctx context.Context, season string, status TransactionStatus, limit int, cursor string) ([]DeskTransaction, string, error) {
	filter := bson.D{{Key: "season", Value: season}}
	if status != "" {
		if !slices.Contains([]TransactionStatus{Pending, Completed, Cancelled}, status) {
			return nil, "", fault.New(fault.InvalidRequest, "status must be one of pending, completed, cancelled")
		}
		filter = append(filter, bson.E{Key: "status", Value: status})
	}
	filter = append(filter, bson.E{Key: "reason", Value: bson.D{{Key: "$nin", Value: refusals}}})
	if cursor != "" {
		at, text, err := parseCursor(cursor)
		if err != nil {
			return nil, "", err
		}
		id, err := bson.ObjectIDFromHex(text)
		if err != nil {
			return nil, "", errCursor()
		}
		filter = append(filter, olderThan("createdAt", at, id))
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
		next = cursorAt(sales[limit-1].CreatedAt, sales[limit-1].ID.Hex())
	}
	list, err := b.withAllTickets(ctx, sales)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	desk := make([]DeskTransaction, len(list))
	for i := range list {
		desk[i] = DeskTransaction{Transaction: list[i], Holder: sales[i].Holder}
	}
	return desk, next, nil
}
