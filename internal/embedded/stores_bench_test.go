package embedded_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/testkit"
)

func BenchmarkEmbeddedMongoDB(b *testing.B) {
	stores := started(b)
	db := testkit.OpenAt(b, stores.RedisURL, stores.MongoURL, "bench").Mongo
	b.Run("insert", func(b *testing.B) {
		n := 0
		for b.Loop() {
			if _, err := db.Collection("inserts").InsertOne(b.Context(), bson.D{{Key: "x", Value: n}}); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
	var documents []any
	for n := range 2000 {
		documents = append(documents, bson.D{{Key: "_id", Value: n}, {Key: "status", Value: "available"}})
	}
	if _, err := db.Collection("many").InsertMany(b.Context(), documents); err != nil {
		b.Fatal(err)
	}
	b.Run("find one", func(b *testing.B) {
		for b.Loop() {
			if err := db.Collection("many").FindOne(b.Context(), bson.D{{Key: "_id", Value: 7}}).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("find 2000", func(b *testing.B) {
		for b.Loop() {
			cursor, err := db.Collection("many").Find(b.Context(), bson.D{}, options.Find().SetBatchSize(2000))
			if err != nil {
				b.Fatal(err)
			}
			for cursor.Next(b.Context()) {
			}
			if err := cursor.Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
