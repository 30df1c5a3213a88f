package booking

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/ticket"
)

// TestAGateWithoutANetworkSettlesItsScans: a scan that a gate admitted by itself counts
// like any other: the first state of a ticket decides, used or void.
func TestAGateWithoutANetworkSettlesItsScans(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2", "A-3")
	codes := map[string]string{}
	for _, one := range bought.Tickets {
		codes[one.SeatNumber] = one.QRCode
	}
	// A purchase of a moment ago: give the scan a time after it.
	at := bought.Tickets[0].IssuedAt.Add(time.Millisecond)
	late := func(seat, gate, id string) CheckIn {
		t.Helper()
		got, err := b.CheckIn(s.ctx, codes[seat], Scan{Gate: gate, By: "staff", ID: id, At: at})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := late("A-1", "B", "one-one-one-one-one"); got.Result != Admitted || !got.AdmittedAt.Equal(at) || !got.SameScan {
		t.Errorf("the first settled scan: %+v, want admitted at %s", got, at)
	}
	if got := late("A-1", "B", "one-one-one-one-one"); got.Result != AlreadyAdmitted || !got.SameScan || !got.AdmittedAt.Equal(at) {
		t.Errorf("its repeat: %+v", got)
	}
	if got := late("A-1", "C", "two-two-two-two-two"); got.Result != AlreadyAdmitted || got.SameScan || got.Gate != "B" {
		t.Errorf("the scan of another gate: %+v", got)
	}
	if got, err := b.CheckIn(s.ctx, codes["A-1"], Scan{Gate: "C", By: "staff"}); err != nil || got.SameScan {
		t.Errorf("a scan without an id is a repeat: %+v (%v)", got, err)
	}
	// Two scans without ids say nothing of each other.
	s.wantScan(b, codes["A-3"], Admitted)
	if got, err := b.CheckIn(s.ctx, codes["A-3"], Scan{Gate: "C", By: "staff"}); err != nil || got.Result != AlreadyAdmitted || got.SameScan {
		t.Errorf("the second of two scans without ids: %+v (%v)", got, err)
	}
	var state ticketState
	if err := s.stores.Mongo.Collection(checkinsName).FindOne(s.ctx, bson.D{{Key: "seatNumber", Value: "A-1"}}).Decode(&state); err != nil {
		t.Fatal(err)
	}
	if state.SettledAt == nil || !state.SettledAt.After(state.At) || !state.At.Equal(at) {
		t.Errorf("recorded at %s, settled at %v", state.At, state.SettledAt)
	}
	// A used ticket cannot be refunded.
	_, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-1"})
	wantCode(t, err, fault.Conflict)

	// A refund that came first stands: the late scan does not count.
	if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-2"}); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	if got := late("A-2", "B", "three-three-three-three"); got.Result != Void || got.SameScan {
		t.Errorf("the late scan of a refunded ticket: %+v", got)
	}
	if n := s.count(checkinsName, bson.D{{Key: "seatNumber", Value: "A-2"}, {Key: "verdict", Value: ticketUsed}}); n != 0 {
		t.Errorf("the refunded ticket is used %d times", n)
	}
	s.wantHeld(bought.ID, 9000)
	s.recover(b)
	s.wantClean(b)
}

func TestTheTimeOfALateScanIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 14, 20, 0, 0, 0, time.UTC)
	sold := now.Add(-40 * 24 * time.Hour)
	for name, c := range map[string]struct{ scanned, issued, want time.Time }{
		"an hour ago":                {now.Add(-time.Hour), sold, now.Add(-time.Hour)},
		"none":                       {time.Time{}, sold, now},
		"in the future":              {now.Add(time.Minute), sold, now},
		"years ahead":                {now.AddDate(9, 0, 0), sold, now},
		"last month":                 {now.AddDate(0, -1, 0), sold, now.Add(-lateScans)},
		"before the ticket was sold": {now.Add(-time.Hour), now.Add(-time.Minute), now.Add(-time.Minute)},
		"the ticket is of tomorrow":  {now.Add(-time.Hour), now.Add(time.Hour), now},
		"microseconds":               {now.Add(-time.Hour + 1500*time.Microsecond), sold, now.Add(-time.Hour + time.Millisecond)},
	} {
		if got := boundedAt(c.scanned, now, c.issued); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestAShortCodeFindsItsTicket in its season only, and never one of two.
func TestAShortCodeFindsItsTicket(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	_, bought := s.sell(b, "A-1", "A-2")
	digits, _ := ticket.ReadShort(ticket.ShortCode(bought.Tickets[0].ID))
	if got, err := b.CheckInShort(s.ctx, "another-season", digits, Scan{Gate: "N", By: "staff"}); err != nil || got.Result != Invalid {
		t.Errorf("in another season: %+v (%v)", got, err)
	}
	got, err := b.CheckInShort(s.ctx, s.season, digits, Scan{Gate: "N", By: "staff"})
	if err != nil || got.Result != Admitted || !got.ByHand || got.Ticket.ID != bought.Tickets[0].ID {
		t.Errorf("the check-in says %+v (%v)", got, err)
	}
	s.wantScan(b, bought.Tickets[0].QRCode, AlreadyAdmitted)
	if got, err := b.CheckInShort(s.ctx, s.season, "0123456789", Scan{Gate: "N", By: "staff"}); err != nil || got.Result != Invalid {
		t.Errorf("an unknown ticket: %+v (%v)", got, err)
	}
	// Another ticket of the season whose id begins with the same digits.
	id, err := bson.ObjectIDFromHex(digits + "00000000000000")
	if err != nil {
		t.Fatal(err)
	}
	twin := storedTicket{ID: id, Season: s.season, SeatNumber: "A-3", Status: ticketValid}
	if _, err := s.stores.Mongo.Collection(ticketsName).InsertOne(s.ctx, twin); err != nil {
		t.Fatal(err)
	}
	_, err = b.CheckInShort(s.ctx, s.season, digits, Scan{Gate: "N", By: "staff"})
	wantCode(t, err, fault.Conflict)
}
