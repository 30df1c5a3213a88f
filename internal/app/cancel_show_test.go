package app_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestTheOrganizerCancelsTheShow does so by keyboard: not with another name, then with
// the season's. A fan with a ticket and a fan in line read it without reloading, and the
// page tells when the purchase is refunded.
func TestTheOrganizerCancelsTheShow(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime())
	buyer, waiting, admin := window(t, browser, "Fan 1"), window(t, browser, "Fan 2"), window(t, browser, "Admin")
	buyer.signsIn(n.URL)
	buyer.exists(".hall")
	buyer.pushes(".best [type=submit]")
	buyer.exists(".cart-lines li")
	waiting.signsIn(n.URL)
	waiting.reads("region", "Your place in line", "1")
	buyer.pushes(".cart .button.primary")
	buyer.exists(".ticket .qr")

	admin.signsIn(n.URL)
	admin.clicks("link", "Go to the admin page")
	admin.sees("textbox", "Reason, for the audit log")
	admin.runs(`document.getElementById("cancel-reason").focus()`)
	admin.types("the singer is ill" + kb.Tab + "Another Night" + kb.Enter)
	const said = `document.querySelector("#cancel-show [role=status]").textContent`
	testkit.Eventually(t, patience, "another name is refused", func() bool {
		return admin.runs(said+`.includes("not the name of this season")`) == true
	})
	admin.runs(`document.getElementById("cancel-name").value = ""`)
	name, _ := admin.runs(`document.querySelector("label[for=cancel-name]").textContent.split(": ")[1]`).(string)
	admin.types(name + kb.Enter)
	const cancelled = "This show is cancelled. Every ticket that was paid for is refunded"
	buyer.reads("region", "The sale", cancelled)
	waiting.exists("main[data-view=cancelled]")
	waiting.says(cancelled)
	testkit.Eventually(t, patience, "the page tells that the purchase is refunded", func() bool {
		return admin.runs(said+`.includes("1 purchase is refunded.")`) == true
	})
	admin.looks("cancelled-admin")
	waiting.looks("cancelled-fan")
	buyer.looks("cancelled-buyer")
}
