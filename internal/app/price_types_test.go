package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// pricedPlan has twelve categories, of which the seats of the first ones have a price for
// children, and an area of standing places.
func pricedPlan() string {
	var csv strings.Builder
	csv.WriteString("seatNumber,category,price,section,row,price:child,price:Abo 60+,area,capacity\n")
	for c := range 12 {
		for seat := range 12 {
			child := ""
			if c < 8 {
				child = fmt.Sprint(2000 + 100*c)
			}
			fmt.Fprintf(&csv, "%c-%d,Category %d,%d,Hall,%c,%s,,,\n", 'A'+c, seat+1, c+1, 9000-500*c, 'A'+c, child)
		}
	}
	csv.WriteString(",Floor,4000,,,1500,,Standing,200\n")
	return csv.String()
}

// importsPlan puts a seat plan on sale in the season of a node.
func importsPlan(t *testing.T, n *node.Node, csv string) {
	t.Helper()
	importsPlanOf(t, n, n.Season, csv)
}

// importsPlanOf puts a seat plan on sale in a season.
func importsPlanOf(t *testing.T, n *node.Node, season, csv string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "POST", n.URL+"/admin/seasons/"+season+"/seats", strings.NewReader(csv))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "text/csv")
	request.Header.Set("Authorization", "Bearer "+n.SignIn(t, "Admin").Token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatal("importing the plan:", answer.Status)
	}
}

// TestAFanChoosesTheTypeOfAPrice: on the map by keyboard, in the cart, among the best seats
// up to a price; the card, the cart, the tickets and the audit agree.
func TestAFanChoosesTheTypeOfAPrice(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 100, 10 }})
	importsPlan(t, n, pricedPlan())

	fan := window(t, browser, "Fan 1")
	fan.sized(1280, 900)
	fan.signsIn(n.URL)
	fan.isInside()
	fan.looks("types-map")
	cart := func() string {
		t.Helper()
		said, _ := fan.awaits(`fetch("/holds?season=` + n.Season + `").then(r => r.json()).then(c => c.seats.map(s => s.seatNumber + " " + s.type + " " + s.price).join(", ") + " = " + c.total)`).(string)
		return said
	}
	becomes := func(want string) {
		t.Helper()
		if !testkit.Within(patience, func() bool { return cart() == want }) {
			fan.picture(t.Name())
			t.Fatalf("the cart has %q, want %q", cart(), want)
		}
	}

	// By keyboard: to a seat on the map, its type, Hold.
	fan.runs(`document.querySelector(".skip:nth-child(2)").click()`)
	fan.types("0")
	fan.presses(kb.ArrowDown)
	fan.sees("group", "The seat you pressed")
	seat, _ := fan.runs(`document.querySelector(".seat-card-number").textContent`).(string)
	fan.sees("combobox", "Price for seat "+seat)
	choose := func(where, value string) {
		t.Helper()
		fan.runs(fmt.Sprintf(`(() => { const select = document.querySelector(%q); select.focus(); select.value = %q; select.dispatchEvent(new Event("change")) })()`, where+" select.price-type", value))
	}
	choose(".seat-card", "child")
	fan.looks("types-card")
	price, _ := fan.runs(`document.querySelector(".seat-card-price").textContent`).(string)
	row := int(seat[0] - 'A')
	if want := fmt.Sprintf("€%d.00", 20+row); price != want {
		t.Errorf("the card shows %q for a child, want %q", price, want)
	}
	fan.clicks("button", "Hold seat "+seat)
	becomes(fmt.Sprintf("%s child %d = %d", seat, 2000+100*row, 2000+100*row))

	// In the cart: another type of the held seat; the focus stays, and the total is spoken.
	choose(".cart-lines", "")
	becomes(fmt.Sprintf("%s null %d = %d", seat, 9000-500*row, 9000-500*row))
	fan.hears("Held: ")
	if stays, _ := fan.runs(`document.activeElement.matches(".cart-lines select.price-type")`).(bool); !stays {
		t.Error("choosing another type in the cart loses the focus")
	}
	choose(".cart-lines", "child")
	becomes(fmt.Sprintf("%s child %d = %d", seat, 2000+100*row, 2000+100*row))
	fan.looks("types-cart")

	// The best seats respect the price filter and the type.
	fan.runs(`(() => { const price = document.querySelector("#highest-price"); price.value = "4000"; price.dispatchEvent(new Event("change")) })()`)
	fan.runs(`document.querySelector("#best-count").value = "1"`)
	fan.clicks("button", "Find seats")
	fan.clicks("button", "Add 1 more")
	fan.holds(n.Season, 2)
	if dear, _ := fan.awaits(`fetch("/holds?season=` + n.Season + `").then(r => r.json()).then(c => Math.max(...c.seats.filter(s => s.type === null).map(s => s.price)))`).(float64); dear != 4000 {
		t.Errorf("the best seat up to 40.00 costs %v", dear)
	}
	fan.clicks("button", "Pay *")
	if !testkit.Within(patience, func() bool {
		types, _ := fan.awaits(`fetch("/tickets").then(r => r.json()).then(all => all.tickets.map(t => t.type).sort().join())`).(string)
		return types == "child," || types == ",child"
	}) {
		fan.picture(t.Name())
		t.Fatal("the tickets do not have the types of their prices")
	}

	phone := window(t, browser, "Fan 2")
	phone.sized(390, 844)
	phone.signsIn(n.URL)
	phone.isInside()
	phone.clicks("button", "Find seats")
	phone.holds(n.Season, 2)
	phone.clicks("button", "Your seats: 2 seats, *")
	phone.sees("combobox", "Price for seat *")
	phone.picture("types-phone-sheet")
	choosesPlaces(phone, n)
	if wide, _ := phone.runs(`document.documentElement.scrollWidth > innerWidth`).(bool); wide {
		t.Error("the page is wider than the phone")
	}
}
