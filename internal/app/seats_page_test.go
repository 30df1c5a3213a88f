package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// dark makes the person prefer dark pages.
func (p *person) dark() {
	p.t.Helper()
	ask(p, "colour scheme", func(ctx context.Context) (any, error) {
		return chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	})
}

// hears waits until the page has told screen readers the words.
func (p *person) hears(words string) {
	p.t.Helper()
	said := ""
	if !testkit.Within(patience, func() bool {
		said, _ = p.runs(`[...document.querySelectorAll(".unseen")].map(e => e.textContent).join(" | ")`).(string)
		return strings.Contains(said, words)
	}) {
		p.picture(p.t.Name() + " " + p.name)
		p.t.Fatalf("%s hears %q, want %q", p.name, said, words)
	}
}

// awaits runs a script in the page and returns the value of its promise.
func (p *person) awaits(script string) any {
	p.t.Helper()
	return ask(p, script, func(ctx context.Context) (any, error) {
		return chromedp.Run(ctx, chromedp.Evaluate[any](script, chromedp.EvalAwaitPromise))
	})
}

// holds waits until the person's cart, as the server has it, contains so many seats.
func (p *person) holds(season string, seats int) []string {
	p.t.Helper()
	var got []string
	if !testkit.Within(patience, func() bool {
		said, _ := p.awaits(`fetch("/holds?season=` + season + `").then(r => r.json()).then(c => c.seats.map(s => s.seatNumber).join(" "))`).(string)
		got = strings.Fields(said)
		return len(got) == seats
	}) {
		p.picture(p.t.Name() + " " + p.name)
		p.t.Fatalf("%s holds %v, want %d seats", p.name, got, seats)
	}
	return got
}

// deaf lets a page miss the changes of seats while window.deaf is true, as when another
// fan is a moment quicker.
const deaf = `
	const Socket = window.WebSocket;
	window.WebSocket = class extends Socket {
		constructor(...address) {
			super(...address);
			super.addEventListener("message", (event) => window.deaf && event.data.includes('"type":"changes"') && event.stopImmediatePropagation());
		}
	};`

