package booking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// priced replaces the plan: A-1 … A-4 cost 4500 (2250 for children), B-1 … B-4 cost 3000
// and have no price for children, C-1 costs 9000, C-2 is not on sale, and an area has three
// places at 4500. No purchase has begun.
func (s *stage) priced(b *Booking) {
	s.t.Helper()
	text := "seatNumber,category,price,price:child,status,area,capacity\n"
	for i := 1; i <= 4; i++ {
		text += fmt.Sprintf("A-%d,VIP,4500,2250,,,\nB-%d,Regular,3000,,,,\n", i, i)
	}
	text += "C-1,VIP,9000,,,,\nC-2,VIP,3000,,unavailable,,\n,Regular,4500,,,Floor,3\n"
	if _, err := b.ImportPlan(s.ctx, s.season, strings.NewReader(text), "test"); err != nil {
		s.t.Fatal(err)
	}
}

// codes returns the valid and the void codes of a fan's tickets, by seat.
func (s *stage) codes(b *Booking, fan string) (valid, void map[string]string) {
	s.t.Helper()
	tickets, _, err := b.Tickets(s.ctx, fan, 200, "")
	if err != nil {
		s.t.Fatal(err)
	}
	valid, void = map[string]string{}, map[string]string{}
	for _, t := range tickets {
		if t.Status == ticketVoid {
			void[t.SeatNumber] = t.QRCode
		} else {
			valid[t.SeatNumber] = t.QRCode
		}
	}
	return valid, void
}

// TestTheDeskMovesATicket there and back, to a cheaper seat and to a place of an area; then
// the fan is refunded.
func TestTheDeskMovesATicket(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	s.priced(here)
	announced := s.announcements()
	fan, bought := s.sell(here, "A-1", "A-2")
	for i, step := range []struct {
		from, to, key string
		seats         []string
		refunded      int64
	}{
		{"A-1", "A-4", "k1", []string{"A-2", "A-4"}, 0},
		{"A-1", "A-4", "k1", []string{"A-2", "A-4"}, 0}, // a repeat
		{"A-1", "A-4", "", []string{"A-2", "A-4"}, 0},   // a repeat without a key
		{"A-4", "A-1", "", []string{"A-1", "A-2"}, 0},   // back
		{"A-1", "Floor-0002", "", []string{"A-2", "Floor-0002"}, 0},
		{"A-2", "B-3", "k2", []string{"B-3", "Floor-0002"}, 1500},
	} {
		b := []*Booking{here, there}[i%2]
		got, err := b.MoveFor(s.ctx, deskAt(bought, step.key, "a pillar"), step.from, step.to)
		wantStatus(t, got.Transaction, err, Completed)
		s.waitRefunds(b)
		if !slices.Equal(got.Seats, step.seats) || got.Refunded != step.refunded || len(got.Tickets) != 2 || got.Lines[0].Number != step.seats[0] {
			t.Errorf("step %d: %+v", i, got)
		}
		s.wantHeld(bought.ID, 9000-step.refunded)
		s.wantClean(there)
	}
	valid, void := s.codes(here, fan)
	if len(valid) != 2 || valid["B-3"] == "" || valid["Floor-0002"] == "" || len(void) != 3 {
		t.Errorf("valid tickets %v, void %v", valid, void)
	}
	for _, code := range void {
		s.wantScan(here, code, Void)
	}
	s.wantSeat("A-1", Available)
	s.wantSeat("B-3", Booked)
	if got := announced(); len(got) == 0 || !slices.Equal(got[len(got)-1].Seats, []string{"B-3", "Floor-0002"}) {
		t.Errorf("the fan received %+v, want the moved seats last", got)
	}
	voids, err := here.Voids(s.ctx, s.season)
	if err != nil || len(voids) != 4 {
		t.Errorf("void list %v (%v)", voids, err)
	}
	_, err = here.MoveFor(s.ctx, deskAt(bought, "k2", ""), "B-3", "B-4")
	wantCode(t, err, fault.KeyReused)
	if found, _, err := here.SeasonTransactions(s.ctx, s.season, TransactionFilter{Text: "B-3"}, 10, ""); err != nil || len(found) != 1 {
		t.Errorf("a search for the new seat finds %+v (%v)", found, err)
	}
	rows := s.rows(here, "move")
	if len(rows) != 4 || !strings.Contains(rows[3], `"seats":["A-2"]} {"seats":["B-3"],"refunded":1500,"currency":"EUR","reason":"a pillar"}`) {
		t.Errorf("audit log: %s", strings.Join(rows, "\n"))
	}
	s.sell(there, "A-1", "A-4") // the seats left are on sale
	s.wantScan(here, valid["B-3"], Admitted)
	_, err = here.MoveFor(s.ctx, deskAt(bought, "", ""), "B-3", "B-4")
	wantCode(t, err, fault.Conflict, "B-3")

	var sold strings.Builder
	if err := here.ExportTakings(s.ctx, s.season, CSV, &sold, nil); err != nil {
		t.Fatal(err)
	}
	if text := sold.String(); !strings.Contains(text, "VIP,2,0,10500,1500,9000,EUR") || !strings.Contains(text, "Regular,2,0,7500,0,7500,EUR") {
		t.Errorf("takings:\n%s", text)
	}
	got, err := there.Refund(s.ctx, fan, bought.ID, []string{"Floor-0002"})
	wantStatus(t, got, err, Completed)
	s.waitRefunds(there)
	s.wantHeld(bought.ID, 3000)
	s.wantScan(here, valid["Floor-0002"], Void)
	s.wantPending(0)
	s.wantClean(here)
}

func TestRefusedMovesChangeNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	s.priced(b)
	fan, bought := s.sell(b, "A-1", "A-2", "B-1")
	s.wantScan(b, bought.Tickets[1].QRCode, Admitted)
	s.sell(b, "A-3")
	s.hold(b, s.fan(), "A-4")
	slow := s.fan()
	s.hold(b, slow, "B-2")
	open := s.provider.blockCharges()
	pending := s.buyUntilAsked(b, s.request(slow, "k", "tok_ok", "B-2"))
	for _, c := range []struct {
		name     string
		req      OfficeRequest
		from, to string
		code     fault.Code
		seats    []string
	}{
		{"no transaction", OfficeRequest{Transaction: "x"}, "A-1", "B-3", fault.NotFound, nil},
		{"a seat of another fan", deskAt(bought, "", ""), "A-3", "B-3", fault.UnknownSeat, []string{"A-3"}},
		{"an unknown target", deskAt(bought, "", ""), "A-1", "Z-1", fault.UnknownSeat, []string{"Z-1"}},
		{"the same seat", deskAt(bought, "", ""), "A-1", "A-1", fault.InvalidRequest, nil},
		{"a dearer seat", deskAt(bought, "", ""), "A-1", "C-1", fault.Conflict, []string{"C-1"}},
		{"a seat off sale", deskAt(bought, "", ""), "A-1", "C-2", fault.SeatTaken, []string{"C-2"}},
		{"a held seat", deskAt(bought, "", ""), "A-1", "A-4", fault.SeatTaken, []string{"A-4"}},
		{"a sold seat", deskAt(bought, "", ""), "A-1", "A-3", fault.SeatTaken, []string{"A-3"}},
		{"a seat of the same purchase", deskAt(bought, "", ""), "A-1", "B-1", fault.SeatTaken, []string{"B-1"}},
		{"a seat being bought", deskAt(bought, "", ""), "A-1", "B-2", fault.SeatTaken, []string{"B-2"}},
		{"a used ticket", deskAt(bought, "", ""), "A-2", "B-3", fault.Conflict, []string{"A-2"}},
		{"a pending purchase", deskAt(pending, "", ""), "B-2", "B-3", fault.Conflict, nil},
		{"a long reason", deskAt(bought, "", strings.Repeat("x", 281)), "A-1", "B-3", fault.InvalidRequest, nil},
	} {
		_, err := b.MoveFor(s.ctx, c.req, c.from, c.to)
		var f *fault.Error
		if fault.CodeOf(err) != c.code || c.seats != nil && errors.As(err, &f) && !slices.Equal(f.Seats, c.seats) {
			t.Errorf("%s: got %v, want %s %v", c.name, err, c.code, c.seats)
		}
	}
	open()
	s.waitRefunds(b)
	if n := s.count(refundsName, bson.D{}); n != 0 {
		t.Errorf("refusals left %d documents", n)
	}
	if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"B-1"}); err != nil {
		t.Fatal(err)
	}
	_, err := b.MoveFor(s.ctx, deskAt(bought, "", ""), "B-1", "B-3")
	wantCode(t, err, fault.Conflict, "B-1")
	s.waitRefunds(b)
	s.wantClean(b)
}

// TestAChildsTicketKeepsItsPriceType where the new seat has it, and is moved to the normal
// price where that is not higher.
func TestAChildsTicketKeepsItsPriceType(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	s.priced(b)
	fan := s.fan()
	if _, err := b.HoldTyped(s.ctx, s.season, fan, []string{"A-1"}, map[string]string{"A-1": "child"}); err != nil {
		t.Fatal(err)
	}
	bought, err := b.Buy(s.ctx, s.request(fan, "k", "tok_ok", "A-1"))
	wantStatus(t, bought, err, Completed)
	_, err = b.MoveFor(s.ctx, deskAt(bought, "", ""), "A-1", "B-1") // costs 3000, and a child paid 2250
	wantCode(t, err, fault.Conflict, "B-1")
	got, err := b.MoveFor(s.ctx, deskAt(bought, "", ""), "A-1", "A-2")
	wantStatus(t, got.Transaction, err, Completed)
	if got.Refunded != 0 || got.Lines[0].Type != "child" || got.Tickets[0].Type != "child" || got.Tickets[0].Price != 2250 {
		t.Errorf("moved: %+v", got)
	}
	s.waitRefunds(b)
	s.wantClean(b)
}
