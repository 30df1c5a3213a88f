package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"usher/internal/dev"
	"usher/internal/qrread"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// prints saves how the browser would print the page.
func (p *person) prints(name string) {
	p.t.Helper()
	media := func(kind string) {
		ask(p, "media", func(ctx context.Context) (any, error) {
			return chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind})
		})
	}
	media("print")
	p.picture(name)
	media("")
}

func (p *person) emulates(action chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ask(p, "emulate", func(ctx context.Context) (any, error) { return nil, chromedp.Do(ctx, action) })
}

// scanned returns the code that the window shows.
func (p *person) scanned() string {
	p.t.Helper()
	image := ask(p, "take a picture", func(ctx context.Context) ([]byte, error) { return chromedp.Run(ctx, chromedp.CaptureScreenshot()) })
	code, err := qrread.Read(qrread.PNG, image)
	if err != nil {
		p.t.Error(err)
	}
	return code
}

// TestTicketsOfAFan: a ticket says when and where the event is and what the seat cost; its
// code fills the screen; a scan at the gate shows without reloading; the tickets open
// without a server, and only for this fan.
func TestTicketsOfAFan(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 60, 5 }})
	fan := window(t, browser, "Fan 1")
	fan.opens(n.URL + "/")
	fan.sees("heading", "Spring Gala 2027")
	fan.reads("main", "", "Friday", "7 May 2027", "20:00 (Europe/Berlin)", "Doors 19:00 (Europe/Berlin)", "Old Opera, 1 Theatre Square, Berlin")
	fan.looks("event-signed-out")
	fan.clicks("link", "Continue with Google")
	fan.clicks("button", "Fan 1")
	fan.isInside()
	fan.runs(`void (async () => {
		const send = async (path, body) => (await fetch(path, {method: "POST", body: JSON.stringify(body), headers: {"Content-Type": "application/json", "Idempotency-Key": "one"}})).json();
		const cart = await send("/holds", {best: {count: 2, category: "VIP", adjacent: true}});
		window.bought = await send("/transactions", {seats: cart.seats.map((seat) => seat.seatNumber), payment: {method: "sandbox", token: "tok_ok"}});
	})()`)
	testkit.Eventually(t, patience, "two seats are bought", func() bool { return fan.runs(`window.bought?.status ?? ""`) == "completed" })
	seats := strings.Fields(fan.runs(`window.bought.tickets.map((ticket) => ticket.seatNumber).join(" ")`).(string))
	code, second := fan.runs(`window.bought.tickets[0].qrCode`), fan.runs(`window.bought.tickets[1].qrCode`)
	fan.clicks("link", "My tickets")
	fan.reads("article", "Ticket "+seats[0], "SPRING GALA 2027", seats[0], "Section", "Row", "VIP", "€45.00", "Fan 1", "Valid")
	fan.sees("link", "Calendar for seat "+seats[0])
	fan.looks("tickets")

	// The refund dialog names the money of this seat.
	fan.clicks("button", "Give back seat "+seats[0])
	fan.reads("dialog", "Give back seat "+seats[0]+"?", "€45.00")
	fan.looks("give-back")
	fan.clicks("button", "Keep")

	// One code fills the screen, and changes when the ticket is scanned.
	fan.clicks("button", "Show code for seat "+seats[0])
	fan.sees("dialog", seats[0])
	fan.looks("code")
	fan.emulates(chromedp.EmulateViewport(320, 640))
	if read := fan.scanned(); read != code {
		t.Errorf("a window of 320 pixels shows %q, want %q", read, code)
	}
	fan.emulates(chromedp.EmulateReset())
	fan.clicks("button", "Next")
	fan.sees("dialog", seats[1])
	fan.clicks("button", "Previous")
	staff := n.SignIn(t, "Staff")
	staff.Do("POST", "/checkins", map[string]any{"code": code, "gate": "North"}, 200)
	fan.reads("dialog", seats[0], "Used: you are in")
	fan.looks("code-used")
	fan.types("\x1b")
	fan.gone("dialog", "*")
	fan.reads("article", "Ticket "+seats[0], "Used: you are in")
	fan.reads("article", "Ticket "+seats[1], "Valid")

	// The page to print.
	fan.clicks("link", "Print ticket "+seats[1])
	fan.reads("article", "Ticket "+seats[1], "Friday, 7 May 2027, 20:00 (Europe/Berlin)", "Old Opera", "45.00 EUR")
	fan.prints("ticket-print")
	fan.emulates(chromedp.EmulateViewport(794, 900, chromedp.EmulateScale(150.0/96))) // A4 at 150 dpi
	if read := fan.scanned(); read != second {
		t.Errorf("the printed page shows %q, want %q", read, second)
	}
	fan.emulates(chromedp.EmulateReset())
	fan.opens(n.URL + "/#tickets")
	fan.sees("article", "Ticket "+seats[1])

	// Kept for the gate without a network, with the news of the scan.
	kept := func() string {
		fan.runs(`void caches.match("/kept-tickets", {cacheName: "usher-tickets"}).then((page) => page?.text() ?? "").then((text) => { window.kept = text })`)
		text, _ := fan.runs(`window.kept ?? ""`).(string)
		return text
	}
	testkit.Eventually(t, patience, "the tickets are kept", func() bool {
		return strings.Contains(kept(), "Used: you are in") && fan.runs(`Boolean(navigator.serviceWorker.controller)`) == true
	})
	// With a server, the page is the server's.
	fan.opens(n.URL + "/")
	fan.sees("link", "My tickets")

	// Another fan in the same browser finds nothing of the first.
	fan.clicks("button", "Sign out")
	fan.sees("link", "Continue with Google")
	testkit.Eventually(t, patience, "nothing is left after signing out", func() bool { return kept() == "" })
	signsInAs := func(name string) {
		fan.clicks("link", "Continue with Google")
		fan.clicks("button", name)
		fan.clicks("link", "My tickets")
	}
	// The session ends, but the page has not heard of it: the browser's owner has changed.
	sessionEnds := func() {
		fan.runs(`void fetch("/auth/logout", {method: "POST"}).then(() => { window.out = true })`)
		testkit.Eventually(t, patience, "the session has ended", func() bool { return fan.runs(`window.out ?? false`) == true })
		fan.opens(n.URL + "/")
	}
	signsInAs("Fan 1")
	testkit.Eventually(t, patience, "the tickets are kept again", func() bool { return strings.Contains(kept(), seats[1]) })
	sessionEnds()
	signsInAs("Fan 2")
	testkit.Eventually(t, patience, "nothing is left for another fan", func() bool { return kept() == "" })
	sessionEnds()
	signsInAs("Fan 1")
	testkit.Eventually(t, patience, "the tickets are kept for the gate", func() bool { return strings.Contains(kept(), seats[1]) })
	n.Stop()
	fan.opens(n.URL + "/?again")
	fan.sees("image", "QR code for seat "+seats[1])
	fan.reads("article", "Ticket "+seats[1], "Spring Gala 2027", "Valid", "Old Opera", "(Europe/Berlin)")
	fan.reads("banner", "", "as of")
	fan.looks("tickets-offline")
	drawn := `[...document.images].every((image) => image.complete && image.naturalWidth > 100)`
	if fan.runs(drawn) != true {
		t.Error("the kept codes are not drawn")
	}
	if got, err := http.Get(n.URL + "/"); err == nil {
		_ = got.Body.Close()
		t.Error("the server still answers: the page was not a kept one")
	}
}
