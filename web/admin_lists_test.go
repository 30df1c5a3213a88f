package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// TestAdminsPullTheFeedFromACursor: a shop that receives no webhooks reads the
// events in pages.
func TestAdminsPullTheFeedFromACursor(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":9}`, nil)
	admin, ann := s.signIn(t, adminEmail), s.signIn(t, "ann@example.com")
	after, got := "", []string{}
	pull := func(limit int) wire.Feed {
		t.Helper()
		var feed wire.Feed
		admin.get(t, fmt.Sprintf("/admin/feed?after=%s&limit=%d", after, limit)).wants(t, http.StatusOK).into(t, &feed)
		for _, text := range feed.Events {
			var e struct {
				Type string
				Data struct{ Transaction struct{ ID string } }
			}
			must(t, json.Unmarshal(text, &e))
			got = append(got, e.Type+" "+e.Data.Transaction.ID)
		}
		after = feed.Next
		return feed
	}
	if feed := pull(10); len(feed.Events) != 0 || feed.More || feed.Next == "" {
		t.Fatalf("before the first sale: %+v", feed)
	}
	var want []string
	for _, seat := range []string{"A-1", "A-2", "A-3"} {
		ann.hold(t, seat)
		var bought wire.Transaction
		ann.buy(t, seat, `{"seats":["`+seat+`"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
		want = append(want, "transaction.completed "+bought.ID)
	}
	testkit.Eventually(t, soon, "the feed has all events", func() bool { pull(2); return len(got) == len(want) })
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("event %d is %s, want %s", i, got[i], want[i])
		}
	}
	admin.get(t, "/admin/feed?after=x").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.get(t, "/admin/feed?limit=0").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	ann.get(t, "/admin/feed").wantsProblem(t, http.StatusForbidden, fault.Forbidden)
}

// TestAdminsSeeTheTransactionsOfASeason: newest first, by status, with the buyer.
// Pages show each transaction exactly once, also while fans go on buying.
func TestAdminsSeeTheTransactionsOfASeason(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":9,"maxSeats":6}`, nil)
	admin, ann := s.signIn(t, adminEmail), s.signIn(t, "ann@example.com")
	bought := []string{}
	buy := func(seat, token string, status int) {
		t.Helper()
		ann.hold(t, seat)
		answer := ann.buy(t, "order "+seat, fmt.Sprintf(`{"seats":[%q],"payment":{"method":"sandbox","token":%q}}`, seat, token)).wants(t, status)
		if status == http.StatusCreated {
			var one wire.Transaction
			answer.into(t, &one)
			bought = append(bought, one.ID)
		}
	}
	buy("A-1", "tok_ok", http.StatusCreated)
	buy("A-2", "tok_declined", http.StatusPaymentRequired)
	buy("A-3", "tok_ok", http.StatusCreated)
	// Refused, because A-4 is not held. The list must not show this purchase.
	ann.buy(t, "none", `{"seats":["A-4"],`+payOK+`}`).wantsProblem(t, http.StatusGone, fault.HoldExpired)

	list := func(query string) (page wire.DeskTransactions) {
		t.Helper()
		admin.get(t, "/admin/transactions?"+query).wants(t, http.StatusOK).into(t, &page)
		return page
	}
	all := list("season=" + s.season)
	if len(all.Transactions) != 3 || all.Next != nil {
		t.Fatalf("got %+v", all)
	}
	var byDesk wire.DeskTransactions
	desk := s.session(t, "desk@example.com")
	desk.get(t, "/admin/transactions?season="+s.season).wants(t, http.StatusOK).into(t, &byDesk)
	if len(byDesk.Transactions) != 3 {
		t.Errorf("the desk sees %d purchases, want 3", len(byDesk.Transactions))
	}
	for _, path := range []string{"/admin/seasons/" + s.season, "/admin/seasons/" + s.season + "/active", "/admin/audit-log?season=" + s.season, "/admin/feed"} {
		desk.get(t, path).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	}
	s.session(t, "staff@example.com").get(t, "/admin/transactions?season="+s.season).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	newest, declined := all.Transactions[0], all.Transactions[1]
	if newest.ID != bought[1] || newest.UserID != ann.user.ID || newest.Holder != ann.user.Name || len(newest.Tickets) != 1 {
		t.Errorf("the newest transaction is %+v", newest)
	}
	if declined.Status != "cancelled" || declined.Reason != "payment_declined" {
		t.Errorf("the declined transaction is %+v", declined)
	}
	for status, want := range map[string]int{"completed": 2, "cancelled": 1, "pending": 0, "": 3} {
		if got := list("status=" + status); len(got.Transactions) != want {
			t.Errorf("%d transactions with status %q, want %d", len(got.Transactions), status, want)
		}
	}

	var seen []string
	page := list("status=completed&limit=1")
	for seat := 1; ; seat++ {
		for _, one := range page.Transactions {
			seen = append(seen, one.ID)
		}
		if page.Next == nil {
			break
		}
		buy(fmt.Sprintf("B-%d", seat), "tok_ok", http.StatusCreated)
		page = list("status=completed&limit=1&cursor=" + *page.Next)
	}
	if !slices.Equal(seen, []string{bought[1], bought[0]}) || len(bought) != 3 {
		t.Errorf("the pages show %v, but %v were bought", seen, bought)
	}

	admin.get(t, "/admin/transactions?status=lost").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.get(t, "/admin/transactions?cursor=x").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.get(t, "/admin/transactions?limit=0").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.get(t, "/admin/transactions?season=nowhere").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	ann.get(t, "/admin/transactions").wantsProblem(t, http.StatusForbidden, fault.Forbidden)
}
