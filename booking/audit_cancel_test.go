package booking

import (
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/feed"
	"usher/internal/store"
)

// setting returns a fault: a field of a document has another value. Undone, the field is as
// it was.
func (s *stage) setting(collection string, id any, field string, value any) func(undo bool) error {
	var was any
	return func(undo bool) error {
		c, now := s.stores.Mongo.Collection(collection), value
		if undo {
			now = was
		} else {
			var d bson.M
			if err := c.FindOne(s.ctx, store.ByID(id)).Decode(&d); err != nil {
				return err
			}
			was = d[field]
		}
		_, err := c.UpdateOne(s.ctx, store.ByID(id), bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: now}}}})
		return err
	}
}

// dropping returns a fault: a document is missing.
func (s *stage) dropping(collection string, id any) func(undo bool) error {
	var was bson.D
	return func(undo bool) error {
		c := s.stores.Mongo.Collection(collection)
		if undo {
			_, err := c.InsertOne(s.ctx, was)
			return err
		}
		if err := c.FindOne(s.ctx, store.ByID(id)).Decode(&was); err != nil {
			return err
		}
		_, err := c.DeleteOne(s.ctx, store.ByID(id))
		return err
	}
}

// wantFault makes a fault, fails unless the audit finds it, and undoes it.
func (s *stage) wantFault(b *Booking, name string, wrong func(undo bool) error, says string) {
	s.t.Helper()
	if err := wrong(false); err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	wantFound(s.t, b, s.season, AuditOptions{}, 0, says)
	if err := wrong(true); err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
}

// TestTheAuditFindsWhatIsWrongWithACancelledShow corrupts one document or key at a time, and
// wants a finding for each.
func TestTheAuditFindsWhatIsWrongWithACancelledShow(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 8)
	b := s.node(nil)
	_, bought := s.sell(b, "A-1", "A-2")
	_, guest := s.sell(b, "A-3")
	s.wantScan(b, guest.Tickets[0].QRCode, Admitted)
	atDesk, err := b.SellAtDesk(s.ctx, s.deskRequest("d", "A-4"))
	wantSold(t, atDesk, err, 4500, "A-4")
	if _, err := b.MoveFor(s.ctx, deskAt(bought, "", "a pillar"), "A-1", "A-5"); err != nil {
		t.Fatal(err)
	}
	fan, returned := s.sell(b, "A-6")
	if _, err := b.Refund(s.ctx, fan, returned.ID, nil); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	s.wantFault(b, "a refund for a cancelled show", s.setting(refundsName, refundID(s.orderOf(returned).ID, 1), "cause", seasonCancelled), "is for a cancelled show, but the show is not cancelled")

	holder := s.fan()
	if _, err := b.CancelSeason(s.ctx, s.season, "the singer is ill", "boss@example.com"); err != nil {
		t.Fatal(err)
	}
	s.refundEveryone(b)
	s.wantClean(b)
	b.canceller.quiet = 0 // the refunds were made long ago
	s.wantClean(b)

	later := time.Now().UTC().Add(time.Hour).Truncate(time.Millisecond)
	desk, used, moved := s.orderOf(atDesk.Transaction), s.orderOf(guest), s.orderOf(bought)
	twice := func(o *order) func(bool) error {
		return func(undo bool) error {
			again, err := b.findRefund(s.ctx, refundID(o.ID, 1))
			if err != nil {
				return err
			}
			again.ID, again.Number = refundID(o.ID, 2), 2
			d := decision{ID: again.ID, Season: s.season, Outcome: refunded, At: again.At}
			if undo {
				_, err = s.stores.Mongo.Collection(refundsName).DeleteOne(s.ctx, store.ByID(again.ID))
				if err == nil {
					_, err = s.stores.Mongo.Collection(decisionsName).DeleteOne(s.ctx, store.ByID(d.ID))
				}
				return err
			}
			if _, err = s.stores.Mongo.Collection(refundsName).InsertOne(s.ctx, again); err == nil {
				_, err = s.stores.Mongo.Collection(decisionsName).InsertOne(s.ctx, d)
			}
			return err
		}
	}
	closes := s.stores.Redis.HGet(s.ctx, s.key("sale"), "closesAt").Val()
	onSale := func(undo bool) error {
		now := "0"
		if undo {
			now = closes
		}
		return s.stores.Redis.HSet(s.ctx, s.key("sale"), "closesAt", now).Err()
	}
	held := func(undo bool) error {
		if undo {
			_, err := b.Release(s.ctx, s.season, holder, nil)
			return err
		}
		if err := onSale(false); err != nil {
			return err
		}
		s.hold(b, holder, "A-7")
		return onSale(true)
	}
	var row auditRow
	if err := s.stores.Mongo.Collection(auditName).FindOne(s.ctx, bson.D{{Key: "season", Value: s.season}, {Key: "action", Value: "cancel"}}).Decode(&row); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		wrong func(undo bool) error
		says  string
	}{
		{"a purchase is left unrefunded", s.setting(decisionsName, refundID(desk.ID, 1), "outcome", string(abandoned)), "transaction " + desk.ID.Hex() + " is not refunded, and the last refund was made at"},
		{"a sale at the desk is refunded twice", twice(desk), "returns seat A-4, which refund"},
		{"a used ticket is refunded twice", twice(used), "returns seat A-3, which refund"},
		{"the seats are on sale again", onSale, `but Redis has its seats on sale: closesAt is "0"`},
		{"a seat is held", held, "but 1 of its seats are held"},
		{"a sale after the cancellation", s.setting(transactionsName, desk.ID, "createdAt", later), "was sold at " + timeText(&later) + ", after the show was cancelled at"},
		{"a move after the cancellation", s.setting(refundsName, refundID(moved.ID, 1), "at", later), "was made at " + timeText(&later) + ", after the show was cancelled at"},
		{"a refund of another amount", s.setting(refundsName, refundID(desk.ID, 1), "amount", int64(100)), "returns 100, but 4500 was paid"},
		{"the audit log does not say who", s.dropping(auditName, row.ID), "but the audit log has 0 rows about it"},
		{"the audit log has another reason", s.setting(auditName, row.ID, "after", bson.D{}), `(reason "the singer is ill"), but the audit log has 1 rows about it`},
		{"the feed does not say so", s.dropping(decisionsName, cancellationID(s.season)), "but the feed does not say so"},
	} {
		s.wantFault(b, c.name, c.wrong, c.says)
	}
	s.wantClean(b)
}

