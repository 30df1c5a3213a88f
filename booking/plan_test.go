package booking

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

func (h *hall) importPlan(b *Booking, text string) (Imported, error) {
	return b.ImportPlan(h.ctx, h.season, strings.NewReader(text), "test")
}

// rows returns a season's documents in the collection seats, by seat number.
func (h *hall) rows() map[string]seatRow {
	h.t.Helper()
	var all []seatRow
	found, err := h.stores.Mongo.Collection(seatsName).Find(h.ctx, bson.D{{Key: "season", Value: h.season}})
	if err == nil {
		err = found.All(h.ctx, &all)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	rows := map[string]seatRow{}
	for _, row := range all {
		rows[row.Number] = row
	}
	if len(rows) != len(all) {
		h.t.Fatal("a seat is there twice")
	}
	return rows
}

func TestImportingAPlanTwiceIsOneVersion(t *testing.T) {
	h := emptyHall(t, testkit.Stores(t).RedisURL, "")
	other := h.node(nil)
	for _, b := range []*Booking{h.Booking, h.Booking, other} {
		got, err := h.importPlan(b, planCSV("vvr", "rrx"))
		if err != nil || got.Imported != 6 || got.Version != 1 || len(got.Warnings) != 0 {
			t.Fatal(got, err)
		}
	}
	rows := h.rows()
	if len(rows) != 6 || rows["B-3"].Status != Unavailable || rows["A-3"].Category != "Regular" || rows["B-1"].Index != 3 || rows["A-2"].ID != seatID(h.season, "A-2") {
		t.Errorf("the collection seats has %+v", rows)
	}

	got, err := h.importPlan(other, planCSV("vvvv"))
	if err != nil || got.Imported != 4 || got.Version != 2 {
		t.Fatal(got, err)
	}
	rows = h.rows()
	if _, still := rows["B-1"]; still || len(rows) != 4 || rows["A-3"].Category != "VIP" {
		t.Errorf("after another plan the collection seats has %+v", rows)
	}
	h.open(1)
	h.admit(time.Minute, "ann")
	h.hold("ann", "A-4") // a seat that this node has not read
	_, err = h.importPlan(other, planCSV("vvvvv"))
	wantFault(t, err, fault.Conflict)
	if got, err := h.importPlan(other, planCSV("vvvv")); err != nil || got.Version != 2 {
		t.Errorf("the plan on sale, once more: %+v, %v", got, err)
	}
}

func TestAWrongPlanImportsNothing(t *testing.T) {
	h := emptyHall(t, testkit.Stores(t).RedisURL, "")
	_, err := h.importPlan(h.Booking, planCSV("vvv")+"A-9,VIP,x,A,,,\n")
	wantFault(t, err, fault.InvalidRequest)
	if rows := h.rows(); len(rows) != 0 {
		t.Error("seats:", rows)
	}
	plan, err := h.plan(h.ctx, h.season)
	if err != nil || plan.Version != 0 {
		t.Error(plan, err)
	}
}

// A hold and an import of another plan run at once, on two nodes. Whichever is first, no
// seat stays held under the old plan, and a cart shows the prices of the new one.
func TestAnImportRacesAHold(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		for round := range 5 {
			h := newHall(t, redisURL, "", "vvv")
			h.admit(time.Minute, "ann", "bob")
			importer := h.node(nil)
			if _, err := importer.plan(h.ctx, h.season); err != nil {
				t.Fatal(err)
			}
			cheaper := strings.ReplaceAll(planCSV("vv"), "4500", "1000")
			var held Cart
			var holdErr, importErr error
			var racers sync.WaitGroup
			racers.Go(func() { held, holdErr = h.Hold(h.ctx, h.season, "ann", []string{"A-1"}) })
			racers.Go(func() { _, _ = h.Hold(h.ctx, h.season, "bob", []string{"A-3"}) })
			racers.Go(func() { _, importErr = h.importPlan(importer, cheaper) })
			racers.Wait()
			cart, err := h.Cart(h.ctx, h.season, "ann")
			if err != nil {
				t.Fatal(err)
			}
			plan, err := importer.plan(h.ctx, h.season)
			if err != nil || (plan.Version == 2) != (importErr == nil) {
				t.Fatal(plan, err, importErr)
			}
			if importErr != nil && !fault.Is(importErr, fault.Conflict) || holdErr != nil && !fault.Is(holdErr, fault.Unavailable) {
				t.Fatalf("round %d: the hold got %v and the import %v", round, holdErr, importErr)
			}
			for _, seat := range cart.Seats {
				if held.Total != plan.Seats[0].Price || seat.Price != plan.Seats[0].Price {
					t.Fatalf("the hold showed %d, the cart %d, and the plan says %d", held.Total, seat.Price, plan.Seats[0].Price)
				}
			}
			if _, err := h.importPlan(importer, planCSV("vv")); len(cart.Seats) > 0 {
				wantFault(t, err, fault.Conflict)
			}
			h.wantWhole()
		}
	})
}

