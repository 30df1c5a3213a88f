package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// MissingIndexes returns those of the wanted indexes that a collection does not have, as
// "collection (field, field)". A collection that does not exist has none.
func MissingIndexes(ctx context.Context, c *mongo.Collection, wanted []mongo.IndexModel) (missing []string, err error) {
	cursor, err := c.Indexes().List(ctx)
	if err != nil {
		return nil, err
	}
	var found []struct {
		Key bson.D `bson:"key"`
	}
	if err := cursor.All(ctx, &found); err != nil {
		return nil, err
	}
	var there []string
	for _, index := range found {
		there = append(there, fieldsOf(index.Key))
	}
	for _, model := range wanted {
		keys, _ := model.Keys.(bson.D)
		if fields := fieldsOf(keys); !slices.Contains(there, fields) {
			missing = append(missing, fmt.Sprintf("%s (%s)", c.Name(), fields))
		}
	}
	return missing, nil
}

// fieldsOf writes the fields of an index; those that descend begin with a minus.
func fieldsOf(keys bson.D) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = key.Key
		if strings.HasPrefix(fmt.Sprint(key.Value), "-") {
			names[i] = "-" + key.Key
		}
	}
	return strings.Join(names, ", ")
}
