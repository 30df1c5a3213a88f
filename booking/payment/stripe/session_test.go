package stripe_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"usher/booking/payment"
	"usher/booking/payment/stripe/stripetest"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// onPage is a charge without a token, which opens a page.
func onPage(id string) payment.Charge {
	c := charge(id, "")
	c.Lines = []payment.Line{{Name: "A-1 (VIP)", Amount: 3000}, {Name: "A-2 (VIP)", Amount: 1500}}
	c.Terms = payment.Terms{
		Until:  time.Now().Add(20 * time.Minute),
		Return: "https://tickets.example/tickets?transaction=" + id, Back: "https://tickets.example/?season=s",
	}
	return c
}

// page opens a page and returns it.
func (s *shop) page(c payment.Charge) payment.Page {
	s.t.Helper()
	got, err := s.Charge(s.ctx, c)
	s.want(payment.Waiting, got, err)
	page, err := s.Page(s.ctx, c.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}

func TestAPageOfCheckout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		visits        []stripetest.Visit
		after, closed payment.Outcome // of Outcome, and of Close; "": the error unavailable
		received      int64
	}{
		{name: "untouched", after: payment.Waiting, closed: payment.Closed},
		{name: "paid", visits: []stripetest.Visit{stripetest.Pays}, after: payment.Captured, closed: payment.Captured, received: 4500},
		{name: "a declined card", visits: []stripetest.Visit{stripetest.Fails}, after: payment.Waiting, closed: payment.Closed},
		{name: "another card", visits: []stripetest.Visit{stripetest.Fails, stripetest.Pays}, after: payment.Captured, closed: payment.Captured, received: 4500},
		{name: "abandoned", visits: []stripetest.Visit{stripetest.Abandoned}, after: payment.Closed, closed: payment.Closed},
		{name: "slow", visits: []stripetest.Visit{stripetest.PaysSlow}, after: payment.Processing},
		{name: "slow, paid", visits: []stripetest.Visit{stripetest.PaysSlow, stripetest.Pays}, after: payment.Captured, closed: payment.Captured, received: 4500},
		{name: "slow, failed", visits: []stripetest.Visit{stripetest.PaysSlow, stripetest.Fails}, after: payment.Declined, closed: payment.Declined},
		{name: "paid after the end", visits: []stripetest.Visit{stripetest.Abandoned, stripetest.PaysLate}, after: payment.Captured, closed: payment.Captured, received: 4500},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			asked := onPage("a")
			page := s.page(asked)
			if left := time.Until(page.Until); left < 30*time.Minute || left > 32*time.Minute {
				t.Errorf("the page ends in %v, want the least that Stripe allows", left)
			}
			asked.Terms.Until = asked.Terms.Until.Add(time.Minute) // a repeat
			if again := s.page(asked); again != page || s.fake.Requests(stripetest.CreateSession) != 1 {
				t.Errorf("a repeat has the page %v, first %v", again, page)
			}
			for _, visit := range c.visits {
				if _, err := s.fake.Visit(page.URL, visit); err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.Outcome(s.ctx, "a")
			s.want(c.after, got, err)
			got, err = s.Close(s.ctx, "a")
			if c.closed == "" {
				if !fault.Is(err, fault.Unavailable) {
					t.Errorf("closing while the payment is processing returned %q, %v", got, err)
				}
			} else {
				s.want(c.closed, got, err)
				got, err = s.Outcome(s.ctx, "a")
				s.want(c.closed, got, err)
			}
			s.wantMoney("a", c.received, 0)
			if _, err := s.fake.Visit(page.URL, stripetest.Pays); err == nil && c.closed != "" {
				t.Error("the page can be paid after it was closed or paid")
			}
		})
	}
}

func TestTheTermsOfAPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, c := range map[string]struct{ asks, least, most time.Duration }{
		"soon":     {time.Minute, 30 * time.Minute, 32 * time.Minute},
		"an hour":  {time.Hour, 59 * time.Minute, time.Hour},
		"too long": {48 * time.Hour, 23 * time.Hour, 24 * time.Hour},
	} {
		asked := onPage(name)
		asked.Terms.Until = time.Now().Add(c.asks)
		if left := time.Until(s.page(asked).Until); left < c.least || left > c.most {
			t.Errorf("%s: the page ends in %v", name, left)
		}
	}
	many := onPage("many")
	many.Lines, many.Amount = nil, 0
	for range 101 {
		many.Lines, many.Amount = append(many.Lines, payment.Line{Name: "x", Amount: 100}), many.Amount+100
	}
	s.page(many)
	for _, one := range s.fake.Sessions() {
		id := one.Metadata["usher_charge"]
		want := map[bool]int64{true: 10100, false: 4500}[id == "many"]
		if one.Amount != want || one.Success != "https://tickets.example/tickets?transaction="+id || one.Cancel != "https://tickets.example/?season=s" {
			t.Errorf("the page of %s: %+v", id, one)
		}
	}
	small := onPage("small")
	small.Lines, small.Amount = []payment.Line{{Name: "A-1", Amount: 20}}, 20
	got, err := s.Charge(s.ctx, small)
	s.want(payment.Closed, got, err)
}

// TestRefundsOfAPage: the money of a page goes back as that of a card does.
func TestRefundsOfAPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	page := s.page(onPage("a"))
	if err := s.Refund(s.ctx, "a", "early", 1500); err == nil {
		t.Error("an unpaid page was refunded")
	}
	if _, err := s.fake.Visit(page.URL, stripetest.Pays); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Refund(s.ctx, "a", "one", 1500); err != nil {
			t.Fatal(err)
		}
		s.fake.ForgetKeys()
	}
	s.wantMoney("a", 4500, 1500)
	if err := s.Refund(s.ctx, "a", "two", 3000); err != nil {
		t.Fatal(err)
	}
	got, err := s.Outcome(s.ctx, "a")
	s.want(payment.Refunded, got, err)
}

