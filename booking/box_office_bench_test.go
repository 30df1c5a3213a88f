package booking

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/testkit"
)

// soldHouse is a node with sold purchases of one seat each, and as many free seats.
func soldHouse(b *testing.B, purchases int) (*stage, *Booking, []order) {
	b.Helper()
	name := fmt.Sprintf("bench_%d_%d", os.Getpid(), time.Now().UnixNano())
	s := newStageOn(b, testkit.OpenAt(b, testkit.RealRedis(b), testkit.BenchMongo(b), name), 2*purchases, 4500)
	s.provider.Provider.(*payment.Sandbox).Slow = 0
	node := s.node(nil)
	if err := node.ensurePurchaseIndexes(s.ctx); err != nil {
		b.Fatal(err)
	}
	s.sold(node, purchases)
	found, err := s.stores.Mongo.Collection(transactionsName).Find(s.ctx, bson.D{{Key: "season", Value: s.season}})
	if err != nil {
		b.Fatal(err)
	}
	var orders []order
	if err := found.All(s.ctx, &orders); err != nil {
		b.Fatal(err)
	}
	if len(orders) != purchases {
		b.Fatalf("%d purchases are sold, want %d", len(orders), purchases)
	}
	return s, node, orders
}

// BenchmarkMove measures a ticket's move to another seat, one after the other, beside the
// refund of such a ticket by the box office.
func BenchmarkMove(b *testing.B) {
	s, node, orders := soldHouse(b, 2*b.N)
	plan, err := node.putUnderSale(s.ctx, s.season)
	if err != nil {
		b.Fatal(err)
	}
	at := func(o order) OfficeRequest {
		return OfficeRequest{Transaction: o.ID.Hex(), By: "desk@example.com", Reason: "a pillar"}
	}
	b.ResetTimer()
	began := time.Now()
	for i, o := range orders[:b.N] {
		if _, err := node.MoveFor(s.ctx, at(o), o.Lines[0].SeatNumber, plan.Seats[2*b.N+i].Number); err != nil {
			b.Fatal(err)
		}
	}
	moves := time.Since(began)
	b.StopTimer()
	began = time.Now()
	for _, o := range orders[b.N:] {
		if _, err := node.RefundFor(s.ctx, at(o), nil); err != nil {
			b.Fatal(err)
		}
	}
	refunds := time.Since(began)
	b.ReportMetric(moves.Seconds()*1000/float64(b.N), "move-ms")
	b.ReportMetric(refunds.Seconds()*1000/float64(b.N), "refund-ms")
	b.ReportMetric(refunds.Seconds()/moves.Seconds(), "ratio")
}

// BenchmarkCancelledShow measures how long the refunds of a cancelled show take; for 10,000
// purchases give -benchtime 10000x. Beside it, one refund after the other.
func BenchmarkCancelledShow(b *testing.B) {
	const single = 50
	s, node, orders := soldHouse(b, b.N+single)
	began := time.Now()
	for _, o := range orders[:single] {
		if _, err := node.RefundFor(s.ctx, OfficeRequest{Transaction: o.ID.Hex(), By: "desk@example.com", Reason: "ill"}, nil); err != nil {
			b.Fatal(err)
		}
	}
	one := time.Since(began).Seconds() / single
	if _, err := node.CancelSeason(s.ctx, s.season, "a storm", "boss@example.com"); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	began = time.Now()
	s.refundEveryone(node)
	all := time.Since(began).Seconds()
	b.StopTimer()
	b.ReportMetric(all, "seconds")
	b.ReportMetric(float64(b.N)/all, "refunds/s")
	b.ReportMetric(one*float64(b.N)/all, "ratio")
}
