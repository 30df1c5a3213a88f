package testkit

import (
	"context"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// MongoVar names the environment variable with the URL of a MongoDB that tests
// and benchmarks use instead of the embedded one. Each test has a database of
// its own there, which is dropped with the test.
const MongoVar = "USHER_TEST_MONGO_URL"

// BenchMongo returns the URL of the MongoDB to measure on.
func BenchMongo(b *testing.B) string {
	b.Helper()
	return Stores(b).MongoURL
}

// DropAfter drops a database of the MongoDB that MongoVar names when the test is
// over. The embedded one goes as a whole.
func DropAfter(t testing.TB, database string) {
	t.Helper()
	url := os.Getenv(MongoVar)
	if url == "" {
		return
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		client, err := mongo.Connect(options.Client().ApplyURI(url))
		if err == nil {
			err = client.Database(database).Drop(ctx)
			_ = client.Disconnect(ctx)
		}
		if err != nil {
			t.Errorf("the test's database %s is left on the MongoDB of %s: %v", database, MongoVar, err)
		}
	})
}
