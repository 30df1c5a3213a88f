package testkit

import (
	"os"
	"testing"
)

// MongoVar names the environment variable with the URL of a MongoDB to measure
// on. It is for benchmarks: the tests always run on the embedded one.
const MongoVar = "USHER_TEST_MONGO_URL"

// BenchMongo returns the URL of the MongoDB to measure on: the one that MongoVar
// names, else the embedded one.
func BenchMongo(b *testing.B) string {
	b.Helper()
	if url := os.Getenv(MongoVar); url != "" {
		return url
	}
	return Stores(b).MongoURL
}
