package testkit

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

func TestMain(m *testing.M) { Main(m) }

func TestStores(t *testing.T) {
	EachRedis(t, func(t *testing.T, redisURL string) {
		stores := Open(t, redisURL)
		ctx := context.Background()
		if missing := stores.Check(ctx); len(missing) > 0 {
			t.Fatal(missing)
		}
		key := SeasonID()
		if err := stores.Redis.Set(ctx, key, "x", 60*time.Millisecond).Err(); err != nil {
			t.Fatal(err)
		}
		Eventually(t, 2*time.Second, "a key expires", func() bool { return stores.Redis.Exists(ctx, key).Val() == 0 })
		c := stores.Mongo.Collection("x")
		if _, err := c.InsertOne(ctx, bson.M{"_id": 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.InsertOne(ctx, bson.M{"_id": 1}); !mongo.IsDuplicateKeyError(err) {
			t.Fatal("a second insert of one _id must fail, got", err)
		}
	})
}
