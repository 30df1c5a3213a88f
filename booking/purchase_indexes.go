package booking

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// ensurePurchaseIndexes makes the indexes of lists and reports. None of them
// guards anything: what decides is decided by _id.
func (b *Booking) ensurePurchaseIndexes(ctx context.Context) error {
	by := func(fields ...string) mongo.IndexModel {
		keys := bson.D{}
		for _, f := range fields {
			keys = append(keys, bson.E{Key: f, Value: 1})
		}
		return mongo.IndexModel{Keys: keys}
	}
	for collection, models := range map[string][]mongo.IndexModel{
		transactionsName: {by("userId", "createdAt", "_id"), by("season", "createdAt", "_id"), by("season", "status", "createdAt", "_id")},
		ticketsName:      {by("userId", "issuedAt"), by("transactionId"), by("season")},
		claimsName:       {by("season")},
		decisionsName:    {by("season")},
		refundsName:      {by("season")},
		checkinsName:     {by("season")},
		changesName:      {by("season", "at", "_id")},
	} {
		for _, model := range models { // one at a time: FerretDB 1.24.2 breaks off when told of several that are there
			if _, err := b.o.Mongo.Collection(collection).Indexes().CreateOne(ctx, model); err != nil {
				return err
			}
		}
	}
	return nil
}