// Seats that are not bought may be corrected, even after they were held; sold seats stay.
func TestAPlanMayBeCorrectedUntilTheFirstPurchase(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStageAt(t, redisURL, 3, 45) // a price typo
		here, there := s.node(nil), s.node(nil)
		right := "seatNumber,category,price\nA-1,VIP,4500\nA-2,VIP,4500\nA-4,VIP,4500\n"
		load := func() (Imported, error) { return there.ImportPlan(s.ctx, s.season, strings.NewReader(right), "test") }
		fan := s.fan()
		s.hold(here, fan, "A-1")
		_, err := load()
		wantFault(t, err, fault.Conflict)
		if _, err := here.Release(s.ctx, s.season, fan, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := load(); err != nil || got.Version != 2 {
			t.Fatal(got, err)
		}
		cart, err := here.Hold(s.ctx, s.season, fan, []string{"A-1", "A-4"})
		if err != nil || cart.Total != 9000 {
			t.Fatalf("%+v, %v", cart, err)
		}
		bought, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-4"))
		if err != nil || bought.Total != 9000 {
			t.Fatalf("%+v, %v", bought, err)
		}
		right = strings.Replace(right, "A-1,VIP,4500", "A-1,VIP,45", 1)
		_, err = load()
		wantFault(t, err, fault.SeatTaken, "A-1")
		s.wantClean(there)
	})
}

// A cart in one currency is not charged in another.
func TestTheCurrencyChangesOnlyWhileNothingIsHeldOrSold(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 3)
		here, there := s.node(nil), s.node(nil)
		change := func(code string) error {
			_, err := there.ApplySeason(s.ctx, s.season, []byte(`{"currency":"`+code+`"}`), "test")
			return err
		}
		wantFault(t, change("ABC"), fault.InvalidRequest)
		wantFault(t, change("XXX"), fault.InvalidRequest)
		fan := s.fan()
		s.hold(here, fan, "A-1")
		wantFault(t, change("JPY"), fault.Conflict)
		if _, err := here.Release(s.ctx, s.season, fan, nil); err != nil {
			t.Fatal(err)
		}
		if err := change("JPY"); err != nil {
			t.Fatal(err)
		}
		// This node learns the new currency only from the plan.
		cart, err := here.Hold(s.ctx, s.season, fan, []string{"A-1"})
		if err != nil || cart.Currency != "JPY" {
			t.Fatalf("%+v, %v", cart, err)
		}
		bought, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
		if err != nil || bought.Currency != "JPY" {
			t.Fatalf("%+v, %v", bought, err)
		}
		wantFault(t, change("EUR"), fault.Conflict)
		if _, err := there.ApplySeason(s.ctx, s.season, []byte(`{"currency":"JPY","name":"Another"}`), "test"); err != nil {
			t.Fatal(err)
		}
		s.wantClean(there)
	})
}

// A refused hold leaves the plan open to changes.
func TestARefusedHoldLeavesThePlanOpen(t *testing.T) {
	h := newHall(t, testkit.Stores(t).RedisURL, "", "vvv")
	_, err := h.Hold(h.ctx, h.season, "stranger", []string{"A-1"})
	wantFault(t, err, fault.NotAdmitted)
	if got, err := h.importPlan(h.Booking, planCSV("vvvv")); err != nil || got.Version != 2 {
		t.Fatal(got, err)
	}
}

func TestConcurrentImportsAgree(t *testing.T) {
	t.Parallel()
	h := emptyHall(t, testkit.Stores(t).RedisURL, "")
	versions := make([]int64, 4)
	var importers sync.WaitGroup
	for i := range versions {
		b := h.node(nil)
		importers.Go(func() {
			got, err := h.importPlan(b, planCSV(strings.Repeat("v", 3+i%2)))
			if err != nil {
				t.Error(err)
			}
			versions[i] = got.Version
		})
	}
	importers.Wait()
	plan, err := h.node(nil).plan(h.ctx, h.season)
	if err != nil || plan.Version < 2 || len(h.rows()) < 3 {
		t.Fatal(plan, err, versions)
	}
}

