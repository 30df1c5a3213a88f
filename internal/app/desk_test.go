package app_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestTheDeskShowsTheSale: an admin sees the transactions in the browser, filters them
// by status, and finds the reports to download.
func TestTheDeskShowsTheSale(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 40, 5 }})
	buy := func(name, token string, status int) string {
		fan := n.SignIn(t, name)
		seats := seatNumbers(fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 1}}, 201))
		fan.Do("POST", "/transactions", map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": token}}, status, "Idempotency-Key", "k")
		return name
	}
	buyer, declined := buy("Berta Buyer", "tok_ok", 201), buy("Dora Declined", "tok_declined", 402)
	n.SignIn(t, "Admin").Do("PUT", "/admin/seasons/other", map[string]any{"name": "Other"}, 200)
	admin := window(t, browser, "Admin")
	admin.opens(n.URL + "/")
	admin.clicks("link", "Continue with Google")
	admin.clicks("button", "Admin")
	admin.clicks("link", "Admin")
	admin.sees("heading", "Transactions")
	admin.reads("table", "Transactions", buyer)
	admin.reads("table", "Transactions", declined)
	admin.sees("link", "Sold seats (CSV)")
	admin.sees("link", "Takings (CSV)")
	admin.picture("desk")
	const giveAPlan = `(() => {
		const given = new DataTransfer();
		given.items.add(new File(["seatNumber,category,price,x,y\nN-1,VIP,100,1,1\nN-2,VIP,100,1,1\n"], "plan.csv"));
		const plan = document.getElementById("seat-plan");
		plan.files = given.files;
		return plan.dispatchEvent(new Event("change"));
	})()`
	admin.opens(n.URL + "/admin?season=other")
	admin.sees("heading", "Transactions")
	admin.runs(giveAPlan)
	admin.reads("list", "Please look at these", "seats N-1 and N-2 lie on one point")
	admin.opens(n.URL + "/admin")
	admin.reads("table", "Transactions", buyer)
	admin.sees("combobox", "Status")
	const choose = `(() => { const s = document.getElementById("sale-status"); s.value = "cancelled"; return s.dispatchEvent(new Event("change")); })()`
	ask(admin, "choose a status", func(ctx context.Context) (bool, error) { return chromedp.Run(ctx, chromedp.Evaluate[bool](choose)) })
	testkit.Eventually(t, patience, "only cancelled transactions are shown", func() bool {
		return !strings.Contains(admin.text("table", "Transactions"), buyer)
	})
	admin.reads("table", "Transactions", declined)
}

// text returns the current text of the element with the role and name; "" for none.
func (p *person) text(role, name string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, action)
	defer cancel()
	n := p.find(role, name)
	if n == nil {
		return ""
	}
	said, _ := innerText(ctx, n) // the page may have changed since
	return said
}
