package app_test

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestASoldOutSaleAtTwoWindows has two seats and one place, and two phones. Ann buys both
// seats. Bob, who waits on a network that refuses sockets, reads that they are sold, and is
// not called in when Ann leaves. When Ann gives one back, Carl passes because of Bob's wish;
// then it is his turn, and he buys that seat.
func TestASoldOutSaleAtTwoWindows(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.Seats = 2 }))
	network := startNetworks(t, n.URL).refusing
	admin, late := n.SignIn(t, "Admin"), func(want int) { n.SignIn(t, "Carl").Do("POST", "/waitingList/join", nil, want) }
	season := "/admin/seasons/" + n.Season
	admin.Do("POST", "/waitingList/leave", nil, 200)
	ann, bob := window(t, browser, "Fan 1"), window(t, browser, "Fan 2")
	ann.onAPhone()
	bob.onAPhone()
	ann.signsIn(n.URL)
	ann.isInside()
	bob.opens(n.URL + "/")
	bob.reads("region", "The sale", "2 of 2 seats are left")
	bob.looks("sale-signed-out")
	bob.opens(n.URL + "/auth/google?returnTo=%2Fdraw") // a page without a live connection
	bob.clicks("button", bob.name)
	bob.sees("heading", "The draw*")
	bob.opens(network + "/")
	bob.changedOver()
	bob.runs(`window.neverReloaded = true`)
	ann.runs(`window.neverReloaded = true`)
	bob.reads("region", "Your place in line", "You are next.", "Behind you", "Expected wait")
	bob.reads("region", "The sale", "2 of 2 seats are left")
	bob.looks("sale-waiting")

	ann.clicks("button", "Find seats")
	ann.pushes(".cart-bar-button") // on a phone the cart is a sheet
	ann.sees("button", "Pay *")
	bob.reads("region", "The sale", "All seats are taken; 2 may still come back")
	bob.reads("region", "Your place in line", "No seat is free just now")
	bob.looks("sale-held")
	ann.pushes(".cart .button.primary") // the sheet moves: a pointer may miss the button
	ann.sees("heading", "Your tickets")
	bob.reads("region", "The sale", "Sold out")
	bob.reads("region", "Your place in line", "Every seat is sold.")
	bob.looks("sale-gone")
	ann.clicks("button", "I am finished")
	ann.reads("status", "Bought", "Done: ")
	testkit.Eventually(t, patience, "Ann has left", func() bool {
		live, _ := admin.Do("GET", season, nil, 200)["live"].(map[string]any)
		return live["active"] == 0.0 && live["waiting"] == 1.0
	})
	late(409)
	if bob.find("region", "It is your turn") != nil {
		t.Fatal("Bob is called in although every seat is sold")
	}

	admin.Do("PUT", season, map[string]any{"returns": true}, 200)
	testkit.Eventually(t, patience, "the line takes fans for returned seats", func() bool {
		status, _ := n.SignIn(t, "Carl").Try("POST", "/waitingList/join", nil)
		return status == 200
	})
	bob.reads("region", "Your place in line", "You are next.")
	// Bob wishes for two seats, by keyboard. So Carl, who is behind him, gets the one that
	// Ann gives back, and Bob is told. He removes the wish, and it is his turn after Carl's.
	bob.opens(network + "/") // a page reads the setting when it is loaded
	bob.runs(`window.neverReloaded = true`)
	bob.clicks("button", "Leave a wish")
	bob.looks("wish-form")
	bob.types(kb.ArrowUp + kb.Enter)
	bob.reads("region", "Your place in line", "Your wish: 2 × Any category")
	bob.sees("button", "Change the wish") // the answer closes the form, and the stream may tell the wish before it
	if on := bob.runs(`document.activeElement.textContent`); on != "Change the wish" {
		t.Errorf("after saving, the focus is on %v", on)
	}
	ann.clicks("button", "Give back seat *")
	ann.clicks("button", "Give back")
	bob.reads("region", "Your place in line", "You were passed over for your wish", "1")
	bob.looks("wish-passed")
	bob.clicks("button", "Remove the wish")
	bob.sees("button", "Leave a wish")
	n.SignIn(t, "Carl").Do("POST", "/waitingList/leave", nil, 200)
	bob.sees("region", "It is your turn")
	bob.reads("region", "The sale", "1 of 2 seats is left")
	bob.looks("sale-returned")
	bob.clicks("button", "Enter")
	bob.isInside()
	bob.runs(`document.getElementById("best-count").value = "1"`)
	bob.clicks("button", "Find seats")
	bob.pushes(".cart-bar-button")
	bob.pushes(".cart .button.primary") // the sheet moves: a pointer may miss the button
	bob.sees("article", "Ticket *")
	if ann.runs(`window.neverReloaded`) != true || bob.runs(`window.neverReloaded`) != true {
		t.Error("a page was loaded again")
	}
}

// onAPhone gives the person a window of a phone's size.
func (p *person) onAPhone() {
	p.t.Helper()
	ask(p, "hold a phone", func(ctx context.Context) (any, error) {
		return nil, chromedp.Do(ctx, chromedp.EmulateViewport(390, 844))
	})
}

// TestTheOrganizerSpeaksToEveryone types a notice and the reason for a pause by keyboard
// alone. A fan in line reads them without reloading, and a screen reader is told them.
func TestTheOrganizerSpeaksToEveryone(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime())
	n.SignIn(t, "Inside")
	fan, admin := window(t, browser, "Fan 1"), window(t, browser, "Admin")
	fan.signsIn(n.URL)
	fan.reads("region", "Your place in line", "1")
	admin.signsIn(n.URL)
	admin.clicks("link", "Go to the admin page")

	admin.sees("textbox", "Notice to everyone in the sale")
	admin.runs(`document.getElementById("sale-notice").focus()`)
	admin.types("Doors open 15 minutes late" + kb.Enter)
	fan.reads("region", "The sale", "Doors open 15 minutes late")
	admin.runs(`document.getElementById("pause-reason").focus()`)
	admin.types("a fire alarm" + kb.Enter)
	fan.reads("region", "Your place in line", "Your place is safe. Admission is paused: a fire alarm")
	said := fan.runs(`[...document.querySelectorAll("[aria-live=polite]")].map((region) => region.textContent).join("|")`)
	if said != "You are number 1 in line.|Admission is paused: a fire alarm.|" {
		t.Errorf("a screen reader was told last: %q", said)
	}
	fan.looks("sale-paused")
	admin.looks("sale-admin")
	// The button that said Pause says Resume. It does nothing until the answer has come.
	testkit.Eventually(t, patience, "the button resumes", func() bool {
		return admin.runs(`[...document.querySelectorAll("button")].some(b => b.textContent === "Resume")
			&& [...document.querySelectorAll(".fine[role=status]")].some(p => p.textContent === "Admission is paused.")`) == true
	})
	admin.types(kb.Tab + kb.Enter)
	fan.reads("region", "The sale", "seats are left")
	testkit.Eventually(t, patience, "the pause is over", func() bool { return fan.find("StaticText", "Your place is safe.*") == nil })
}
