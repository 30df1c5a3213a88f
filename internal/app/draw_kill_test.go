package app_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/draw"
	"usher/internal/keys"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
	"usher/queue"
)

// TestAnotherNodeFinishesADraw: a node is killed after it has written the drawn
// numbers of some fans. Another node continues there, with the same order.
func TestAnotherNodeFinishesADraw(t *testing.T) {
	t.Parallel()
	const fans = 4000
	o := crowd(t, 1)
	apply := func(opens time.Time) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "season.yaml")
		text := fmt.Sprintf("id: %s\nname: Gala\ncurrency: EUR\nactiveLimit: 1\nopensAt: %s\n", o.Season, opens.Format(time.RFC3339Nano))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if printed, status := node.Run(t, "usher", "season", "apply", file, "--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database); status != 0 {
			t.Fatalf("season apply: %d\n%s", status, printed)
		}
	}
	apply(time.Now().Add(time.Hour))
	slow := testkit.StartProxy(t, o.RedisURL)
	through := o
	through.RedisURL = slow.URL
	first := node.StartProcess(t, through)
	scout := node.Mint(t, o, first.URL, "Scout")
	var promised map[string]any
	testkit.Eventually(t, 20*time.Second, "the draw is promised", func() (ok bool) {
		promised, ok = scout.Do("GET", "/seasons/"+o.Season, nil, 200)["draw"].(map[string]any)
		return ok
	})
	users := gather(t, o, 0, fans)

	stores := testkit.OpenAt(t, o.RedisURL, o.MongoURL, o.Database)
	ctx, line := t.Context(), "line:{"+o.Season+"}"
	drawn := func() int {
		n, _ := stores.Redis.HGet(ctx, line, "drawn").Int()
		return n
	}
	opens := time.Now().UTC().Truncate(time.Millisecond)
	slow.Delay(50 * time.Millisecond)
	apply(opens)
	testkit.Eventually(t, 60*time.Second, "some fans have their drawn numbers", func() bool { return drawn() >= fans/10 })
	first.Kill()
	written := drawn()
	if state := stores.Redis.HGet(ctx, line, "draw").Val(); written >= fans || state != "2" {
		t.Fatalf("the node was killed too late: %d are drawn, the draw is in state %s", written, state)
	}
	before := drawDocuments(t, stores.Mongo, o.Season)
	list := "waiting_list:{" + o.Season + "}"
	head := stores.Redis.ZRange(ctx, list, 0, -1).Val()

	second := node.StartProcess(t, o)
	testkit.Eventually(t, 60*time.Second, "another node ends the draw", func() bool { return stores.Redis.HGet(ctx, line, "draw").Val() == "3" })
	if after := drawDocuments(t, stores.Mongo, o.Season); !slices.Equal(before, after) {
		t.Errorf("the decision has changed:\n%v\n%v", before, after)
	}
	report, err := draw.Verify(ctx, draw.Check{URL: second.URL, Season: o.Season, Commitment: promised["commitment"].(string), Users: users})
	if err != nil || len(report.Problems) > 0 {
		t.Fatalf("%+v %v", report, err)
	}
	seed, err := hex.DecodeString(report.Account.Seed)
	if err != nil {
		t.Fatal(err)
	}
	order, _ := draw.Order(draw.Key(seed, nil), users)
	if len(head) != fans {
		t.Fatalf("the head of the line has %d fans", len(head))
	}
	in := int(stores.Redis.SCard(ctx, "active_users:{"+o.Season+"}").Val())
	rows := stores.Redis.ZRangeWithScores(ctx, list, 0, -1).Val()
	if in > 1 || len(rows)+in != fans {
		t.Fatalf("%d fans are active and %d wait", in, len(rows))
	}
	for i, row := range rows {
		rank := in + i + 1
		if row.Member != order[rank-1] || int64(row.Score) != opens.UnixMicro()+int64(rank) {
			t.Fatalf("rank %d is %v at %v, want %s", rank, row.Member, row.Score, order[rank-1])
		}
	}
	t.Logf("%d of %d fans had their drawn numbers when the node was killed", written, fans)
	if printed, status := node.Audit(t, "--season", o.Season, "--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database); status != 0 {
		t.Errorf("usher audit: %d\n%s", status, printed)
	}
}

// gather joins a crowd of users directly through the queue, as nodes do. Their ids count
// from a number.
func gather(t *testing.T, o node.Options, from, n int) []string {
	t.Helper()
	ring, err := keys.Load(o.Key)
	if err != nil {
		t.Fatal(err)
	}
	stores := testkit.OpenAt(t, o.RedisURL, o.MongoURL, o.Database)
	q, err := queue.New(queue.Options{Redis: stores.Redis, Mongo: stores.Mongo, Keys: ring, Node: "gate"})
	if err != nil {
		t.Fatal(err)
	}
	users := make([]string, n)
	var callers sync.WaitGroup
	for i := range users {
		users[i] = fmt.Sprintf("%024x", from+i)
	}
	for first := range 100 {
		callers.Go(func() {
			for i := first; i < n; i += 100 {
				st, err := q.Join(context.Background(), o.Season, users[i], "")
				if err != nil || st.State != queue.Gathering {
					t.Errorf("%+v %v", st, err)
					return
				}
			}
		})
	}
	callers.Wait()
	return users
}

// drawDocuments returns the three documents that decide a draw. They begin with the
// season's id, for a later draw with its number.
func drawDocuments(t *testing.T, db *mongo.Database, season string) (documents []string) {
	t.Helper()
	for _, what := range []string{"promise", "frozen", "reveal"} {
		raw, err := db.Collection("draws").FindOne(t.Context(), bson.D{{Key: "_id", Value: season + "/" + what}}).Raw()
		if err != nil {
			t.Fatal(what, err)
		}
		documents = append(documents, raw.String())
	}
	return documents
}