// TestTheFeedSaysThatAShowIsCancelled before the refunds, once, also when the node that
// cancelled died.
func TestTheFeedSaysThatAShowIsCancelled(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b, other := s.node(nil), s.node(nil)
	s.sell(b, "A-1")
	if _, err := b.revise(s.ctx, s.season, "cancel", "boss@example.com", func(season Season, _ bool) (Season, error) {
		season.Cancelled = &Cancellation{At: store.NowMilli(), By: "boss@example.com"}
		return season, nil
	}); err != nil { // what CancelSeason does first
		t.Fatal(err)
	}
	s.refundEveryone(other)
	s.wantClean(other) // the event is among what the feed must have
	if d, err := other.findDecision(s.ctx, cancellationID(s.season)); err != nil || d == nil {
		t.Errorf("the other node recorded no event: %v, %v", d, err)
	}
	for range 2 {
		if p, err := b.CancelSeason(s.ctx, s.season, "a repeat", "boss@example.com"); err != nil || p.State != CancelDone {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	var types []string
	var about *feed.Season
	for _, e := range s.feedEvents() {
		types = append(types, e.Type)
		if e.Data.Season != nil {
			about = e.Data.Season
		}
	}
	slices.Sort(types)
	if !slices.Equal(types, []string{feed.SeasonCancelled, feed.Completed, feed.Refunded}) {
		t.Errorf("the feed has %v", types)
	}
	if about == nil || about.ID != s.season || about.Name != "A night" || about.By != "boss@example.com" || about.Reason != nil {
		t.Errorf("the event says %+v", about)
	}
	s.wantClean(b)
}
