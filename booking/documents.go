package booking

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// byID is the one filter that every store answers from an index.
func byID(id any) bson.D { return bson.D{{Key: "_id", Value: id}} }

// find reads a document by its id; nil when there is none.
func find[T any](ctx context.Context, c *mongo.Collection, id any) (*T, error) {
	var document T
	err := c.FindOne(ctx, byID(id)).Decode(&document)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &document, nil
}

// findAll reads every document of a season.
func findAll[T any](ctx context.Context, c *mongo.Collection, season string) ([]T, error) {
	found, err := c.Find(ctx, bson.D{{Key: "season", Value: season}}, options.Find().SetBatchSize(2000))
	if err != nil {
		return nil, err
	}
	var all []T
	err = found.All(ctx, &all)
	return all, err
}
