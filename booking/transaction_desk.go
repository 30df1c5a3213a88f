package booking

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

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
	filter = append(filter, bson.E{Key: "reason", Value: bson.D{{Key: "$nin", Value: refusals}}})
	sales, next, err := b.salesPage(ctx, filter, limit, cursor)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	list, err := b.withAllTickets(ctx, sales)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	desk := make([]DeskTransaction, len(list))
	for i := range list {
		for j := range list[i].Tickets {
			list[i].Tickets[j].QRCode = ""
		}
		desk[i] = DeskTransaction{Transaction: list[i], Holder: sales[i].Holder}
	}
	return desk, next, nil
}
