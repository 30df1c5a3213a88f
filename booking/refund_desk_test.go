package booking

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
)

// deskAt is a request of the box office about a purchase.
func deskAt(t Transaction, key, reason string) OfficeRequest {
	return OfficeRequest{Transaction: t.ID, By: "desk@example.com", Reason: reason, Key: key}
}

// rows returns the rows of the audit log with an action, the oldest first, as JSON texts
// "by before after".
func (s *stage) rows(b *Booking, action string) (rows []string) {
	s.t.Helper()
	entries, _, err := b.AuditLog(s.ctx, s.season, 200, "")
	if err != nil {
		s.t.Fatal(err)
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if e := entries[i]; e.Action == action {
			before, _ := json.Marshal(e.Before)
			after, _ := json.Marshal(e.After)
			rows = append(rows, fmt.Sprintf("%s %s %s", e.By, before, after))
		}
	}
	return rows
}

// TestTheDeskRefundsForAFan although the season gives fans no refunds, and says who and why
// in the audit log.
func TestTheDeskRefundsForAFan(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	fan, bought := s.sell(here, "A-1", "A-2", "A-3")
	if _, err := here.ApplySeason(s.ctx, s.season, []byte(`{"refunds":false}`), "test"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a repeat under the same key changes nothing
		got, err := there.RefundFor(s.ctx, deskAt(bought, "k1", "the fan is ill"), []string{"A-2", "A-1"})
		wantStatus(t, got.Transaction, err, Completed)
		if got.Refunded != 9000 || got.User != fan || got.Tickets[2].Status != ticketValid || got.Tickets[0].QRCode != "" {
			t.Errorf("refunded: %+v", got)
		}
	}
	_, err := here.RefundFor(s.ctx, deskAt(bought, "k1", "the fan is ill"), []string{"A-3"})
	wantCode(t, err, fault.KeyReused)
	got, err := here.RefundFor(s.ctx, deskAt(bought, "", ""), nil)
	wantStatus(t, got.Transaction, err, Cancelled)
	if got.Refunded != 13500 {
		t.Errorf("refunded %d in all, want 13500", got.Refunded)
	}
	s.waitRefunds(here)
	s.waitRefunds(there)
	s.wantHeld(bought.ID, 0)
	s.wantPending(0)
	want := []string{
		fmt.Sprintf(`desk@example.com {"transaction":%q,"user":%q,"seats":["A-1","A-2"]} {"refunded":9000,"currency":"EUR","reason":"the fan is ill"}`, bought.ID, fan),
		fmt.Sprintf(`desk@example.com {"transaction":%q,"user":%q,"seats":["A-3"]} {"refunded":4500,"currency":"EUR","reason":""}`, bought.ID, fan),
	}
	if rows := s.rows(here, "refund"); strings.Join(rows, "\n") != strings.Join(want, "\n") {
		t.Errorf("audit log:\n%s\nwant:\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
	s.wantClean(here)
}

// TestTheDeskIsToldWhatItsOwnRequestReturned, so that money is given back once: the answer to
// another clerk who comes second, and to one whose answer was lost. What was returned in all
// stands in the purchase and in the list.
func TestTheDeskIsToldWhatItsOwnRequestReturned(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	s.priced(here)
	sold, err := here.SellAtDesk(s.ctx, s.deskRequest("d", "A-1", "A-2", "A-3"))
	wantStatus(t, sold.Transaction, err, Completed)
	want := func(got DeskChange, err error, returned, refunded int64, changed ...string) {
		t.Helper()
		if err != nil || got.Returned != returned || got.Refunded != refunded || !slices.Equal(got.Changed, changed) {
			t.Errorf("returned %d by %v, %d in all (%v), want %d by %v, %d", got.Returned, got.Changed, got.Refunded, err, returned, changed, refunded)
		}
	}
	refund := func(b *Booking, key string, seats ...string) (DeskChange, error) {
		return b.RefundFor(s.ctx, deskAt(sold.Transaction, key, ""), seats)
	}
	move := func(b *Booking, key, from, to string) (DeskChange, error) {
		return b.MoveFor(s.ctx, deskAt(sold.Transaction, key, ""), from, to)
	}
	for range 2 { // the second time after a lost answer
		got, err := refund(here, "k1", "A-1")
		want(got, err, 4500, 4500, "A-1")
	}
	got, err := refund(there, "k2", "A-1")
	want(got, err, 0, 4500)
	got, err = refund(there, "", "A-1")
	want(got, err, 0, 4500)
	for range 2 {
		got, err = move(here, "k3", "A-3", "B-3")
		want(got, err, 1500, 6000, "A-3")
	}
	got, err = move(there, "k4", "A-3", "B-3")
	want(got, err, 0, 6000)
	got, err = move(here, "", "A-2", "A-1") // a number twice: refunded, and moved to
	want(got, err, 0, 6000, "A-2")
	got, err = refund(there, "", "B-3")
	want(got, err, 3000, 9000, "B-3")
	s.waitRefunds(here)
	s.waitRefunds(there)

	shown, err := there.DeskTransaction(s.ctx, sold.ID)
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := here.SeasonTransactions(s.ctx, s.season, TransactionFilter{}, 10, "")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	for _, one := range []DeskTransaction{shown, list[0]} {
		var places []string
		var left int64
		for _, p := range one.Places {
			places = append(places, fmt.Sprintf("%s %d %t %t", p.Number, p.Price, p.Returned, p.Moved))
			if !p.Returned {
				left += p.Price
			}
		}
		want := []string{"A-1 4500 true false", "A-2 4500 true true", "A-3 4500 true true", "B-3 3000 true false", "A-1 4500 false false"}
		if !slices.Equal(places, want) || one.Refunded != 9000 || left != one.Total-one.Refunded {
			t.Errorf("%d of %d were returned, %d are left of %q, want %q", one.Refunded, one.Total, left, places, want)
		}
	}
	s.wantClean(here)
}

func TestTheDeskIsRefusedWithoutAnyChange(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	_, bought := s.sell(b, "A-1", "A-2")
	s.wantScan(b, bought.Tickets[1].QRCode, Admitted)
	for _, c := range []struct {
		name  string
		req   OfficeRequest
		seats []string
		code  fault.Code
	}{
		{"another transaction", OfficeRequest{Transaction: bson.NewObjectID().Hex()}, nil, fault.NotFound},
		{"no transaction", OfficeRequest{Transaction: "x"}, nil, fault.NotFound},
		{"an unknown seat", deskAt(bought, "", ""), []string{"A-9"}, fault.UnknownSeat},
		{"a used ticket", deskAt(bought, "", ""), nil, fault.Conflict},
		{"a long reason", deskAt(bought, "", strings.Repeat("x", 281)), nil, fault.InvalidRequest},
		{"a reason of two lines", deskAt(bought, "", "a\nb"), nil, fault.InvalidRequest},
		{"a long key", deskAt(bought, strings.Repeat("x", 256), ""), nil, fault.InvalidRequest},
	} {
		if _, err := b.RefundFor(s.ctx, c.req, c.seats); fault.CodeOf(err) != c.code {
			t.Errorf("%s: got %v, want %s", c.name, err, c.code)
		}
	}
	if n := s.count(refundsName, bson.D{}) + s.count(pendingName, bson.D{}); n != 0 {
		t.Errorf("refusals left %d documents", n)
	}
	s.wantHeld(bought.ID, 9000)
	if rows := s.rows(b, "refund"); len(rows) != 0 {
		t.Errorf("refusals are in the audit log: %v", rows)
	}
	s.wantClean(b)
}

// TestTheAuditLogHasEveryRefundOfTheDesk also when the node that made it died before it
// wrote the row.
func TestTheAuditLogHasEveryRefundOfTheDesk(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	end := &crash{}
	mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
	_, bought := s.sell(b, "A-1")
	end.kill(StepRefundRecord, 1)
	got, err := mortal.RefundFor(s.ctx, deskAt(bought, "", "sold twice"), nil)
	wantStatus(t, got.Transaction, err, Cancelled)
	s.waitRefunds(mortal)
	if rows := s.rows(b, "refund"); len(rows) != 0 {
		t.Errorf("the node died, but %v is in the audit log", rows)
	}
	s.provider.failRefunds(errors.New("bank: no answer"))
	s.recover(b) // the row does not wait for the money
	s.provider.failRefunds(nil)
	s.recover(b)
	if rows := s.rows(b, "refund"); len(rows) != 1 || !strings.Contains(rows[0], "sold twice") {
		t.Errorf("audit log: %v", rows)
	}
	s.wantPending(0)
	s.wantClean(b)
}

// TestTheDeskEndsAPaymentPage of a fan who has not paid: the audit log says who and why, also
// when the node died after it had decided.
func TestTheDeskEndsAPaymentPage(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	end := &crash{}
	mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
	atPage := s.buyOnPage(b, s.fan(), "k", "A-1")
	end.kill(StepRevoke, 1)
	if _, err := mortal.RefundFor(s.ctx, deskAt(atPage, "", "a double order"), nil); err == nil {
		t.Error("the node did not die")
	}
	s.recover(b)
	got, err := b.RefundFor(s.ctx, deskAt(atPage, "", "again"), nil)
	wantStatus(t, got.Transaction, err, Cancelled)
	want := fmt.Sprintf(`desk@example.com {"transaction":%q,"user":%q,"seats":["A-1"]} {"refunded":0,"currency":"EUR","reason":"a double order","ended":"payment_cancelled"}`, atPage.ID, atPage.User)
	if rows := s.rows(b, "refund"); len(rows) != 1 || rows[0] != want {
		t.Errorf("audit log:\n%s\nwant:\n%s", strings.Join(rows, "\n"), want)
	}
	s.wantPending(0)
	s.wantClean(b)
	s.wantFault(b, "no row", s.dropping(auditName, refundRow(s.orderOf(atPage).ID)), "the end of the payment page of transaction "+atPage.ID+" was made by desk@example.com of the box office, but the audit log does not say so")
}

// TestTheAuditComparesTheBoxOfficeWithItsLog corrupts one row at a time.
func TestTheAuditComparesTheBoxOfficeWithItsLog(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	_, bought := s.sell(b, "A-1", "A-2")
	if _, err := b.RefundFor(s.ctx, deskAt(bought, "", "ill"), []string{"A-2"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.MoveFor(s.ctx, deskAt(bought, "", "a pillar"), "A-1", "A-3"); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	s.wantClean(b)
	back, move := refundID(s.orderOf(bought).ID, 1), refundID(s.orderOf(bought).ID, 2)
	after := bson.D{{Key: "refunded", Value: int64(4500)}, {Key: "reason", Value: "another"}}
	for _, c := range []struct {
		name  string
		wrong func(undo bool) error
		says  string
	}{
		{"a refund without a row", s.dropping(auditName, refundRow(back)), "refund " + back.Hex() + " of transaction " + bought.ID + " was made by desk@example.com"},
		{"a move without a row", s.dropping(auditName, refundRow(move)), "move " + move.Hex() + " of transaction " + bought.ID + " was made by desk@example.com"},
		{"another name", s.setting(auditName, refundRow(move), "by", "else@example.com"), `(0, reason "a pillar"), but the audit log says otherwise`},
		{"another reason", s.setting(auditName, refundRow(back), "after", after), `(4500, reason "ill"), but the audit log says otherwise`},
		{"a refund that does not count", s.setting(decisionsName, back, "outcome", string(abandoned)), "was made, but it does not count"},
		{"a row without a refund", s.dropping(refundsName, back), "the audit log has refund/" + back.Hex() + ", but there is no such change"},
	} {
		s.wantFault(b, c.name, c.wrong, c.says)
	}
	s.wantClean(b)
}

// TestTheDeskRefundsAPurchaseThatIsPaidAtTheLastMoment: the box office ends the page of a
// fan who has just paid.
func TestTheDeskRefundsAPurchaseThatIsPaidAtTheLastMoment(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	began := s.buyOnPage(b, s.fan(), "k", "A-1")
	if err := s.answerPage(began.Next.URL, true); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := b.RefundFor(s.ctx, deskAt(began, "r1", "ill"), nil)
		wantStatus(t, got.Transaction, err, Cancelled)
		if got.Refunded != 4500 {
			t.Errorf("refunded %d, want 4500", got.Refunded)
		}
	}
	s.waitRefunds(b)
	s.wantHeld(began.ID, 0)
	_, err := b.RefundFor(s.ctx, deskAt(began, "r1", "ill"), []string{"A-1"})
	wantCode(t, err, fault.KeyReused)
	if rows := s.rows(b, "refund"); len(rows) != 1 || !strings.Contains(rows[0], `"refunded":4500`) {
		t.Errorf("audit log: %v", rows)
	}
	s.wantClean(b)
}

// TestATicketThatReturnedToARefundedSeat can be moved and refunded by the seat's number.
func TestATicketThatReturnedToARefundedSeat(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-1"}); err != nil {
		t.Fatal(err)
	}
	for _, move := range [][2]string{{"A-2", "A-1"}, {"A-1", "A-3"}, {"A-3", "A-1"}} {
		if _, err := b.MoveFor(s.ctx, deskAt(bought, "", "a pillar"), move[0], move[1]); err != nil {
			t.Fatalf("%v: %v", move, err)
		}
	}
	got, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-1"})
	wantStatus(t, got, err, Cancelled)
	s.waitRefunds(b)
	s.wantHeld(bought.ID, 0)
	if valid, _ := s.codes(b, fan); len(valid) != 0 {
		t.Errorf("valid tickets: %v", valid)
	}
	s.wantClean(b)
}
