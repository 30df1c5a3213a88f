package booking

import (
	"context"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/store"
)

// purchaseIndexes are the indexes for lists and reports, by collection. No rule depends on
// them: decisions are unique by _id.
func purchaseIndexes() map[string][]mongo.IndexModel {
	by := func(fields ...string) mongo.IndexModel {
		keys := bson.D{}
		for _, f := range fields {
			keys = append(keys, bson.E{Key: f, Value: 1})
		}
		return mongo.IndexModel{Keys: keys}
	}
	return map[string][]mongo.IndexModel{
		transactionsName:     {by("userId", "createdAt", "_id"), by("season", "createdAt", "_id"), by("season", "status", "createdAt", "_id")},
		ticketsName:          {by("userId", "issuedAt"), by("transactionId"), by("season")},
		claimsName:           {by("season")},
		decisionsName:        {by("season")},
		allotmentChangesName: {by("settled")},
		refundsName:          {by("season")},
		checkinsName:         {by("season")},
		auditName:            {by("season", "at", "_id")},
	}
}

// ensurePurchaseIndexes creates the indexes that are missing.
func (b *Booking) ensurePurchaseIndexes(ctx context.Context) error {
	for collection, models := range purchaseIndexes() {
		for _, model := range models { // one per call: FerretDB 1.24.2 stops at the first of several that exists already
			if _, err := b.o.Mongo.Collection(collection).Indexes().CreateOne(ctx, model); err != nil {
				return err
			}
		}
	}
	return nil
}

// MissingIndexes lists the indexes that MongoDB lacks, as "collection (field, field)". A
// running node makes them within seconds.
func (b *Booking) MissingIndexes(ctx context.Context) (missing []string, err error) {
	wanted := purchaseIndexes()
	for _, collection := range slices.Sorted(maps.Keys(wanted)) {
		lacking, err := store.MissingIndexes(ctx, b.o.Mongo.Collection(collection), wanted[collection])
		if err != nil {
			return nil, store.Fault(err)
		}
		missing = append(missing, lacking...)
	}
	lacking, err := b.feed.MissingIndexes(ctx)
	return append(missing, lacking...), err
}
