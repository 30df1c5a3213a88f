package embedded_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/testkit"
)

// A house of 50,000 seats is unusable where every look at one reads them all.
func TestADocumentIsFoundByItsIDWithoutReadingThemAll(t *testing.T) {
	stores := started(t)
	db := testkit.OpenAt(t, stores.RedisURL, stores.MongoURL, "index").Mongo
	ctx := t.Context()
	for _, name := range []string{"seats", "made later"} {
		if _, err := db.Collection(name).InsertOne(ctx, bson.D{{Key: "_id", Value: "A-1"}}); err != nil {
			t.Fatal(err)
		}
		var plan bson.Raw
		searched := testkit.Within(10*time.Second, func() bool {
			// SQLite hears of an index when it next reads, not when it explains.
			_ = db.Collection(name).FindOne(ctx, bson.D{{Key: "_id", Value: "A-1"}}).Err()
			err := db.RunCommand(ctx, bson.D{{Key: "explain", Value: bson.D{
				{Key: "find", Value: name}, {Key: "filter", Value: bson.D{{Key: "_id", Value: "A-1"}}},
			}}}).Decode(&plan)
			return err == nil && strings.Contains(fmt.Sprint(plan), "USING INDEX")
		})
		if !searched {
			t.Errorf("%s: %v", name, plan)
		}
	}
}
