package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

const payOnPage = `"payment":{"method":"sandbox","token":"tok_3ds"}`

// visit follows the address of a payment page on this site.
func (c *caller) visit(t testing.TB, page, answer string) *reply {
	t.Helper()
	at, err := url.Parse(page)
	must(t, err)
	path := at.RequestURI()
	if answer == "" {
		return c.get(t, path)
	}
	return c.send(t, "POST", path, "application/x-www-form-urlencoded", "answer="+answer)
}

func (c *caller) transaction(t testing.TB, id string) (read wire.Transaction) {
	t.Helper()
	c.get(t, "/transactions/"+id).wants(t, http.StatusOK).into(t, &read)
	return read
}

// TestAPurchaseWithAPage: from the cart over the page of the sandbox to the ticket.
func TestAPurchaseWithAPage(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":5}`, nil)
	ann := s.signIn(t, "ann@example.com")
	ann.status(t)
	ann.hold(t, "A-1", "A-2")
	order := `{"seats":["A-1","A-2"],` + payOnPage + `}`
	var began, again wire.Transaction
	first := ann.with("Idempotency-Key", "k").post(t, "/transactions", order).wants(t, http.StatusAccepted)
	first.into(t, &began)
	if began.Next == nil || first.header.Get("Location") != "/transactions/"+began.ID {
		t.Fatalf("answered %s", first.body)
	}
	ann.with("Idempotency-Key", "k").post(t, "/transactions", order).wants(t, http.StatusAccepted).into(t, &again)
	if again.Next == nil || *again.Next != *began.Next || again.ID != began.ID {
		t.Fatalf("a repeat has the page %v, first %v", again.Next, began.Next)
	}
	var list wire.DeskTransactions
	s.signIn(t, "desk@example.com").get(t, "/admin/transactions?season="+s.season).wants(t, http.StatusOK).into(t, &list)
	if len(list.Transactions) != 1 || list.Transactions[0].Next != nil {
		t.Errorf("the desk sees %+v, want the purchase without its page", list.Transactions)
	}

	stranger := s.anonymous() // a bank knows no session
	page := stranger.visit(t, began.Next.URL, "").wants(t, http.StatusOK)
	for _, word := range []string{"Approve your payment", "Gala: A-1 (VIP)", "45.00 EUR", "Approve 90.00 EUR", "Decline"} {
		if !strings.Contains(string(page.body), word) {
			t.Errorf("the page lacks %q: %s", word, page.body)
		}
	}
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self'") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the page's policy is %q", policy)
	}
	arabic := stranger.with("Accept-Language", "ar").visit(t, began.Next.URL, "").wants(t, http.StatusOK)
	if !strings.Contains(string(arabic.body), `lang="ar" dir="rtl"`) {
		t.Errorf("the Arabic page begins %.80s", arabic.body)
	}
	forged := strings.Split(began.Next.URL, "?")[0] + "?secret=guess"
	for _, answer := range []string{"", "approve"} {
		stranger.visit(t, forged, answer).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	}
	stranger.visit(t, began.Next.URL, "perhaps").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)

	back := stranger.visit(t, began.Next.URL, "approve").wants(t, http.StatusSeeOther).header.Get("Location")
	if back != "https://tickets.example/tickets?transaction="+began.ID {
		t.Fatalf("the page sends the fan to %q", back)
	}
	home := ann.with("Accept", "text/html,*/*").get(t, "/tickets?transaction="+began.ID).wants(t, http.StatusSeeOther).header.Get("Location")
	if home != "/?season="+s.season+"&transaction="+began.ID+"#tickets" {
		t.Errorf("the address leads to %q", home)
	}
	for asked, want := range map[string]string{
		"/tickets": "/#tickets", "/tickets?transaction=javascript:1": "/#tickets",
		"/tickets?transaction=" + began.ID + "&payment_intent_client_secret=x": "/?transaction=" + began.ID + "#tickets",
	} {
		if got := stranger.with("Accept", "text/html").get(t, asked).wants(t, http.StatusSeeOther).header.Get("Location"); got != want {
			t.Errorf("%s leads to %q, want %q", asked, got, want)
		}
	}
	testkit.Eventually(t, soon, "the purchase completes", func() bool {
		again = ann.transaction(t, began.ID)
		return again.Status == "completed" && len(again.Tickets) == 2 && again.Next == nil
	})
	if over := stranger.visit(t, began.Next.URL, "").wants(t, http.StatusOK); !strings.Contains(string(over.body), "You have approved this payment.") {
		t.Errorf("the page after the answer: %s", over.body)
	}
	stranger.visit(t, began.Next.URL, "decline").wants(t, http.StatusSeeOther) // the first answer counts
	ann.with("Idempotency-Key", "k").post(t, "/transactions", order).wants(t, http.StatusCreated)
}

// TestAFanComesBackWithoutPaying: declined at the page, and given up in the shop.
func TestAFanComesBackWithoutPaying(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":5}`, nil)
	ann := s.signIn(t, "ann@example.com")
	ann.status(t)
	buy := func(key, seat string) (began wire.Transaction) {
		ann.hold(t, seat)
		ann.with("Idempotency-Key", key).post(t, "/transactions", `{"seats":["`+seat+`"],`+payOnPage+`}`).wants(t, http.StatusAccepted).into(t, &began)
		return began
	}
	began := buy("k1", "A-1")
	s.anonymous().visit(t, began.Next.URL, "decline").wants(t, http.StatusSeeOther)
	testkit.Eventually(t, soon, "the purchase is cancelled", func() bool {
		began = ann.transaction(t, began.ID)
		return began.Status == string(booking.Cancelled) && began.Reason == "payment_declined"
	})
	began = buy("k2", "A-1")
	page := began.Next.URL
	var over wire.Transaction
	ann.post(t, "/transactions/"+began.ID+"/cancel", "").wants(t, http.StatusOK).into(t, &over)
	if over.Status != "cancelled" || over.Reason != "payment_cancelled" || over.Next != nil {
		t.Errorf("given up: %+v", over)
	}
	if ended := s.anonymous().visit(t, page, "approve").wants(t, http.StatusOK); !strings.Contains(string(ended.body), "Nothing was paid") {
		t.Errorf("the ended page: %s", ended.body)
	}
	ann.with("Idempotency-Key", "k2").post(t, "/transactions", `{"seats":["A-1"],`+payOnPage+`}`).wantsProblem(t, http.StatusPaymentRequired, fault.PaymentDeclined)
	ann.buy(t, "k3", `{"seats":["A-1"],`+payOK+`}`).wants(t, http.StatusCreated)
	bare := s.openIdleWithoutSandbox(t)
	bare.anonymous().visit(t, page, "").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	bare.anonymous().visit(t, page, "approve").wantsProblem(t, http.StatusNotFound, fault.NotFound)
}

// openIdleWithoutSandbox is a node of another payment provider on the same stores.
func (s *site) openIdleWithoutSandbox(t *testing.T) *site {
	return build(t, setup{season: s.season, stores: s.stores, ring: s.o.Keys, node: "node-2", options: func(o *Options) { o.Sandbox = nil }})
}