// The importing node dies after publishing: another node finishes the import, and a sold
// seat's status stays.
func TestAnAbandonedImportIsFinished(t *testing.T) {
	h := newHall(t, testkit.Stores(t).RedisURL, "", "vvv")
	seats := h.stores.Mongo.Collection(seatsName)
	if _, err := h.stores.Mongo.Collection(plansName).DeleteOne(h.ctx, bson.D{{Key: "_id", Value: planID(h.season, 1) + "/seats"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := seats.DeleteOne(h.ctx, bson.D{{Key: "_id", Value: seatID(h.season, "A-3")}}); err != nil {
		t.Fatal(err)
	}
	sold := bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: Booked}}}}
	if _, err := seats.UpdateByID(h.ctx, seatID(h.season, "A-1"), sold); err != nil {
		t.Fatal(err)
	}
	other := h.node(nil)
	current, err := other.reloadPlan(h.ctx, h.season)
	if err != nil {
		t.Fatal(err)
	}
	old := *current
	old.at = time.Now().Add(-2 * projectionOverdue)
	other.plans.Store(h.season, &old)
	for range 2 {
		if err := other.finishProjection(h.ctx, h.season); err != nil {
			t.Fatal(err)
		}
	}
	if rows := h.rows(); len(rows) != 3 || rows["A-1"].Status != Booked || rows["A-3"].Status != Available {
		t.Errorf("the collection seats has %+v", rows)
	}
}

func TestThePlansVersion(t *testing.T) {
	h := emptyHall(t, testkit.Stores(t).RedisURL, "")
	other := h.node(nil)
	for want, rows := range []string{"", "vv", "vvv"} {
		if rows != "" {
			if _, err := h.importPlan(h.Booking, planCSV(rows)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := other.PlanVersion(h.ctx, h.season); err != nil || got != int64(want) {
			t.Errorf("version %d, %v, want %d", got, err, want)
		}
	}
}

// stadium is the CSV of a large plan.
func stadium(seats int) string {
	var text strings.Builder
	text.WriteString("seatNumber,category,price,section,row\n")
	for i := range seats {
		fmt.Fprintf(&text, "%d-%d-%d,Regular,2500,S%d,%d\n", i/2000, i/50%40, i%50, i/2000, i/50%40)
	}
	return text.String()
}

func TestAPlanOfManyPieces(t *testing.T) {
	t.Parallel()
	const seats = pieceSize + 200
	h := emptyHall(t, testkit.Stores(t).RedisURL, "")
	got, err := h.importPlan(h.Booking, stadium(seats))
	if err != nil || got.Imported != seats {
		t.Fatal(got, err)
	}
	own, err := h.plan(h.ctx, h.season)
	if err != nil {
		t.Fatal(err)
	}
	far, err := h.node(nil).plan(h.ctx, h.season)
	if err != nil || !reflect.DeepEqual(own, far) {
		t.Fatal("another node reads another plan", err)
	}
	if rows := h.rows(); len(rows) != seats {
		t.Errorf("the collection seats has %d of %d", len(rows), seats)
	}
}

func BenchmarkImportingAStadium(b *testing.B) {
	stores := testkit.Open(b, testkit.Stores(b).RedisURL)
	text := stadium(50_000)
	for b.Loop() {
		node, err := New(Options{Redis: stores.Redis, Mongo: stores.Mongo})
		if err != nil {
			b.Fatal(err)
		}
		season := testkit.SeasonID()
		if _, err := node.ApplySeason(b.Context(), season, []byte(`{}`), "bench"); err != nil {
			b.Fatal(err)
		}
		if _, err := node.ImportPlan(b.Context(), season, strings.NewReader(text), "bench"); err != nil {
			b.Fatal(err)
		}
	}
}

// A map shows only one of two seats on the same point. Such a plan is allowed, with a
// warning.
func TestAnImportWarnsOfSeatsOnOnePoint(t *testing.T) {
	t.Parallel()
	h := emptyHall(t, "", "")
	got, err := h.importPlan(h.Booking, "seatNumber,category,price,x,y\nA-1,VIP,1,3,4\nA-2,VIP,1,4,4\nA-3,VIP,1,3,4\n")
	if err != nil || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "A-1 and A-3") {
		t.Errorf("got %v, %v", got, err)
	}
	many := "seatNumber,category,price,x,y\n"
	for i := range 100 {
		many += fmt.Sprintf("A-%d,VIP,1,0,0\n", i)
	}
	got, err = h.importPlan(h.Booking, many)
	if err != nil || len(got.Warnings) != 21 || !strings.HasPrefix(got.Warnings[20], "79 more") {
		t.Errorf("got %v, %v", got, err)
	}
}
