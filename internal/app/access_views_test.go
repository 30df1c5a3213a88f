//go:build !race

package app_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// moments goes through the states that everyView does not meet: what the organizer and the
// other fans do, the gate, and what fails.
func moments(t *testing.T, language string, visit func(p *person, state string)) {
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.Seats = 2 }))
	admin, season := n.SignIn(t, "Admin"), "/admin/seasons/"+n.Season
	admin.Do("POST", "/waitingList/leave", nil, 200)
	fan := window(t, browser, "Fan 1")
	fan.opens(n.URL + "/?signin=failed&lang=" + language)
	fan.exists(".notice")
	visit(fan, "sign-in failed")
	fan.pushes(".welcome .button")
	fan.sees("button", fan.name)
	visit(fan, "sign-in of usher-dev")
	admin.Do("PUT", season, map[string]any{"opensAt": time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)}, 200)
	fan.clicks("button", fan.name)
	fan.exists(".gathering")
	visit(fan, "gathering")
	// The opening is taken away, and another fan is inside.
	admin.Do("PUT", season, map[string]any{"opensAt": nil}, 200)
	fan.exists(".turn")
	rival := n.SignIn(t, "Rival")
	fan.pushes(".turn .button.primary")
	fan.exists(".hall")
	testkit.Eventually(t, patience, "the seats are shown", func() bool {
		return fan.runs(`document.querySelector(".hall .loading")?.hidden ?? false`) == true
	})
	fan.runs(`document.querySelector("canvas").focus()`)
	fan.presses(kb.ArrowDown)
	fan.exists(".seat-card")
	visit(fan, "a seat's card")
	fan.runs(`document.querySelector("#best-count").value = "2"`)
	fan.pushes(".best [type=submit]")
	fan.exists(".cart-lines li")
	fan.sized(390, 844)
	fan.pushes(".cart-bar-button")
	fan.exists(".sheet-close")
	visit(fan, "the cart as a sheet")

	second := window(t, browser, "Fan 2")
	second.opens(n.URL + "/?lang=" + language)
	second.pushes(".welcome .button")
	second.clicks("button", second.name)
	second.exists(`.sale-state[data-stock="held"]`)
	visit(second, "waiting, all seats held")
	admin.Do("POST", season+"/pause", map[string]any{"reason": "a fire alarm"}, 200)
	second.exists(".line .note")
	visit(second, "waiting, paused")
	admin.Do("POST", season+"/resume", nil, 200)
	fan.runs(`document.querySelector("#test-card").value = "tok_3ds"`)
	fan.pushes(".cart .button.primary")
	fan.exists("form [value=approve]") // the page goes there by itself
	visit(fan, "the page that asks to approve a payment")
	fan.pushes("main a[href]") // back without paying
	fan.exists(".pay-page a[href]")
	visit(fan, "a payment that waits at its page")
	fan.pushes(".pay-page a[href]")
	fan.exists("form [value=approve]")
	fan.pushes("form [value=approve]")
	fan.exists(".ticket .qr")
	second.exists(`.sale-state[data-stock="gone"]`)
	visit(second, "waiting, sold out")
	fan.pushes(".ticket .actions .button")
	fan.exists(".code-screen")
	visit(fan, "full-screen code")
	code, _ := fan.awaits(`fetch("/tickets").then((r) => r.json()).then((list) => list.tickets[0].qrCode)`).(string)
	fan.presses("\x1b")
	rival.Do("POST", "/waitingList/leave", nil, 200)

	if os.Getenv("USHER_SOAK") == "" {
		return // what follows costs as much as all before
	}
	staff := window(t, browser, "Staff")
	staff.opens(n.URL + "/?lang=" + language)
	staff.pushes(".welcome .button")
	staff.clicks("button", staff.name)
	staff.exists("main[data-view=work]")
	staff.opens(n.URL + "/gate")
	staff.exists("#ticket-code")
	for i, typed := range []string{code, code, "no ticket"} {
		staff.types(typed + "\r")
		staff.exists(fmt.Sprintf(".gate-last li:nth-child(%d)", i+1))
		visit(staff, "gate, "+[]string{"admitted", "used", "not valid"}[i])
	}
	// The tickets, without a server.
	testkit.Eventually(t, patience, "the tickets are kept", func() bool {
		return fan.awaits(`caches.match("/kept-tickets", { cacheName: "usher-tickets" }).then((page) => Boolean(page))`) == true && fan.runs(`Boolean(navigator.serviceWorker.controller)`) == true
	})
	ticket, _ := fan.awaits(`fetch("/tickets").then((r) => r.json()).then((list) => list.tickets[0].id)`).(string)
	fan.opens(n.URL + "/tickets/" + ticket + "/print")
	fan.exists("article")
	visit(fan, "the page to print")
	n.Stop()
	staff.types(code + "\r") // the gate learns from a scan that the network is gone
	staff.exists(".gate-away")
	visit(staff, "gate without a network")
	fan.opens(n.URL + "/?again")
	fan.exists("article img")
	visit(fan, "tickets without a network")
}

