package booking

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/booking/feed"
	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
)

// feedEvent is an event as a shop reads it.
type feedEvent struct {
	ID, Type, Timestamp string
	Data                struct {
		Transaction struct {
			ID, Season, UserID, Holder, Status, Reason, Currency string
			CreatedAt, CompletedAt                               string
			Version                                              int
			Total, Refunded                                      int64
			Desk                                                 *feed.Desk
			Seats                                                []struct {
				SeatNumber, Category, TicketID string
				Price                          int64
				Refunded                       bool
			}
		}
		Refund *struct {
			ID     string
			Number int
			Amount int64
			Seats  []string
		}
		Season    *feed.Season
		Allotment *feed.Allotment
	}
}

// feedEvents returns the recorded events of a season, oldest first, from both the outbox
// and the log.
func (s *stage) feedEvents() []feedEvent {
	s.t.Helper()
	outbox, err := s.stores.Mongo.Collection("feed").Find(s.ctx, bson.D{})
	if err != nil {
		s.t.Fatal(err)
	}
	var stored []feed.Event
	if err := outbox.All(s.ctx, &stored); err != nil {
		s.t.Fatal(err)
	}
	pages, err := s.stores.Mongo.Collection("feed_log").Find(s.ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		s.t.Fatal(err)
	}
	var log []struct {
		Events []feed.Event `bson:"events"`
	}
	if err := pages.All(s.ctx, &log); err != nil {
		s.t.Fatal(err)
	}
	for _, page := range log {
		for _, e := range page.Events {
			if !slices.ContainsFunc(stored, func(known feed.Event) bool { return known.ID == e.ID }) {
				stored = append(stored, e)
			}
		}
	}
	slices.SortStableFunc(stored, func(a, b feed.Event) int { return a.At.Compare(b.At) })
	var events []feedEvent
	for _, e := range stored {
		var event feedEvent
		if err := json.Unmarshal([]byte(e.Body), &event); err != nil || event.ID != e.ID {
			s.t.Fatalf("event %s: %s: %v", e.ID, e.Body, err)
		}
		if event.Data.Transaction.Season == s.season || event.Data.Allotment != nil && event.Data.Allotment.Season == s.season ||
			event.Data.Season != nil && event.Data.Season.ID == s.season {
			events = append(events, event)
		}
	}
	return events
}

// wantFeed fails unless the feed contains exactly the decided orders, without refused ones,
// the decided refunds and the applied changes of allotments.
func (s *stage) wantFeed(b *Booking) {
	s.t.Helper()
	decisions, err := b.decisionsOf(s.ctx, s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	working, err := b.allPending(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	changes, err := store.FindAll[allotmentChange](s.ctx, s.stores.Mongo.Collection(allotmentChangesName), s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	want := map[string]string{}
	for i := range changes {
		if d := decisions[changes[i].ID]; d != nil && d.Outcome == applied {
			want[changes[i].ID.Hex()] = feed.AllotmentChanged
		}
		delete(decisions, changes[i].ID)
	}
	for id, d := range decisions {
		if slices.ContainsFunc(working, func(entry pendingEntry) bool { return entry.ID == id }) {
			continue // recorded once it is settled
		}
		switch {
		case d.Outcome == captured:
			want[id.Hex()] = feed.Completed
		case d.Outcome == refunded:
			want[id.Hex()] = feed.Refunded
		case d.Outcome == moved:
			want[id.Hex()] = feed.Moved
		case d.Outcome == announced:
			want[id.Hex()] = feed.SeasonCancelled
		case d.Outcome == cancelled && !slices.Contains(refusalReasons, d.Reason):
			want[id.Hex()] = feed.Cancelled
		}
	}
	for _, e := range s.feedEvents() {
		if slices.ContainsFunc(working, func(entry pendingEntry) bool { return entry.ID.Hex() == e.ID }) {
			continue
		}
		if more := e.Data.Allotment; more != nil && more.Number > 1 && more.Change+"-"+strconv.Itoa(more.Number) == e.ID {
			continue
		}
		if want[e.ID] != e.Type {
			s.t.Errorf("event %s says %s, want %q", e.ID, e.Type, want[e.ID])
		}
		delete(want, e.ID)
	}
	for id, kind := range want {
		s.t.Errorf("no event says that %s is %s", id, kind)
	}
}

// TestTheFeedRecordsEveryOutcome from the first purchase to the last refund.
func TestTheFeedRecordsEveryOutcome(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 6)
	b := s.node(nil)
	fan := s.fan()
	s.hold(b, fan, "A-1", "A-2", "A-3", "A-4")
	bought, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2", "A-3"))
	wantStatus(t, bought, err, Completed)
	_, err = b.Buy(s.ctx, s.request(fan, "no", payment.TokenDeclined, "A-4"))
	wantCode(t, err, fault.PaymentDeclined)
	_, err = b.Buy(s.ctx, s.request(fan, "none", payment.TokenOK, "A-5")) // not held: refused, and without an event
	wantCode(t, err, fault.HoldExpired)
	for _, seats := range [][]string{{"A-2"}, nil} {
		if _, err := b.Refund(s.ctx, fan, bought.ID, seats); err != nil {
			t.Fatal(err)
		}
		b.purchases.wg.Wait()
	}
	s.wantFeed(b)
	events := s.feedEvents()
	if len(events) != 4 {
		t.Fatalf("%d events: %+v", len(events), events)
	}
	line := func(e feedEvent) string {
		t := e.Data.Transaction
		text := fmt.Sprintf("%s v%d %s %q %d-%d", e.Type, t.Version, t.Status, t.Reason, t.Total, t.Refunded)
		for _, seat := range t.Seats {
			text += fmt.Sprintf(" %s:%d:%v:%v", seat.SeatNumber, seat.Price, seat.Refunded, seat.TicketID != "")
		}
		if r := e.Data.Refund; r != nil {
			text += fmt.Sprintf(" %d %d %v", r.Number, r.Amount, r.Seats)
		}
		return text
	}
	for i, want := range []string{
		`transaction.completed v1 completed "" 13500-0 A-1:4500:false:true A-2:4500:false:true A-3:4500:false:true`,
		`transaction.cancelled v1 cancelled "payment_declined" 4500-0 A-4:4500:false:false`,
		`transaction.refunded v2 completed "" 13500-4500 A-1:4500:false:true A-2:4500:true:true A-3:4500:false:true 1 4500 [A-2]`,
		`transaction.refunded v3 cancelled "refunded" 13500-13500 A-1:4500:true:true A-2:4500:true:true A-3:4500:true:true 2 9000 [A-1 A-3]`,
	} {
		if got := line(events[i]); got != want {
			t.Errorf("event %d is\n%s\nwant\n%s", i, got, want)
		}
		if e := events[i].Data.Transaction; e.UserID != fan || e.Holder != "Ada" || e.Currency != "EUR" || e.CreatedAt == "" || e.CompletedAt == "" || events[i].Timestamp == "" {
			t.Errorf("event %d: %+v", i, events[i])
		}
	}
	if id := events[0].Data.Transaction.Seats[0].TicketID; id != bought.Tickets[0].ID {
		t.Errorf("ticket %s, want %s", id, bought.Tickets[0].ID)
	}
}
