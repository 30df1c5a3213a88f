package app_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/dev"
	"usher/internal/gate"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// providersOwn are the collections that stand for the payment provider in tests. A real
// provider forgets nothing when the operator restores MongoDB, so no restore touches them.
var providersOwn = []string{"sandbox_charges", "sandbox_refunds"}

// dump reads every document of a database, as mongodump does, while nodes write.
func dump(t *testing.T, db *mongo.Database) map[string][]bson.Raw {
	t.Helper()
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	backup := map[string][]bson.Raw{}
	for _, name := range names {
		if slices.Contains(providersOwn, name) {
			continue
		}
		backup[name] = dumpOne(t, db, name)
	}
	return backup
}

// restoreDump makes a database what it was, as mongorestore --drop does. Collections that
// came after the dump are dropped too.
func restoreDump(t *testing.T, db *mongo.Database, backup map[string][]bson.Raw) {
	t.Helper()
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if slices.Contains(providersOwn, name) {
			continue
		}
		if err := db.Collection(name).Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for name, documents := range backup {
		if len(documents) == 0 {
			continue
		}
		if _, err := db.Collection(name).InsertMany(t.Context(), documents); err != nil {
			t.Fatalf("restoring %s: %v", name, err)
		}
	}
}

// ids returns the _id of every document of a collection, as text.
func ids(t *testing.T, db *mongo.Database, name string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, document := range dumpOne(t, db, name) {
		id := document.Lookup("_id")
		if hex, ok := id.ObjectIDOK(); ok {
			found[hex.Hex()] = true
		} else {
			found[id.StringValue()] = true
		}
	}
	return found
}

// dumpOne reads every document of a collection.
func dumpOne(t *testing.T, db *mongo.Database, name string) (documents []bson.Raw) {
	t.Helper()
	cursor, err := db.Collection(name).Find(context.Background(), bson.D{})
	if err == nil {
		err = cursor.All(context.Background(), &documents)
	}
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

// TestABackupIsRestored follows docs/backups.md. MongoDB goes back to a backup that was
// made while the sale went on. What was sold after the backup is named by usher audit
// while Redis is still newer, and by the provider's list in any case. The sale and the
// line go on.
func TestABackupIsRestored(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	o := node.Shared(t)
	o.Demo = func(d *dev.Demo) {
		d.Seats, d.ActiveLimit, d.Lease, d.Session, d.Hold = 40, 4, 10*time.Minute, time.Hour, 30*time.Minute
	}
	stores := testkit.OpenAt(t, o.RedisURL, o.MongoURL, o.Database)
	n := node.Start(t, o)
	at := func(f *node.Fan) *node.Fan { return f.At(n) } // the node that runs now
	buy := func(fan *node.Fan, key string) map[string]any {
		t.Helper()
		seats := seatNumbers(at(fan).Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 2}}, 201))
		return at(fan).Do("POST", "/transactions", purchaseOf(seats...), 201, "Idempotency-Key", key)
	}
	audit := func(want int) string {
		t.Helper()
		printed, status := node.Audit(t, "--season", o.Season,
			"--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database)
		if status != want {
			t.Fatalf("usher audit: exit status %d, want %d:\n%s", status, want, printed)
		}
		return printed
	}
	ann, bob, cid, _ := n.SignIn(t, "Ann"), n.SignIn(t, "Bob"), n.SignIn(t, "Cid"), n.SignIn(t, "Dee")
	eve := n.SignIn(t, "Eve") // waits
	if eve.Status["state"] != "waiting" {
		t.Fatalf("Eve does not wait: %v", eve.Status)
	}
	kept := buy(ann, "ann")
	staff := n.SignIn(t, "Staff")
	keptTickets, _ := ann.Do("GET", "/tickets", nil, 200)["tickets"].([]any)

	backup := dump(t, stores.Mongo)

	lost := buy(bob, "bob")
	lostID, lostSeats := lost["id"].(string), boughtSeats(t, lost)
	lostTickets, _ := bob.Do("GET", "/tickets", nil, 200)["tickets"].([]any)
	fay := n.SignIn(t, "Fay") // a user whom the backup does not know
	if len(keptTickets) != 2 || len(lostTickets) != 2 {
		t.Fatalf("%d and %d tickets, want 2 and 2", len(keptTickets), len(lostTickets))
	}

	n.Stop()
	// A copy whose collections were read at different moments is no backup: the claims
	// are from before the order, the rest from after it.
	torn := dump(t, stores.Mongo)
	torn["claims"] = backup["claims"]
	restoreDump(t, stores.Mongo, torn)
	if printed := audit(1); !strings.Contains(printed, lostID) {
		t.Errorf("the audit does not name the order whose claims are missing:\n%s", printed)
	}
	restoreDump(t, stores.Mongo, backup)

	// Step "list": Redis still has the marks of the lost order.
	listed := audit(1)
	if named := strings.Count(listed, "is marked taken ("+lostID+" "+bob.ID+") without a claim"); named != 2 {
		t.Errorf("the audit names %d of the 2 lost seats:\n%s", named, listed)
	}
	orphans := func() []string {
		known := ids(t, stores.Mongo, "transactions")
		charges := ids(t, stores.Mongo, "sandbox_charges")
		return slices.DeleteFunc(slices.Sorted(maps.Keys(charges)), func(id string) bool { return known[id] })
	}
	if found := orphans(); !slices.Equal(found, []string{lostID}) {
		t.Errorf("the provider's list has charges without an order: %v, want %s", found, lostID)
	}

	// Redis newer than MongoDB: the lost seats stay off sale, and all else goes on.
	n = node.Start(t, o)
	for _, seat := range lostSeats {
		if status, answer := at(cid).Try("POST", "/holds", map[string]any{"seats": []string{seat}}); status != 409 {
			t.Errorf("the lost seat %s is offered: %d %v", seat, status, answer)
		}
	}
	if status := at(eve).Do("GET", "/auth/status", nil, 200); status["state"] != "waiting" || status["number"] != eve.Status["number"] {
		t.Errorf("Eve was %v and is %v", eve.Status, status)
	}
	buy(cid, "cid")
	if again := at(ann).Do("POST", "/transactions", purchaseOf(boughtSeats(t, kept)...), 201, "Idempotency-Key", "ann"); again["id"] != kept["id"] {
		t.Errorf("Ann's order was %v and is %v", kept["id"], again["id"])
	}
	if _, answer := at(staff).Try("POST", "/checkins", map[string]any{"code": ticketCode(t, keptTickets[0]), "gate": "North"}); answer["result"] != "admitted" {
		t.Errorf("Ann's ticket at the gate: %v", answer)
	}
	if _, answer := at(staff).Try("POST", "/checkins", map[string]any{"code": ticketCode(t, lostTickets[0]), "gate": "North"}); answer["result"] != "invalid" {
		t.Errorf("Bob's lost ticket at the gate: %v", answer)
	}
	checker, err := gate.Load(t.Context(), gate.Sources{JWKS: n.URL + "/.well-known/jwks.json"})
	if err != nil {
		t.Fatal(err)
	}
	if got := checker.Check(ticketCode(t, lostTickets[0])); got.Result != gate.Valid {
		t.Errorf("without a server Bob's lost ticket is %v; docs/backups.md says that it is valid", got.Result)
	}
	if now := at(fay).Do("GET", "/auth/status", nil, 200); now["state"] != "waiting" {
		t.Errorf("Fay, whom the backup does not know, is %v", now)
	}
	if after := audit(1); strings.Count(after, "\n") != strings.Count(listed, "\n") {
		t.Errorf("the audit found\n%s and, with nodes running, finds\n%s", listed, after)
	}

	// Redis empty: a new epoch is made from MongoDB alone. The lost seats are on sale.
	n.Stop()
	loseRedis(t, stores.Redis, o.Season, installationOf(t, stores.Mongo))
	n = node.Start(t, o)
	if epoch := stores.Redis.Get(t.Context(), "epoch:{"+o.Season+"}").Val(); epoch != "2" {
		t.Errorf("the season is in epoch %q, want 2", epoch)
	}
	// Eve brings back her place, and Gil, who comes first in the new epoch, stands behind her.
	at(eve).Do("POST", "/waitingList/join", map[string]any{"place": eve.Status["place"]}, 200)
	gil := n.SignIn(t, "Gil")
	for _, fan := range []*node.Fan{at(eve), gil} {
		testkit.Eventually(t, 2*time.Minute, fan.Name+" has the turn in the new epoch", func() bool {
			_, now := fan.Try("GET", "/auth/status", nil)
			if fan.Name == "Eve" && now["number"] != nil && now["number"] != eve.Status["number"] {
				t.Fatalf("Eve brings back number %v and has %v", eve.Status["number"], now["number"])
			}
			return now["state"] == "turn"
		})
		fan.Do("POST", "/waitingList/enter", nil, 200)
	}
	for _, seat := range boughtSeats(t, kept) {
		if got := at(ann).Do("GET", "/seats/"+seat, nil, 200); got["status"] != "booked" {
			t.Errorf("Ann's seat %s is %v", seat, got["status"])
		}
	}
	again := gil.Do("POST", "/holds", map[string]any{"seats": lostSeats}, 201)
	sold := gil.Do("POST", "/transactions", purchaseOf(seatNumbers(again)...), 201, "Idempotency-Key", "gil")
	if sold["status"] != "completed" {
		t.Errorf("the lost seats are sold again as %v", sold)
	}
	if printed := audit(0); printed != "" {
		t.Errorf("the audit of the new epoch says %q", printed)
	}
	if found := orphans(); !slices.Equal(found, []string{lostID}) {
		t.Errorf("the provider's list has charges without an order: %v, want %s", found, lostID)
	}
}

