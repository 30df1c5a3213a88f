package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// ByID is the filter for one document by its _id. Every MongoDB-compatible store
// answers it from an index.
func ByID(id any) bson.D { return bson.D{{Key: "_id", Value: id}} }

// ByPrefix is the filter for the documents of a season whose _id is the season's id, "/" or
// "#", and more. It is a range, which an index answers.
func ByPrefix(season string) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: season + "#"}, {Key: "$lt", Value: season + "0"}}}}
}

// Find reads a document by its id; nil: there is none.
func Find[T any](ctx context.Context, c *mongo.Collection, id any) (*T, error) {
	var document T
	err := c.FindOne(ctx, ByID(id)).Decode(&document)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &document, nil
}

// FindAll reads every document whose field "season" is the id of a season.
func FindAll[T any](ctx context.Context, c *mongo.Collection, season string) ([]T, error) {
	return findEvery[T](ctx, c, bson.D{{Key: "season", Value: season}})
}

// FindWith reads the documents of a season whose field has the value.
func FindWith[T any](ctx context.Context, c *mongo.Collection, season, field, value string) ([]T, error) {
	return findEvery[T](ctx, c, bson.D{{Key: "season", Value: season}, {Key: field, Value: value}})
}

// FindIDs reads the documents that have one of some ids, in any order.
func FindIDs[T any, ID any](ctx context.Context, c *mongo.Collection, ids []ID) ([]T, error) {
	return findEvery[T](ctx, c, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
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

// Decide inserts a document unless one with its id exists, and returns the one
// that exists now. The first insert decides: every caller gets the same answer.
func Decide[T any](ctx context.Context, c *mongo.Collection, id any, document T) (*T, error) {
	_, err := c.InsertOne(ctx, document)
	if mongo.IsDuplicateKeyError(err) {
		return Find[T](ctx, c, id)
	}
	if err != nil {
		return nil, err
	}
	return &document, nil
}

// NowMilli is the present time as MongoDB stores it, in UTC and in milliseconds. Such
// times are for people and never decide anything.
func NowMilli() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// InsertInOrder inserts documents in one call, up to the first whose id exists
// already, and returns how many it inserted.
func InsertInOrder[T any](ctx context.Context, c *mongo.Collection, documents []T) (int, error) {
	there, err := insert(ctx, c, documents, true)
	if err != nil || len(there) == 0 {
		return len(documents), err
	}
	return there[0], nil
}

// InsertMissing inserts, in one call, the documents whose id does not exist yet,
// and returns the indexes of the others.
func InsertMissing[T any](ctx context.Context, c *mongo.Collection, documents []T) (there []int, err error) {
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
