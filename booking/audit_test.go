package booking

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// TestTheAuditFindsWhatIsWrong corrupts one document at a time in a season with an order, a
// declined payment and a hold, and wants a finding.
func TestTheAuditFindsWhatIsWrong(t *testing.T) {
	testkit.Once(t)
	testkit.Long(t)
	t.Parallel()
	set := func(field string, value any) bson.D {
		return bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}}
	}
	cases := []struct {
		name  string
		wrong func(s *stage, sold, declined *order) error
		says  string
	}{
		{"nothing", func(*stage, *order, *order) error { return nil }, ""},
		{"a second valid ticket", func(s *stage, sold, _ *order) error {
			extra := storedTicket{ID: bson.NewObjectID(), Transaction: sold.ID, Seat: sold.Seats[0], Season: s.season, Status: ticketValid, SeatNumber: sold.Lines[0].SeatNumber}
			_, err := s.stores.Mongo.Collection(ticketsName).InsertOne(s.ctx, extra)
			return err
		}, "two valid tickets"},
		{"a ticket missing", func(s *stage, sold, _ *order) error {
			_, err := s.stores.Mongo.Collection(ticketsName).DeleteOne(s.ctx, store.ByID(ticketID(sold, 0)))
			return err
		}, "has no ticket for seat"},
		{"a ticket for nothing", func(s *stage, _, declined *order) error {
			extra := storedTicket{ID: bson.NewObjectID(), Transaction: declined.ID, Seat: declined.Seats[0], Season: s.season, Status: ticketValid, SeatNumber: declined.Lines[0].SeatNumber}
			_, err := s.stores.Mongo.Collection(ticketsName).InsertOne(s.ctx, extra)
			return err
		}, "is not captured"},
		{"a seat claimed over an open claim", func(s *stage, sold, declined *order) error {
			_, err := s.stores.Mongo.Collection(claimsName).InsertOne(s.ctx, claim{
				ID: claimID(sold.Seats[0], 2), Seat: sold.Seats[0], Generation: 2, Season: s.season,
				SeatNumber: sold.Lines[0].SeatNumber, Index: sold.Lines[0].Index, Transaction: declined.ID, User: declined.User,
			})
			return err
		}, "was claimed again"},
		{"a claim missing", func(s *stage, sold, _ *order) error {
			_, err := s.stores.Mongo.Collection(claimsName).DeleteOne(s.ctx, store.ByID(claimID(sold.Seats[0], 1)))
			return err
		}, "has no claim on seat"},
		{"a sold seat shown as available", func(s *stage, sold, _ *order) error {
			_, err := s.stores.Mongo.Collection(seatsName).UpdateOne(s.ctx, store.ByID(sold.Seats[0]), set("status", Available))
			return err
		}, "is shown as available"},
		{"a free seat shown as booked", func(s *stage, _, declined *order) error {
			_, err := s.stores.Mongo.Collection(seatsName).UpdateOne(s.ctx, store.ByID(declined.Seats[0]), set("status", Booked))
			return err
		}, "is shown as booked"},
		{"a captured order shown as pending", func(s *stage, sold, _ *order) error {
			_, err := s.stores.Mongo.Collection(transactionsName).UpdateOne(s.ctx, store.ByID(sold.ID), set("status", Pending))
			return err
		}, "although its money is captured"},
		{"an order without a decision", func(s *stage, _, declined *order) error {
			_, err := s.stores.Mongo.Collection(decisionsName).DeleteOne(s.ctx, store.ByID(declined.ID))
			return err
		}, "without a decision and without an entry in pending"},
		{"an order that charges another price than the plan", func(s *stage, sold, _ *order) error {
			_, err := s.stores.Mongo.Collection(transactionsName).UpdateOne(s.ctx, store.ByID(sold.ID), set("lines.0.type", "child"))
			return err
		}, `at the price type "child", but version 2 of the seat plan has 2250`},
		{"a total that is not the sum", func(s *stage, sold, _ *order) error {
			_, err := s.stores.Mongo.Collection(transactionsName).UpdateOne(s.ctx, store.ByID(sold.ID), set("total", int64(9001)))
			return err
		}, "charges 9001, but its seats cost 9000"},
		{"a ticket of another type", func(s *stage, sold, _ *order) error {
			_, err := s.stores.Mongo.Collection(ticketsName).UpdateOne(s.ctx, store.ByID(ticketID(sold, 0)), set("type", "child"))
			return err
		}, `shows 4500 (type "child")`},
		{"a price type of a seat that is not in the cart", func(s *stage, sold, _ *order) error {
			return s.stores.Redis.HSet(s.ctx, s.key("cart")+":"+sold.User.Hex(), "!type:"+sold.Lines[0].SeatNumber, "child").Err()
		}, "has the price type child for seat "},
		{"missing money", func(s *stage, sold, _ *order) error {
			_, err := s.stores.Mongo.Collection("sandbox_charges").DeleteOne(s.ctx, store.ByID(sold.ID.Hex()))
			return err
		}, "but the provider holds 0 of its 9000"},
		{"money of a cancelled order", func(s *stage, _, declined *order) error {
			_, err := s.stores.Mongo.Collection("sandbox_charges").UpdateOne(s.ctx, store.ByID(declined.ID.Hex()), set("outcome", payment.Captured))
			return err
		}, "but the provider holds 4500 of its 4500"},
		{"one key paid twice", func(s *stage, sold, declined *order) error {
			if _, err := s.stores.Mongo.Collection(transactionsName).UpdateOne(s.ctx, store.ByID(declined.ID), set("key", sold.Key)); err != nil {
				return err
			}
			_, err := s.stores.Mongo.Collection(decisionsName).UpdateOne(s.ctx, store.ByID(declined.ID), set("outcome", captured))
			return err
		}, "under one idempotency key"},
		{"a sold seat that Redis shows as free", func(s *stage, sold, _ *order) error {
			return s.stores.Redis.HDel(s.ctx, seats.TakenByKey(s.season), fmt.Sprint(sold.Lines[0].Index)).Err()
		}, "but Redis marks it"},
		{"a mark of a cancelled order", func(s *stage, _, declined *order) error {
			return s.stores.Redis.HSet(s.ctx, seats.TakenByKey(s.season), fmt.Sprint(declined.Lines[0].Index), declined.ID.Hex()+" "+declined.User.Hex()).Err()
		}, "which is cancelled"},
		{"a mark without a claim", func(s *stage, sold, _ *order) error {
			return s.stores.Redis.HSet(s.ctx, seats.TakenByKey(s.season), "9999", sold.ID.Hex()+" "+sold.User.Hex()).Err()
		}, "without a claim"},
	}
	stores := newStage(t, "", 1)
	// Places of an area are checked like numbered seats: every second case, all in make soak.
	for kind, number := range map[string]func(i int) string{
		"numbered seats": func(i int) string { return fmt.Sprintf("A-%d", i) },
		"standing":       func(i int) string { return fmt.Sprintf("Pit-%04d", i) },
	} {
		for i, c := range cases {
			if kind == "standing" && i%2 == 0 && os.Getenv("USHER_SOAK") == "" {
				continue
			}
			t.Run(kind+"/"+c.name, func(t *testing.T) {
				s := stores.another(5, 4500)
				b := s.node(nil)
				s.forStanding(b, 5, 5)
				fan := s.fan()
				s.hold(b, fan, number(1), number(2), number(3), number(4))
				got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, number(1), number(2)))
				wantStatus(t, got, err, Completed)
				_, err = b.Buy(s.ctx, s.request(fan, "no", payment.TokenDeclined, number(3)))
				wantCode(t, err, fault.PaymentDeclined)
				sold, err := b.findOrder(s.ctx, transactionID(fan, "k", 1))
				if err != nil {
					t.Fatal(err)
				}
				declined, err := b.findOrder(s.ctx, transactionID(fan, "no", 1))
				if err != nil {
					t.Fatal(err)
				}
				if err := c.wrong(s, sold, declined); err != nil {
					t.Fatal(err)
				}
				wantFound(t, b, s.season, AuditOptions{}, 0, c.says)
			})
		}
	}
}

