package testkit

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/embedded"
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

// With MongoVar a test works on that MongoDB, in a database of its own that is
// gone afterwards.
func TestAnotherMongoDBServesTheTests(t *testing.T) {
	other, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Stop)
	t.Setenv(MongoVar, other.MongoURL)
	ctx := context.Background()
	watch := OpenAt(t, other.RedisURL, other.MongoURL, "watch")
	databases := func() []string {
		names, err := watch.Mongo.Client().ListDatabaseNames(ctx, bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	var name string
	t.Run("a test", func(t *testing.T) {
		db := Mongo(t)
		if _, err := db.Collection("x").InsertOne(ctx, bson.M{"_id": 1}); err != nil {
			t.Fatal(err)
		}
		if name = db.Name(); !slices.Contains(databases(), name) {
			t.Errorf("%s is not on the other MongoDB, which has %v", name, databases())
		}
	})
	if slices.Contains(databases(), name) {
		t.Errorf("%s is left behind", name)
	}
}
