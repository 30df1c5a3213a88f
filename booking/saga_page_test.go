package booking

import (
	"fmt"
	"net/url"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// answerPage approves or declines a payment on a page of the sandbox, by the page's URL.
func (s *stage) answerPage(page string, approve bool) error {
	at, err := url.Parse(page)
	if err != nil {
		return err
	}
	_, err = s.provider.Provider.(*payment.Sandbox).Answer(s.ctx, path.Base(at.Path), at.Query().Get("secret"), approve)
	return err
}

// buyOnPage holds a seat and begins a purchase that opens a page.
func (s *stage) buyOnPage(b *Booking, fan, key, seat string) Transaction {
	s.t.Helper()
	s.hold(b, fan, seat)
	got, err := b.Buy(s.ctx, s.request(fan, key, payment.TokenPage, seat))
	wantStatus(s.t, got, err, Pending)
	if got.Next == nil {
		s.t.Fatal("the purchase has no page")
	}
	return got
}

func TestAPaymentThatContinuesOnAPage(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	fan, rival := s.fan(), s.fan()
	cart, err := here.Hold(s.ctx, s.season, fan, []string{"A-1"})
	if err != nil {
		t.Fatal(err)
	}
	began := s.buyOnPage(here, fan, "k", "A-1")
	if want := cart.ExpiresAt.Add(10 * time.Minute); began.Next.Until.Sub(want).Abs() > time.Second {
		t.Errorf("the page ends at %v, want ten minutes after the cart, %v", began.Next.Until, want)
	}
	for name, look := range map[string]func() (Transaction, error){
		"a repeat":                 func() (Transaction, error) { return here.Buy(s.ctx, s.request(fan, "k", payment.TokenPage, "A-1")) },
		"a repeat on another node": func() (Transaction, error) { return there.Buy(s.ctx, s.request(fan, "k", payment.TokenPage, "A-1")) },
		"the transaction":          func() (Transaction, error) { return there.Transaction(s.ctx, fan, began.ID) },
	} {
		got, err := look()
		wantStatus(t, got, err, Pending)
		if got.ID != began.ID || got.Next == nil || *got.Next != *began.Next {
			t.Errorf("%s: %s with next %v, want %s with %v", name, got.ID, got.Next, began.ID, began.Next)
		}
	}
	_, err = there.Buy(s.ctx, s.request(fan, "second tab", payment.TokenPage, "A-1"))
	wantCode(t, err, fault.Conflict)
	s.recover(there) // the page is open: nothing is decided
	_, err = there.Hold(s.ctx, s.season, rival, []string{"A-1"})
	wantCode(t, err, fault.SeatTaken)
	s.wantCart(there, fan, "A-1")
	s.wantClean(there)

	if err := s.answerPage(began.Next.URL, true); err != nil {
		t.Fatal(err)
	}
	s.recover(there)
	got, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenPage, "A-1"))
	wantStatus(t, got, err, Completed)
	if len(got.Tickets) != 1 || got.Next != nil {
		t.Errorf("completed with %d tickets and next %v", len(got.Tickets), got.Next)
	}
	if n := s.provider.charged(); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
	s.wantPending(0)
	s.wantClean(there)

	if _, err := there.Refund(s.ctx, fan, began.ID, nil); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(there)
	s.wantHeld(began.ID, 0)
	s.wantClean(there)
}

// TestAnAbandonedPage: nothing is free before the page has ended, and then the page is
// closed before the seats are free.
func TestAnAbandonedPage(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	fan, rival := s.fan(), s.fan()
	began := s.buyOnPage(b, fan, "k", "A-1")
	s.endPage(began.ID)
	s.provider.set(true, false)
	s.recover(b) // the provider does not answer: the fan may have paid
	_, err := b.Hold(s.ctx, s.season, rival, []string{"A-1"})
	wantCode(t, err, fault.SeatTaken)
	s.provider.set(false, false)
	s.recover(b)
	got, err := b.Transaction(s.ctx, fan, began.ID)
	wantStatus(t, got, err, Cancelled)
	if got.Reason != "payment_expired" || got.Next != nil {
		t.Errorf("cancelled for %q with next %v", got.Reason, got.Next)
	}
	_, err = b.Buy(s.ctx, s.request(fan, "k", payment.TokenPage, "A-1"))
	wantCode(t, err, fault.PaymentDeclined)
	if err := s.answerPage(began.Next.URL, true); err != nil { // too late
		t.Fatal(err)
	}
	s.wantHeld(began.ID, 0)
	if _, err := b.Release(s.ctx, s.season, fan, nil); err != nil {
		t.Fatal(err)
	}
	s.hold(b, rival, "A-1")
	list, _, err := b.Transactions(s.ctx, fan, 10, "")
	if err != nil || len(list) != 1 {
		t.Errorf("the list has %d purchases, %v", len(list), err)
	}
	s.wantPending(0)
	s.wantClean(b)
}

