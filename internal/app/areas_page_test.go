package app_test

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp/kb"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// choosesPlaces lets a fan who holds two seats, in a window as wide as a phone, take places
// of the area Standing: in the list, then in the cart and on the map of a wide window. The
// counts are live, and the tickets name the places.
func choosesPlaces(fan *person, n *node.Node) {
	fan.t.Helper()
	rival := n.SignIn(fan.t, "Rival")
	rival.Do("POST", "/waitingList/enter", nil, 200)
	says := func(selector, want string) {
		fan.t.Helper()
		script, said := fmt.Sprintf(`[...document.querySelectorAll(%q)].map(e => e.textContent).join(" | ")`, selector), ""
		if !testkit.Within(patience, func() bool { said, _ = fan.runs(script).(string); return said == want }) {
			fan.picture(fan.t.Name() + " " + fan.name)
			fan.t.Fatalf("%s says %q, want %q", selector, said, want)
		}
	}
	focus := func(label string) {
		fan.t.Helper()
		if got, _ := fan.runs(`document.activeElement.getAttribute("aria-label")`).(string); got != label {
			fan.t.Errorf("the focus is on %q, want %q", got, label)
		}
	}
	fan.clicks("button", "Back to the seats")
	fan.sees("group", "Standing")
	says(".area-entry .area-facts .fine", "200 of 200 free")
	rival.Do("POST", "/holds", map[string]any{"areas": []map[string]any{{"area": "Standing", "count": 3}}}, 201)
	says(".area-entry .area-facts .fine", "197 of 200 free")
	fan.clicks("button", "One place more")
	fan.runs(`(() => { const select = document.querySelector(".area-entry select"); select.focus(); select.value = "child"; select.dispatchEvent(new Event("change")) })()`)
	fan.sees("combobox", "Price in Standing")
	fan.runs(`document.querySelector(".area-entry").scrollIntoView({ block: "center" })`)
	fan.looks("areas-phone-list")
	fan.clicks("button", "Hold 2, €30.00, Standing")
	fan.holds(n.Season, 4)
	fan.hears("Standing × 2")
	says(".area-entry .area-yours", "You hold 2 places here.")

	fan.sized(1280, 900)
	says(".cart-lines .stepper", "−+")
	fan.sees("group", "Standing (Child) × 2")
	fan.runs(`document.querySelector(".cart-lines .stepper button:last-child").focus()`)
	fan.presses(kb.Enter)
	fan.holds(n.Season, 5)
	fan.sees("group", "Standing (Child) × 3")
	focus("One place more: Standing (Child)")
	fan.clicks("button", "One place fewer: Standing (Child)")
	fan.holds(n.Season, 4)
	fan.hears("Released: Standing × 1")

	// By keyboard: from the seats on the map down to the area, and into its card.
	fan.runs(`document.querySelector(".skip:nth-child(2)").click()`)
	fan.types("0")
	for range 16 {
		fan.presses(kb.ArrowDown)
		if open, _ := fan.runs(`!document.querySelector(".area-card").hidden`).(bool); open {
			break
		}
	}
	fan.sees("group", "The area you pressed")
	fan.hears("Standing, Floor, €40.00: 195 of 200 free. No numbered seats.")
	// Without the character that the test's keyboard sends after the press, whatever the page did with it.
	fan.runs(`document.querySelector(".house").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }))`)
	focus("One place more")
	fan.presses(kb.Enter)
	focus("One place fewer") // no more than two: the limit is six
	fan.looks("areas-map-card")
	fan.clicks("button", "Hold 2, €80.00, Standing")
	fan.holds(n.Season, 6)
	says(".area-card .area-yours", "You hold 4 places here.")
	says(".cart-lines strong", strings.Join([]string{fan.seats(n.Season, 0), fan.seats(n.Season, 1), "Standing × 2", "Standing × 2"}, " | "))
	fan.reads("group", "The area you pressed", "You have as many seats as one person may have.")
	fan.looks("areas-cart")
	fan.clicks("button", "Pay *")
	if !testkit.Within(patience, func() bool {
		places, _ := fan.awaits(`fetch("/tickets").then(r => r.json()).then(all => all.tickets.filter(t => t.seatNumber.startsWith("Standing-")).map(t => t.type).sort().join())`).(string)
		return places == "child,child,,"
	}) {
		fan.picture(fan.t.Name())
		fan.t.Fatal("the tickets of the places are not there")
	}
	fan.sees("article", "Ticket Standing*")
	fan.sized(390, 844)
	fan.looks("areas-tickets")
}

// seats returns the number of a seat in the person's cart, as the server has it.
func (p *person) seats(season string, at int) string {
	p.t.Helper()
	number, _ := p.awaits(fmt.Sprintf(`fetch("/holds?season=%s").then(r => r.json()).then(c => c.seats[%d].seatNumber)`, season, at)).(string)
	return number
}
