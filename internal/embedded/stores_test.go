package embedded_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/embedded"
	"usher/internal/store"
	"usher/internal/testkit"
)

// open connects to stores, and returns what disconnects.
func open(t *testing.T, stores *embedded.Stores) (*store.Stores, func()) {
	t.Helper()
	opened, err := store.Open(store.Options{RedisURLs: []string{stores.RedisURL}, MongoURL: stores.MongoURL, MongoDatabase: "usher"})
	if err != nil {
		t.Fatal(err)
	}
	return opened, func() {
		if err := opened.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func TestTheEmbeddedMongoDBUpdatesAndSurvivesARestart(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "mongo")
	for life := range 2 {
		stores, err := embedded.Start(embedded.Options{MongoDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		opened, closeAll := open(t, stores)
		c := opened.Mongo.Collection("x")
		_, err = c.InsertOne(ctx, bson.M{"_id": 1, "n": 0})
		if life == 0 && err != nil || life == 1 && !mongo.IsDuplicateKeyError(err) {
			t.Error("insert:", err)
		}
		if _, err := c.UpdateOne(ctx, bson.M{"_id": 1}, bson.M{"$inc": bson.M{"n": 1}}); err != nil {
			t.Error("update:", err)
		}
		var doc struct{ N int }
		if err := c.FindOne(ctx, bson.M{"_id": 1}).Decode(&doc); err != nil || doc.N != life+1 {
			t.Errorf("n is %d in life %d: %v", doc.N, life, err)
		}
		closeAll()
		stores.Stop()
	}
}

func TestTemporaryStoresUpdateAndLeaveNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	stores, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	opened, closeAll := open(t, stores)
	ctx := context.Background()
	c := opened.Mongo.Collection("x")
	if _, err := c.InsertOne(ctx, bson.M{"_id": 1}); err != nil {
		t.Error(err)
	}
	if _, err := c.UpdateOne(ctx, bson.M{"_id": 1}, bson.M{"$set": bson.M{"n": 1}}); err != nil {
		t.Error(err)
	}
	if err := opened.Redis.Set(ctx, "k", "v", 30*time.Millisecond).Err(); err != nil {
		t.Error(err)
	}
	testkit.Eventually(t, 5*time.Second, "a key expires by itself", func() bool { return opened.Redis.Exists(ctx, "k").Val() == 0 })
	closeAll()
	stores.Stop()
	left, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 0 {
		t.Errorf("%v was left", left)
	}
}

func TestAnAddressInUseIsNamed(t *testing.T) {
	stores := started(t)
	for name, o := range map[string]embedded.Options{
		"redis":   {RedisListen: stores.Redis.Addr()},
		"mongodb": {MongoListen: mongoAddress(stores)},
	} {
		started, err := embedded.Start(o)
		if err == nil {
			started.Stop()
			t.Errorf("%s: an address in use was taken", name)
			continue
		}
		if address := fmt.Sprint(o.RedisListen, o.MongoListen); !contains(err, address) {
			t.Errorf("%s: %v does not name %s", name, err, address)
		}
	}
}

func mongoAddress(stores *embedded.Stores) string {
	return strings.TrimSuffix(strings.TrimPrefix(stores.MongoURL, "mongodb://"), "/")
}

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }
