package booking

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// progress reads how far the refunds of the show are.
func (s *stage) progress(b *Booking) CancelProgress {
	s.t.Helper()
	p, err := b.CancelProgress(s.ctx, s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// refundEveryone runs the canceller and the recovery of a node until the show is done.
func (s *stage) refundEveryone(b *Booking) {
	s.t.Helper()
	testkit.Eventually(s.t, 10*time.Minute, "everyone is refunded", func() bool {
		clear(b.canceller.later)
		if err := b.canceller.runOnce(s.ctx); err != nil {
			s.t.Fatal(err)
		}
		s.recover(b)
		return s.progress(b).State == CancelDone
	})
}

// TestACancelledShowRefundsEveryone: paid, moved, partly refunded and used tickets, purchases
// at payment pages and in flight. The node that refunds dies in the middle.
func TestACancelledShowRefundsEveryone(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 20)
	end := &crash{}
	mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
	mortal.canceller.lease = time.Second
	if p := s.progress(b); p.State != NotCancelled {
		t.Errorf("before: %+v", p)
	}
	var bought []Transaction
	for i := 1; i <= 6; i++ {
		_, one := s.sell(b, fmt.Sprintf("A-%d", i))
		bought = append(bought, one)
	}
	_, pair := s.sell(b, "A-7", "A-8")
	bought = append(bought, pair)
	if _, err := b.MoveFor(s.ctx, deskAt(bought[0], "", ""), "A-1", "A-20"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.RefundFor(s.ctx, deskAt(pair, "", ""), []string{"A-8"}); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	s.wantScan(b, bought[1].Tickets[0].QRCode, Admitted)
	atPage, paidLate := s.buyOnPage(b, s.fan(), "k", "A-9"), s.buyOnPage(b, s.fan(), "k", "A-10")
	if err := s.answerPage(paidLate.Next.URL, true); err != nil {
		t.Fatal(err)
	}
	holder, slow := s.fan(), s.fan()
	s.hold(b, holder, "A-12")
	s.hold(b, slow, "A-11")
	open := s.provider.blockCharges()
	inFlight := s.buyUntilAsked(b, s.request(slow, "k", payment.TokenOK, "A-11"))

	_, err := b.CancelSeason(s.ctx, s.season, "two\nlines", "boss@example.com")
	wantCode(t, err, fault.InvalidRequest)
	_, err = b.CancelSeason(s.ctx, "no-such-season", "", "boss@example.com")
	wantCode(t, err, fault.NotFound)
	for _, reason := range []string{"the singer is ill", "another reason"} { // a repeat changes nothing
		p, err := b.CancelSeason(s.ctx, s.season, reason, "boss@example.com")
		if err != nil || p.State != Cancelling || p.Reason != "the singer is ill" || p.Left != 7 || p.Pending != 3 {
			t.Fatalf("cancelled: %+v, %v", p, err)
		}
	}
	if rows := s.rows(b, "cancel"); len(rows) != 1 || !strings.Contains(rows[0], `"cancelReason":"the singer is ill"`) || !strings.HasPrefix(rows[0], "boss@example.com ") {
		t.Errorf("audit log: %v", rows)
	}
	// Nothing is sold, held or moved any more, and no ticket admits.
	_, err = b.Hold(s.ctx, s.season, holder, []string{"A-13"})
	wantCode(t, err, fault.SeasonClosed)
	_, err = b.Buy(s.ctx, s.request(holder, "k", payment.TokenOK, "A-12"))
	wantCode(t, err, fault.SeasonClosed)
	_, err = b.SellAtDesk(s.ctx, s.deskRequest("d", "A-13"))
	wantCode(t, err, fault.SeasonClosed)
	_, err = b.MoveFor(s.ctx, deskAt(bought[2], "", ""), "A-3", "A-13")
	wantCode(t, err, fault.SeasonClosed)
	s.wantScan(b, bought[2].Tickets[0].QRCode, Void)
	s.wantScan(b, bought[1].Tickets[0].QRCode, AlreadyAdmitted)
	if voids, err := b.Voids(s.ctx, s.season); err != nil || len(voids) != 8 {
		t.Errorf("%d tickets are on the void list (%v), want all but the used one", len(voids), err)
	}

	s.provider.failRefunds(errors.New("bank: no answer"))
	end.kill(StepRefundDecide, 3)
	if err := mortal.canceller.runOnce(s.ctx); !errors.Is(err, errCrash) {
		t.Errorf("the node did not die: %v", err)
	}
	s.waitRefunds(mortal)
	if left, err := b.canceller.refundAll(s.ctx, &Season{Settings: Settings{ID: s.season}}); err != nil || !left {
		t.Errorf("a node works beside the one that has the lease: %v, %v", left, err)
	}
	open()
	testkit.Eventually(t, time.Minute, "the other node has refunded all but the money", func() bool {
		clear(b.canceller.later)
		if err := b.canceller.runOnce(s.ctx); err != nil {
			t.Fatal(err)
		}
		s.recover(b)
		p := s.progress(b)
		return p.Left == 0 && p.Pending == 0
	})
	if p := s.progress(b); p.State != Cancelling || p.Unreturned == 0 || len(p.Failed) == 0 || !strings.Contains(p.Failed[0].Error, "no answer") || p.Failed[0].Amount != 4500 {
		t.Errorf("while the provider is silent: %+v", p)
	}
	s.provider.failRefunds(nil)
	s.refundEveryone(b)
	for _, one := range append(bought, inFlight, paidLate, atPage) {
		s.wantHeld(one.ID, 0)
	}
	if p := s.progress(b); p.Refunded != 9 || len(p.Failed) != 0 {
		t.Errorf("done: %+v", p)
	}
	ended, err := b.Transaction(s.ctx, atPage.User, atPage.ID)
	wantStatus(t, ended, err, Cancelled)
	if ended.Reason != reasonShowCancelled {
		t.Errorf("the purchase at the page ended as %q", ended.Reason)
	}
	_ = s.answerPage(atPage.Next.URL, true) // too late: the page is closed
	if err := b.Reconcile(s.ctx, atPage.ID); err != nil {
		t.Error(err)
	}
	s.recover(b)
	s.wantHeld(atPage.ID, 0)
	if rows := s.rows(b, "refund"); len(rows) != 1 {
		t.Errorf("the audit log has a row for each refund: %v", rows)
	}
	if err := b.repair(s.ctx, s.season); err != nil {
		t.Error(err)
	}
	s.wantScan(b, bought[1].Tickets[0].QRCode, AlreadyAdmitted)
	s.wantPending(0)
	s.wantClean(b)
	// The cancellation is final.
	if _, err := b.ApplySeason(s.ctx, s.season, []byte(`{"name":"Another name"}`), "test"); err != nil {
		t.Fatal(err)
	}
	if p := s.progress(b); p.State != CancelDone {
		t.Errorf("after a change of the settings: %+v", p)
	}
}

// sold writes many settled purchases of one seat each, without the steps of a purchase.
func (s *stage) sold(b *Booking, n int) {
	s.t.Helper()
	plan, err := b.putUnderSale(s.ctx, s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	var orders []order
	var claims []claim
	var decisions []decision
	var tickets []storedTicket
	var marks []seats.Claim
	for i := range n {
		seat := &plan.Seats[i]
		o := order{
			ID: bson.NewObjectID(), User: bson.NewObjectID(), Seats: []bson.ObjectID{seatID(s.season, seat.Number)}, Status: Completed,
			CreatedAt: store.NowMilli(), Season: s.season, Total: seat.Price, Key: "k", Currency: "EUR", Plan: plan.Version, Holder: "Ada",
			Lines: []orderLine{{SeatNumber: seat.Number, Index: seat.Index, Category: seat.Category, Price: seat.Price}},
		}
		o.CompletedAt = &o.CreatedAt
		d := decision{ID: o.ID, Season: s.season, Outcome: captured, At: o.CreatedAt}
		one, err := b.newTicket(&o, 0, &d)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.provider.Charge(s.ctx, payment.Charge{ID: o.ID.Hex(), Amount: o.Total, Currency: "EUR", Details: payment.Details{Method: s.method, Token: payment.TokenOK}}); err != nil {
			s.t.Fatal(err)
		}
		orders, claims, decisions, tickets = append(orders, o), append(claims, o.claim(0, 1)), append(decisions, d), append(tickets, one)
		marks = append(marks, seats.Claim{SeatNumber: seat.Number, Index: seat.Index, Transaction: o.ID.Hex(), User: o.User.Hex(), Captured: true})
	}
	for from := 0; from < n; from += 500 {
		to := min(from+500, n)
		for _, insert := range []func() error{
			func() error { return insertAll(s, claimsName, claims[from:to]) },
			func() error { return insertAll(s, decisionsName, decisions[from:to]) },
			func() error { return insertAll(s, ticketsName, tickets[from:to]) },
			func() error { return insertAll(s, transactionsName, orders[from:to]) },
			func() error { _, err := b.seats.Mark(s.ctx, s.season, marks[from:to]...); return err },
		} {
			if err := insert(); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

func insertAll[T any](s *stage, collection string, documents []T) error {
	_, err := store.InsertMissing(s.ctx, s.stores.Mongo.Collection(collection), documents)
	return err
}

// TestAKilledNodeLeavesACancelledShowToAnother: 10,000 purchases with USHER_SOAK, sixty
// without.
func TestAKilledNodeLeavesACancelledShowToAnother(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	n := 60
	if os.Getenv("USHER_SOAK") != "" {
		n = 10_000
	}
	s := newStage(t, "", n)
	s.provider.Provider.(*payment.Sandbox).Slow = 0
	end := &crash{}
	mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
	if err := b.ensurePurchaseIndexes(s.ctx); err != nil {
		t.Fatal(err)
	}
	mortal.canceller.lease = 2 * time.Second
	s.sold(b, n)
	if p, err := mortal.CancelSeason(s.ctx, s.season, "", "boss@example.com"); err != nil || p.Left != n {
		t.Fatalf("%+v, %v", p, err)
	}
	end.kill(StepRefundShow, n/2)
	_ = mortal.canceller.runOnce(s.ctx)
	s.waitRefunds(mortal)
	if p := s.progress(b); p.Refunded == 0 || p.Left == 0 {
		t.Fatalf("the node did not die in the middle: %+v", p)
	}
	began := time.Now()
	s.refundEveryone(b)
	t.Logf("the other node refunded the rest in %v", time.Since(began).Round(time.Millisecond))
	if p := s.progress(b); p.Refunded != n || p.State != CancelDone {
		t.Errorf("done: %+v", p)
	}
	if refunds := s.count(refundsName, bson.D{}); refunds != n {
		t.Errorf("%d refunds, want one for each of %d purchases", refunds, n)
	}
	found, err := b.Audit(s.ctx, s.season, AuditOptions{})
	if err != nil || len(found.Findings) > 0 {
		t.Errorf("audit: %v, %v", found.Findings, err)
	}
}

// TestACancelledShowIsNotDoneWhileMoneyIsHeld of a refund that was asked for before.
func TestACancelledShowIsNotDoneWhileMoneyIsHeld(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1")
	s.provider.failRefunds(errors.New("bank: no answer"))
	if _, err := b.Refund(s.ctx, fan, bought.ID, nil); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	if _, err := b.CancelSeason(s.ctx, s.season, "a storm", "boss@example.com"); err != nil {
		t.Fatal(err)
	}
	s.recover(b)
	if p := s.progress(b); p.State != Cancelling || p.Unreturned != 1 || len(p.Failed) != 1 || p.Failed[0].Transaction != bought.ID {
		t.Errorf("while the money is held: %+v", p)
	}
	s.provider.failRefunds(nil)
	s.refundEveryone(b)
	s.wantHeld(bought.ID, 0)
}

// TestAnOperatorTriesFailedRefundsAgain by cancelling again: the refund does not wait for its
// next attempt.
func TestAnOperatorTriesFailedRefundsAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 1)
	b := s.node(nil)
	b.recovery.retryFirst = time.Hour
	_, bought := s.sell(b, "A-1")
	s.provider.failRefunds(errors.New("bank: the card was closed"))
	cancelAgain := func() CancelProgress {
		p, err := b.CancelSeason(s.ctx, s.season, "", "boss@example.com")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	cancelAgain()
	if err := b.canceller.runOnce(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	s.recover(b)
	s.provider.failRefunds(nil)
	s.recover(b)
	if p := s.progress(b); p.State != Cancelling || len(p.Failed) != 1 || !strings.Contains(p.Failed[0].Error, "the card was closed") {
		t.Fatalf("the refund does not wait: %+v", p)
	}
	cancelAgain()
	s.recover(b)
	if p := s.progress(b); p.State != CancelDone {
		t.Errorf("after another request: %+v", p)
	}
	s.wantHeld(bought.ID, 0)
	if rows := s.rows(b, "cancel"); len(rows) != 1 {
		t.Errorf("audit log: %v", rows)
	}
	s.wantClean(b)
}
