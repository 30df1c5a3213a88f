package booking

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// ensureDeskIndexes makes the indexes of what organisers look at. None of them
// guards anything.
func (b *Booking) ensureDeskIndexes(ctx context.Context) error {
	index := func(collection string, keys bson.D) error {
		_, err := b.o.Mongo.Collection(collection).Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys})
		return err
	}
	// One at a time: FerretDB 1.24.2 breaks off when told of several that are there.
	err := index(transactionsName, bson.D{{Key: "season", Value: 1}, {Key: "status", Value: 1}, {Key: "createdAt", Value: 1}, {Key: "_id", Value: 1}})
	if err == nil {
		err = index(feedAttemptsName, bson.D{{Key: "outcome", Value: 1}})
	}
	return err
}