// TestAPagePaidAtTheLastSecond: payments and ends of pages race on two nodes. Whatever
// comes first, money and seats agree.
func TestAPagePaidAtTheLastSecond(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 20)
	here, there := s.node(nil), s.node(nil)
	var pages []Transaction
	fans := make([]string, 20)
	for i := range fans {
		fans[i] = s.fan()
		pages = append(pages, s.buyOnPage(here, fans[i], "k", fmt.Sprintf("A-%d", i+1)))
	}
	var racing sync.WaitGroup
	for i := range pages {
		s.endPage(pages[i].ID)
		if i%2 == 0 {
			racing.Go(func() { _, _ = there.Refund(s.ctx, fans[i], pages[i].ID, nil) }) // the fan gives up in another window
		}
		racing.Go(func() {
			if err := s.answerPage(pages[i].Next.URL, true); err != nil {
				t.Error(err)
			}
		})
	}
	racing.Go(func() { s.recover(here) })
	racing.Go(func() { s.recover(there) })
	racing.Wait()
	s.recover(here)
	s.wantPending(0)
	for i := range pages {
		got, err := there.Transaction(s.ctx, fans[i], pages[i].ID)
		if err != nil || got.Status == Pending {
			t.Fatalf("%s: %v", got.Status, err)
		}
		s.wantHeld(got.ID, map[TransactionStatus]int64{Completed: 4500, Cancelled: 0}[got.Status])
	}
	s.wantClean(there)
}

func TestAFanGivesUpAtThePage(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	var events recorder
	b := s.node(func(o *Options) { o.Notify = events.notify })
	fan := s.fan()
	began := s.buyOnPage(b, fan, "k", "A-1")
	_, err := b.Refund(s.ctx, s.fan(), began.ID, nil)
	wantCode(t, err, fault.NotFound)
	_, err = b.Refund(s.ctx, fan, began.ID, []string{"A-1"})
	wantCode(t, err, fault.Conflict)
	for range 2 {
		got, err := b.Refund(s.ctx, fan, began.ID, nil)
		wantStatus(t, got, err, Cancelled)
		if got.Reason != "payment_cancelled" {
			t.Errorf("cancelled for %q", got.Reason)
		}
	}
	s.wantCart(b, fan, "A-1")
	got, err := b.Buy(s.ctx, s.request(fan, "another", payment.TokenOK, "A-1"))
	wantStatus(t, got, err, Completed)
	s.wantPending(0)
	s.wantClean(b)

	// What was paid on the page just before is not cancelled.
	began = s.buyOnPage(b, fan, "k2", "A-2")
	if err := s.answerPage(began.Next.URL, true); err != nil {
		t.Fatal(err)
	}
	got, err = b.Refund(s.ctx, fan, began.ID, nil)
	wantStatus(t, got, err, Completed)
	s.wantClean(b)
}

// TestPagesAreAskedForByOneNode: nodes that run ask the provider about an open page once
// in lookEvery, and at once when the provider reports.
func TestPagesAreAskedForByOneNode(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	registry := prometheus.NewRegistry()
	here, there := s.node(func(o *Options) { o.Registerer = registry }), s.node(nil)
	for _, b := range []*Booking{here, there} {
		b.recovery.lookEvery = time.Hour
	}
	began := s.buyOnPage(here, s.fan(), "k", "A-1")
	asked := s.provider.outcomes.Load()
	for range 3 {
		s.recover(here)
		s.recover(there)
	}
	if n := s.provider.outcomes.Load() - asked; n != 1 {
		t.Errorf("the provider was asked %d times, want once", n)
	}
	// Who pays is not overdue, however long it takes.
	gauges := func() string {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		found := ""
		for _, f := range families {
			if name := f.GetName(); name == "usher_purchases_at_page" || name == "usher_purchases_pending" {
				found += fmt.Sprint(name, " ", f.GetMetric()[0].GetGauge().GetValue(), " ")
			}
		}
		return found
	}
	if got := gauges(); got != "usher_purchases_at_page 1 usher_purchases_pending 0 " {
		t.Errorf("the gauges are %s", got)
	}
	s.provider.set(true, false)
	here.purchases.recoverSoon(transactionID(began.User, "k", 1), false)
	s.recover(here)
	if got := gauges(); got != "usher_purchases_at_page 0 usher_purchases_pending 1 " {
		t.Errorf("while the provider does not answer, the gauges are %s", got)
	}
	s.provider.set(false, false)
	if err := s.answerPage(began.Next.URL, true); err != nil {
		t.Fatal(err)
	}
	if err := there.Reconcile(s.ctx, began.ID); err != nil {
		t.Fatal(err)
	}
	s.recover(there)
	s.wantPending(0)
}

// TestARunningNodeSettlesAPage: without any report from the provider.
func TestARunningNodeSettlesAPage(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	var events recorder
	b := s.node(func(o *Options) { o.Notify = events.notify })
	b.recovery.lookEvery = lookEvery
	s.run(b)
	fan := s.fan()
	began := s.buyOnPage(b, fan, "k", "A-1")
	if err := s.answerPage(began.Next.URL, true); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Transaction(s.ctx, fan, began.ID); err != nil { // the fan comes back
		t.Fatal(err)
	}
	testkit.Eventually(t, 30*time.Second, "the fan is told", func() bool { return events.announced(began.ID, Completed) })
	testkit.Eventually(t, 10*time.Second, "nothing is pending", func() bool { return s.count(pendingName, bson.D{}) == 0 })
}

// endPage moves the end of an order's page into the past.
func (s *stage) endPage(id string) {
	s.t.Helper()
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		s.t.Fatal(err)
	}
	past := time.Now().Add(-time.Second)
	_, err = s.stores.Mongo.Collection(transactionsName).UpdateByID(s.ctx, oid, bson.D{{Key: "$set", Value: bson.D{{Key: "page.until", Value: past}}}})
	if err != nil {
		s.t.Fatal(err)
	}
}