// boughtSeats returns the seat numbers of a transaction.
func boughtSeats(t *testing.T, transaction map[string]any) (seats []string) {
	t.Helper()
	list, _ := transaction["seats"].([]any)
	for _, seat := range list {
		switch seat := seat.(type) {
		case string:
			seats = append(seats, seat)
		case map[string]any:
			seats = append(seats, seat["seatNumber"].(string))
		}
	}
	if len(seats) == 0 {
		t.Fatalf("a transaction without seats: %v", transaction)
	}
	return seats
}

// ticketCode returns the text of a ticket's QR code.
func ticketCode(t *testing.T, ticket any) string {
	t.Helper()
	fields, _ := ticket.(map[string]any)
	code, _ := fields["qrCode"].(string)
	if code == "" {
		t.Fatalf("a ticket without a code: %v", ticket)
	}
	return code
}

// installationOf returns the name of the installation, which is part of the key of its mark.
func installationOf(t *testing.T, db *mongo.Database) string {
	t.Helper()
	for _, document := range dumpOne(t, db, "redis_marks") {
		if number, ok := document.Lookup("_id").AsInt64OK(); ok && number == 0 {
			return document.Lookup("mark").StringValue()
		}
	}
	t.Fatal("redis_marks names no installation")
	return ""
}

// loseRedis deletes what Redis has of a season and of its installation.
func loseRedis(t *testing.T, client redis.UniversalClient, season, installation string) {
	t.Helper()
	keys, err := client.Keys(t.Context(), "*{"+season+"}*").Result()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Del(t.Context(), append(keys, "redis_mark:"+installation)...).Err(); err != nil {
		t.Fatal(err)
	}
}
