package app_test

import (
	"testing"
	"time"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestAPaymentPageInTheBrowser: a fan goes from the cart to the payment page, declines,
// comes back, gives up once, and buys by keyboard with a card that asks for approval.
func TestAPaymentPageInTheBrowser(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats = 60 }})
	p := window(t, browser, "Fan 1")
	p.signsIn(n.URL)
	p.isInside()
	asksMe := `document.getElementById("test-card").value = "tok_3ds"`
	p.clicks("button", "Find seats")
	p.sees("button", "Pay *")

	p.runs(asksMe)
	p.clicks("button", "Pay *")
	p.sees("heading", "Approve your payment") // the page went there by itself
	p.picture("payment page")
	p.clicks("button", "Decline")
	p.reads("alert", "", "The card was declined")
	p.picture("declined at the payment page")

	p.opens(n.URL + "/")
	p.sees("button", "Pay *")
	p.runs(asksMe)
	p.clicks("button", "Pay *")
	p.sees("heading", "Approve your payment")
	p.clicks("link", "Back to the seats without paying")
	p.sees("link", "Go to the payment page")
	p.reads("region", "Your seats", "Your seats stay yours", "It ends in 1")
	p.picture("cart with a payment page")
	p.clicks("button", "Do not pay")
	p.reads("alert", "", "The payment was ended")
	p.sees("button", "Pay *")

	p.runs(asksMe)
	p.clicks("button", "Pay *")
	p.sees("heading", "Approve your payment")
	p.presses("\t\r") // the first control approves
	p.sees("heading", "Your tickets")
	p.sees("image", "QR code for seat *")
	p.picture("tickets after the payment page")
	testkit.Eventually(t, 10*time.Second, "the address is clean", func() bool {
		return p.runs(`location.search.includes("transaction")`) == false
	})
}