// standing visits the page of a house with an area: its card on the map, places in the cart,
// and the area when nothing is left.
func standing(t *testing.T, language string, visit func(p *person, state string)) {
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 20, 10 }})
	importsPlan(t, n, "seatNumber,category,price,price:child,area,capacity\nA-1,VIP,9000,,,\nA-2,VIP,9000,4500,,\n,Floor,3000,1500,Standing,4\n")
	fan := window(t, chromium(t), "Fan 1")
	fan.opens(n.URL + "/?lang=" + language)
	fan.pushes(".welcome .button")
	fan.clicks("button", fan.name)
	fan.exists(".area-entry")
	fan.runs(`document.querySelector("canvas").focus()`)
	for range 3 {
		fan.presses(kb.ArrowDown)
	}
	fan.exists(".area-card:not([hidden])")
	visit(fan, "an area's card")
	fan.pushes(".area-entry .primary")
	fan.exists(".cart-lines .stepper")
	visit(fan, "places of an area in the cart")
	rival := n.SignIn(t, "Rival")
	rival.Do("POST", "/waitingList/enter", nil, 200)
	rival.Do("POST", "/holds", map[string]any{"areas": []map[string]any{{"area": "Standing", "count": 3}}}, 201)
	testkit.Eventually(t, patience, "nothing is left", func() bool {
		return fan.runs(`document.querySelector(".area-entry .primary").disabled`) == true
	})
	visit(fan, "an area with nothing left")
}

// deskPage visits the page of the desk: empty, with seats chosen, after the sale, and with
// a sale that was found. Then the show is cancelled.
func deskPage(t *testing.T, language string, visit func(p *person, state string)) {
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 20, 10 }})
	importsPlan(t, n, "seatNumber,category,price,price:child,area,capacity\nA-1,VIP,9000,,,\nA-2,VIP,9000,4500,,\n,Floor,3000,1500,Standing,4\n")
	browser := chromium(t)
	enters := func(name string) *person {
		p := window(t, browser, name)
		p.opens(n.URL + "/?lang=" + language)
		p.pushes(".welcome .button")
		p.clicks("button", p.name)
		return p
	}
	desk := enters("Desk")
	desk.exists("main[data-view=work]")
	desk.opens(n.URL + "/desk")
	desk.exists("#desk-seats")
	visit(desk, "desk")
	desk.runs(`document.querySelector("#desk-seats").focus()`)
	desk.types("A-1 A-2\r")
	desk.exists("main table tbody tr:nth-child(2)")
	visit(desk, "desk with a sale")
	fan := enters("Fan 1")
	fan.exists(".hall")
	n.SignIn(t, "Admin").Do("POST", "/admin/seasons/"+n.Season+"/cancel", map[string]any{"reason": "a storm"}, 202)
	fan.exists("main[data-view=cancelled]")
	visit(fan, "a cancelled show")
}
