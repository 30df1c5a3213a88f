package booking

import (
	"context"
	"errors"
	"slices"

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
	return findEvery[T](ctx, c, bson.D{{Key: "season", Value: season}})
}

// findWith reads those documents of a season whose field has the value.
func findWith[T any](ctx context.Context, c *mongo.Collection, season, field, value string) ([]T, error) {
	return findEvery[T](ctx, c, bson.D{{Key: "season", Value: season}, {Key: field, Value: value}})
}

func findEvery[T any](ctx context.Context, c *mongo.Collection, filter bson.D) ([]T, error) {
	found, err := c.Find(ctx, filter, options.Find().SetBatchSize(2000))
	if err != nil {
		return nil, err
	}
	var all []T
	err = found.All(ctx, &all)
	return all, err
}

// insertInOrder inserts documents in one call, up to the first whose id is there
// already, and returns how many.
func insertInOrder[T any](ctx context.Context, c *mongo.Collection, documents []T) (int, error) {
	there, err := insert(ctx, c, documents, true)
	if err != nil || len(there) == 0 {
		return len(documents), err
	}
	return there[0], nil
}

// insertMissing inserts in one call those documents whose id is not there yet,
// and returns the places of the others.
func insertMissing[T any](ctx context.Context, c *mongo.Collection, documents []T) (there []int, err error) {
	return insert(ctx, c, documents, false)
}

func insert[T any](ctx context.Context, c *mongo.Collection, documents []T, ordered bool) (there []int, err error) {
	if len(documents) == 0 {
		return nil, nil
	}
	_, err = c.InsertMany(ctx, documents, options.InsertMany().SetOrdered(ordered))
	var refused mongo.BulkWriteException
	if !errors.As(err, &refused) {
		return nil, err
	}
	if refused.WriteConcernError != nil {
		return nil, err
	}
	for _, e := range refused.WriteErrors {
		if !mongo.IsDuplicateKeyError(e) {
			return nil, err
		}
		there = append(there, e.Index)
	}
	slices.Sort(there)
	return there, nil
}