// TestACardThatAsksItsOwner: with an address to return to, a card that requires a step of
// its owner opens a page.
func TestACardThatAsksItsOwner(t *testing.T) {
	t.Parallel()
	for visit, after := range map[stripetest.Visit]payment.Outcome{stripetest.Pays: payment.Captured, stripetest.Fails: payment.Declined, "": payment.Closed} {
		t.Run(string(visit), func(t *testing.T) {
			s := open(t)
			c := onPage("a")
			c.Details.Token = "pm_card_authenticationRequired"
			page := s.page(c)
			if again := s.page(c); again != page || !page.Until.Equal(c.Terms.Until.Truncate(time.Millisecond)) {
				t.Errorf("the page is %v, then %v, want one that ends at %v", page, again, c.Terms.Until)
			}
			if visit != "" {
				if back, err := s.fake.Visit(page.URL, visit); err != nil || back != c.Terms.Return {
					t.Errorf("the page sends the fan to %q, %v", back, err)
				}
			}
			got, err := s.Close(s.ctx, "a")
			s.want(after, got, err)
			got, err = s.Outcome(s.ctx, "a")
			s.want(after, got, err)
			s.wantMoney("a", map[bool]int64{true: 4500}[after == payment.Captured], 0)
			if n := s.fake.Requests(stripetest.Confirm); n != 1 {
				t.Errorf("the card was charged %d times", n)
			}
		})
	}
}

func TestPayingAndClosingAPageAgree(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 20 {
		id := fmt.Sprint("race-", i)
		page := s.page(onPage(id))
		outcomes, paid := make([]payment.Outcome, 3), false
		var racing sync.WaitGroup
		racing.Go(func() {
			_, err := s.fake.Visit(page.URL, stripetest.Pays)
			paid = err == nil
		})
		for j := range outcomes {
			racing.Go(func() {
				var err error
				if outcomes[j], err = s.Close(s.ctx, id); err != nil {
					t.Error(err)
				}
			})
		}
		racing.Wait()
		for _, got := range outcomes {
			if got != map[bool]payment.Outcome{true: payment.Captured, false: payment.Closed}[paid] {
				t.Fatalf("paid: %v, and closing returned %v", paid, outcomes)
			}
		}
	}
}

// TestAClosedChargeOpensNoPage: a slow node opens its page after recovery closed the charge.
func TestAClosedChargeOpensNoPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	got, err := s.Close(s.ctx, "a")
	s.want(payment.Closed, got, err)
	got, err = s.Charge(s.ctx, onPage("a"))
	s.want(payment.Closed, got, err)
	if _, err := s.Page(s.ctx, "a"); err == nil {
		t.Error("a closed charge has a page")
	}
	// Here closing comes between the Session and the ledger.
	for range 20 {
		id := fmt.Sprint("race-", s.fake.Requests(stripetest.CreateSession))
		var racing sync.WaitGroup
		var charged, closed payment.Outcome
		racing.Go(func() { charged, _ = s.Charge(s.ctx, onPage(id)) })
		racing.Go(func() { closed, _ = s.Close(s.ctx, id) })
		racing.Wait()
		if closed != payment.Closed || charged != payment.Closed && charged != payment.Waiting {
			t.Fatalf("charging returned %q, closing %q", charged, closed)
		}
	}
	for _, one := range s.fake.Sessions() {
		if one.Status == "open" {
			t.Errorf("Session %s is left open", one.ID)
		}
	}
}

// TestEveryOutcomeOfAPageIsTrueWhateverFails opens, pays, asks and closes while one request
// meets a fault.
func TestEveryOutcomeOfAPageIsTrueWhateverFails(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	s := open(t)
	n := 0
	for _, operation := range []string{stripetest.CreateSession, stripetest.RetrieveSession, stripetest.ExpireSession} {
		for _, one := range trouble() {
			for _, pays := range []bool{true, false} {
				n++
				id, name := fmt.Sprint("page-", n), fmt.Sprintf("%s of %s, %d, pays %v", one.Kind, operation, one.After, pays)
				s.fake.Fail(operation, one)
				began, err := s.Charge(s.ctx, onPage(id))
				var known []payment.Outcome
				if err == nil && began == payment.Waiting {
					page, err := s.Page(s.ctx, id)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if pays {
						if _, err := s.fake.Visit(page.URL, stripetest.Pays); err != nil {
							t.Fatalf("%s: %v", name, err)
						}
					}
				} else if err == nil {
					known = append(known, began)
				}
				if got, err := s.Outcome(s.ctx, id); err == nil && got != payment.Waiting {
					known = append(known, got)
				}
				for try := 0; ; try++ {
					got, err := s.Close(s.ctx, id)
					if err == nil {
						known = append(known, got)
						break
					}
					if try > 4 {
						t.Fatalf("%s: closing the charge failed: %v", name, err)
					}
				}
				s.fake.Heal()
				s.fake.ArriveAll()
				var money int64
				for _, in := range s.fake.Intents("usher_charge", id) {
					money += in.Received
				}
				for _, got := range known {
					if want := map[bool]payment.Outcome{true: payment.Captured, false: payment.Closed}[money > 0]; got != want {
						t.Errorf("%s: %d was paid, but the outcomes are %q", name, money, known)
					}
				}
			}
		}
	}
}
