package booking

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/booking/seats"
	"usher/internal/store"
	"usher/internal/testkit"
)

// A late node has written an order's status from before its refund, and died.
func TestProjectionsAreRepaired(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 5)
		b := s.node(nil)
		fan := s.fan()
		s.hold(b, fan, "A-1", "A-2", "A-3", "A-4")
		back, err := b.Buy(s.ctx, s.request(fan, "back", payment.TokenOK, "A-1", "A-2"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Refund(s.ctx, fan, back.ID, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Buy(s.ctx, s.request(fan, "kept", payment.TokenOK, "A-3")); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Buy(s.ctx, s.request(fan, "refused", payment.TokenDeclined, "A-4")); err == nil {
			t.Fatal("declined, and bought")
		}
		b.purchases.wg.Wait()
		s.wantClean(b)
		set := func(collection string, id any, fields bson.D) {
			t.Helper()
			if _, err := s.stores.Mongo.Collection(collection).UpdateOne(s.ctx, store.ByID(id), bson.D{{Key: "$set", Value: fields}}); err != nil {
				t.Fatal(err)
			}
		}
		status := func(status any) bson.D { return bson.D{{Key: "status", Value: status}} }
		set(transactionsName, transactionID(fan, "back", 1), bson.D{{Key: "status", Value: Completed}, {Key: "reason", Value: ""}})
		set(transactionsName, transactionID(fan, "refused", 1), status(Pending))
		set(seatsName, seatID(s.season, "A-1"), status(Booked))
		set(seatsName, seatID(s.season, "A-3"), status(Available))
		if found, err := b.Audit(s.ctx, s.season, AuditOptions{}); err != nil || len(found.Findings) == 0 {
			t.Fatal("the fault was not made", err)
		}
		for range 2 { // the second repair has nothing to do
			if err := b.repairDue(s.ctx); err != nil {
				t.Fatal(err)
			}
		}
		s.wantClean(b)
		if n, err := s.stores.Mongo.Collection(pendingName).CountDocuments(s.ctx, bson.D{}); err != nil || n > 0 {
			t.Errorf("%d entries are left in pending: %v", n, err)
		}
	})
}

// Redis lost its last changes while no node was running to notice: the seats of an order
// are sold and not marked.
func TestMissingMarksOfSoldSeatsAreRepaired(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 5)
		b := s.node(nil)
		fan := s.fan()
		s.hold(b, fan, "A-1", "A-2")
		bought, err := b.Buy(s.ctx, s.request(fan, "kept", payment.TokenOK, "A-1", "A-2"))
		if err != nil {
			t.Fatal(err)
		}
		b.purchases.wg.Wait()
		s.wantClean(b)
		keys := seats.KeysOf(s.season)
		for _, key := range keys[4:8] { // taken, booked, takenby, bought
			if err := s.stores.Redis.Del(s.ctx, key).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if found, err := b.Audit(s.ctx, s.season, AuditOptions{}); err != nil || len(found.Findings) == 0 {
			t.Fatal("the fault was not made", err)
		}
		if err := b.repairDue(s.ctx); err != nil {
			t.Fatal(err)
		}
		s.wantClean(b)
		if mark := s.stores.Redis.HGet(s.ctx, seats.TakenByKey(s.season), "0").Val(); !strings.HasPrefix(mark, bought.ID+" ") {
			t.Errorf("A-1 is marked %q", mark)
		}
	})
}