// TestTheAuditLooksAtPaymentPages: an open page is fine; a page of a cancelled order that
// can still be paid is not, and no order waits without end.
func TestTheAuditLooksAtPaymentPages(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	s.buyOnPage(b, s.fan(), "k", "A-1")
	s.wantClean(b)
	forgotten := s.buyOnPage(b, s.fan(), "k", "A-2")
	id, err := bson.ObjectIDFromHex(forgotten.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.stores.Mongo.Collection(transactionsName).UpdateOne(s.ctx, store.ByID(id),
		bson.D{{Key: "$set", Value: bson.D{{Key: "page.until", Value: time.Now().Add(-2 * time.Hour)}}}})
	if err != nil {
		t.Fatal(err)
	}
	wantFound(t, b, s.season, AuditOptions{}, 0, "waits at a payment page that ended at ")

	s = s.another(3, 4500)
	b = s.node(nil)
	fan := s.fan()
	gone := s.buyOnPage(b, fan, "k", "A-1")
	if _, err := b.Refund(s.ctx, fan, gone.ID, nil); err != nil {
		t.Fatal(err)
	}
	s.wantClean(b)
	if _, err := s.stores.Mongo.Collection("sandbox_charges").DeleteOne(s.ctx, store.ByID(gone.ID)); err != nil { // that the page is closed
		t.Fatal(err)
	}
	wantFound(t, b, s.season, AuditOptions{}, 0, "is cancelled (payment_cancelled), but its payment page can still be paid")
}

func TestTheAuditChecksTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	if _, err := s.stores.Mongo.Collection(seatsName).UpdateOne(s.ctx, store.ByID(seatID(s.season, "A-1")),
		bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: Booked}}}}); err != nil {
		t.Fatal(err)
	}
	found, err := b.Audit(s.ctx, s.season, AuditOptions{})
	if err != nil || len(found.Findings) != 1 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestTheAuditNeedsItsStores(t *testing.T) {
	s := newStage(t, "", 1)
	b := s.node(nil)
	s.redis(func(p redis.Pipeliner) { p.Del(s.ctx, s.key("epoch")) })
	if _, err := b.Audit(s.ctx, s.season, AuditOptions{}); err == nil {
		t.Error("an audit without Redis succeeds")
	}
}
