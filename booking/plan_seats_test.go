package booking

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/testkit"
)

// The collection seats shows a change late, after seats were sold.
func TestALateProjectionKeepsSoldSeats(t *testing.T) {
	s := newStage(t, testkit.Stores(t).RedisURL, 2)
	importer, other := s.node(nil), s.node(nil)
	s.sell(other, "A-1")
	s.propose(importer, seatLine("A-1", 4500, ""), seatLine("A-2", 7, ""), seatLine("A-3", 8, ""))
	current, err := other.newestPlan(s.ctx, s.season)
	if err != nil {
		t.Fatal(err)
	}
	s.sell(other, "A-2")
	late := *current
	late.at = time.Now().Add(-2 * projectionOverdue)
	other.plans.Store(s.season, &late)
	for range 2 {
		if err := other.finishProjection(s.ctx, s.season); err != nil {
			t.Fatal(err)
		}
	}
	s.wantSeat("A-2", Booked)
	s.wantSeat("A-3", Available)
	if got := s.priceShown("A-2"); got != 7 {
		t.Errorf("A-2 shows %d", got)
	}
	// A late node overwrites the row with the version before; repair corrects the row.
	wrong := bson.D{{Key: "$set", Value: bson.D{{Key: "price", Value: 4500}, {Key: "status", Value: Unavailable}}}}
	if _, err := s.stores.Mongo.Collection(seatsName).UpdateByID(s.ctx, seatID(s.season, "A-3"), wrong); err != nil {
		t.Fatal(err)
	}
	if err := other.repair(s.ctx, s.season); err != nil {
		t.Fatal(err)
	}
	s.wantSeat("A-3", Available)
	if got := s.priceShown("A-3"); got != 8 {
		t.Errorf("A-3 shows %d", got)
	}
	s.wantClean(other)
}