// TestTheSeatPage: best seats with a swap, the map by keyboard, a seat that another fan
// takes, the list, the price filter, and on a phone the bar, the sheet and a minute more.
func TestTheSeatPage(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 600, 10 }})
	admin, rival := n.SignIn(t, "Admin"), n.SignIn(t, "Rival")
	rival.Do("POST", "/waitingList/enter", nil, 200)
	fan := window(t, browser, "Fan 1")
	fan.prepares(deaf)
	fan.sized(1280, 900)
	fan.signsIn(n.URL)
	fan.isInside()
	shifts, _ := fan.awaits(`new Promise(done => { const found = []; const seen = new PerformanceObserver(list => {
		for (const e of list.getEntries()) found.push(e.value.toFixed(3) + " " + e.sources.map(s => (s.node?.className || s.node?.nodeName) + " " + s.previousRect.y + "→" + s.currentRect.y).join(", ")) });
		seen.observe({ type: "layout-shift", buffered: true }); setTimeout(() => done(found.filter(f => f >= "0.05").join("\n")), 50) })`).(string)
	if shifts != "" {
		t.Errorf("the page's layout has shifted:\n%s", shifts)
	}
	fan.looks("seats-empty")

	// Best seats and cart come before the map and its list; the list is a few stops.
	fan.runs(`document.querySelector(".hall h2").focus()`)
	order, _ := fan.runs(`[...document.querySelectorAll(".hall :is(a, button, input, select, summary, canvas)")]
		.filter(e => e.tabIndex >= 0 && !e.disabled && e.offsetParent).map(e => e.id || e.tagName).join(" ")`).(string)
	if stops := strings.Fields(order); len(stops) > 40 || strings.Index(order, "best-count") > strings.Index(order, "CANVAS") {
		t.Errorf("the stops of the Tab key are %v", stops)
	}

	fan.clicks("button", "Find seats")
	first := fan.holds(n.Season, 2)
	fan.hears("Held: " + first[0] + ", " + first[1])
	fan.looks("seats-found")
	fan.runs(`(() => { const many = document.querySelector("#best-count"); many.value = "3"; many.dispatchEvent(new Event("input")) })()`)
	fan.clicks("button", "Find seats")
	fan.sees("group", "Swap my 2 seats for 3 better ones?")
	fan.sees("button", "Add 3 more")
	fan.looks("seats-swap")
	fan.clicks("button", "Swap")
	fan.holds(n.Season, 3)
	fan.runs(`(() => { const many = document.querySelector("#best-count"); many.value = "4"; })()`)
	fan.clicks("button", "Find seats")
	fan.sees("group", "Swap my 3 seats for 4 better ones?")
	if fan.find("button", "Add 4 more") != nil {
		t.Error("four more seats are offered to a fan who may have three")
	}
	fan.clicks("button", "Keep mine")

	// By keyboard: the map's cursor goes from seat to seat, and Enter holds.
	fan.runs(`document.querySelector(".skip:nth-child(2)").click()`)
	fan.types("0")
	fan.presses(kb.ArrowDown)
	fan.sees("group", "The seat you pressed")
	fan.presses(kb.Enter)
	held := fan.holds(n.Season, 4)
	fan.hears("Held: ")

	// A seat that another fan has taken a moment before: the press is not lost.
	seat := ""
	for range 12 {
		fan.presses(kb.ArrowDown)
		state, _ := fan.runs(`document.querySelector(".seat-card .button.primary")?.textContent === "Hold" ? document.querySelector(".seat-card-number").textContent : ""`).(string)
		if seat = state; seat != "" {
			break
		}
	}
	if seat == "" {
		t.Fatal("the keys reach no free seat")
	}
	fan.runs("window.deaf = true")
	rival.Do("POST", "/holds", map[string]any{"seats": []string{seat}}, 201)
	fan.clicks("button", "Hold seat "+seat)
	fan.reads("group", "The seat you pressed", seat+" has just been taken")
	fan.looks("seats-taken")
	offers, _ := fan.runs(`[...document.querySelectorAll(".seat-card:not([hidden]) .placed .actions .button")].map(e => e.textContent).join("|")`).(string)
	if n := len(strings.Split(offers, "|")); n != 2 {
		t.Fatalf("offered instead: %q, want two seats", offers)
	}
	fan.runs("window.deaf = false")
	fan.clicks("button", strings.Split(offers, "|")[0])
	fan.holds(n.Season, 5)

	// The list: closed sections, one stop a row, arrow keys, category and price in words.
	fan.runs(`document.querySelectorAll(".seat-list summary").forEach(summary => summary.click())`)
	fan.sees("checkbox", held[0]+", *")
	fan.runs(`document.querySelector(".seats input[tabindex='0']").focus()`)
	fan.presses(kb.ArrowRight)
	if on, _ := fan.runs(`document.activeElement === document.querySelectorAll(".row:first-of-type input")[1] || document.activeElement.matches(".row input")`).(bool); !on {
		t.Error("the right arrow key does not move the focus in the list")
	}
	stops, _ := fan.runs(`Math.max(...[...document.querySelectorAll(".row")].map(row => row.querySelectorAll("input[tabindex='0']").length))`).(float64)
	if stops != 1 {
		t.Errorf("a row of the list has %v stops of the Tab key", stops)
	}
	fan.looks("seats-list")
	fan.runs(`(() => { const price = document.querySelector("#highest-price"); price.selectedIndex = 1; price.dispatchEvent(new Event("change")) })()`)
	fan.sees("listitem", "*")
	fan.looks("seats-filter")

	// A phone, with carts of less than a minute: the warning is there at once.
	admin.Do("PUT", "/admin/seasons/"+n.Season, map[string]any{"hold": "55s"}, 200)
	phone := window(t, browser, "Fan 2")
	phone.sized(390, 844)
	phone.signsIn(n.URL)
	phone.isInside()
	phone.picture("seats-phone")
	phone.clicks("button", "Find seats")
	phone.holds(n.Season, 2)
	phone.sees("button", "Your seats: 2 seats, *")
	inView := func(what, selector string) {
		t.Helper()
		if seen, _ := phone.runs(fmt.Sprintf(`(() => { const box = document.querySelector(%q).getBoundingClientRect(); return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight })()`, selector)).(bool); !seen {
			phone.picture(t.Name())
			t.Errorf("%s is not in view on a phone", what)
		}
	}
	inView("the bar with the cart", ".cart-bar-button")
	phone.hears("One minute left to pay for your seats.")
	phone.picture("seats-phone-bar")
	ends := func() time.Time {
		t.Helper()
		end, err := time.Parse(time.RFC3339, phone.awaits(`fetch("/holds?season=`+n.Season+`").then(r => r.json()).then(c => c.expiresAt)`).(string))
		if err != nil {
			t.Fatal(err)
		}
		return end
	}
	before := ends()
	phone.clicks("button", "One minute more")
	phone.hears("Your seats are held until")
	if more := ends().Sub(before); more != time.Minute {
		t.Errorf("the cart got %v more", more)
	}
	phone.clicks("button", "Your seats: 2 seats, *")
	phone.sees("button", "Pay €*")
	inView("the sheet's way back", ".sheet-close")
	phone.picture("seats-phone-sheet")
	phone.runs(`document.querySelector("#test-card").value = "tok_declined"`)
	phone.clicks("button", "Pay €*")
	phone.reads("region", "Your seats", "The card was declined")
	phone.picture("seats-phone-declined")
	inView("what the press on Pay came to", ".cart .placed")
	phone.clicks("button", "Release all")
	phone.holds(n.Season, 0)
	testkit.Eventually(t, patience, "the bar has gone", func() bool { return phone.find("button", "Your seats: *") == nil })
	phone.runs(`document.querySelector("canvas").scrollIntoView({ block: "center" })`)
	phone.runs(`(() => { const c = document.querySelector("canvas"); c.focus(); })()`)
	phone.presses(kb.ArrowDown)
	phone.sees("group", "The seat you pressed")
	phone.picture("seats-phone-card")
	phone.dark()
	phone.picture("seats-phone-dark")
}
