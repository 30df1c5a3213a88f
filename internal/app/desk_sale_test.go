package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestTheDeskSellsByKeyboardAlone: one session at the box office, without a pointer. Seats
// are chosen by number, by area and as the best; one is removed; the sale is paid here, and
// its tickets and receipt are printed. Then the sale is found, one seat refunded and one moved;
// the page says what money goes back, and none for a seat that another clerk has refunded.
func TestTheDeskSellsByKeyboardAlone(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 60, 5 }})
	admin := n.SignIn(t, "Admin")
	const plan = "seatNumber,category,price,price:child,section,row,area,capacity\nA-1,VIP,4500,2250,Hall,A,,\nA-2,VIP,4500,2250,Hall,A,,\nA-3,VIP,4500,2250,Hall,A,,\nA-4,VIP,4500,2250,Hall,A,,\nB-1,Regular,3000,1500,Hall,B,,\n,Standing,2000,1000,,,Floor,20\n"
	admin.Do("PUT", "/admin/seasons/second", map[string]any{"name": "Second Night", "currency": "EUR"}, 200)
	importsPlanOf(t, n, "second", plan)

	desk := window(t, browser, "Desk")
	desk.sized(1280, 900)
	desk.opens(n.URL + "/")
	desk.sees("heading", "Spring Gala 2027")
	desk.goes("Continue with Google")
	desk.types("\r")
	desk.sees("button", "Desk")
	desk.goes("Desk")
	desk.types("\r")
	desk.sees("heading", "You work here")
	desk.goes("Go to the box office")
	desk.types("\r")
	desk.sees("textbox", "Seat numbers")
	desk.goes("Season")
	desk.types("Sec")
	desk.goes("Go to this season")
	desk.types("\r")
	desk.sees("spinbutton", "Places")

	// The field for seats has the focus.
	testkit.Eventually(t, patience, "the seats have the focus", func() bool { return desk.runs(`document.activeElement.id`) == "desk-seats" })
	desk.types("A-1..2 Z-9\r")
	desk.reads("status", "Sale", "seat not found")
	desk.runs(`document.activeElement.select()`)
	desk.types("A-1..2\r")
	desk.reads("status", "Sale", "2 seats", "€90.00")
	desk.goes("Places")
	desk.types("\r")
	desk.reads("status", "Sale", "3 seats", "€110.00")
	desk.goes("Add the best")
	desk.types("\r")
	desk.reads("status", "Sale", "5 seats", "€200.00")
	desk.goes("Remove A-3")
	desk.types("\r")
	desk.reads("status", "Sale", "4 seats")
	desk.goes("Price type of A-1")
	desk.types("ch")
	desk.reads("status", "Sale", "4 seats", "€132.50")
	desk.goes("Name on the tickets")
	desk.types("Grace Hopper\tgrace@example.org")
	desk.goes("Money received")
	desk.types("150")
	desk.reads("status", "Change", "Give back €17.50")
	desk.picture("desk-sale-1280")
	desk.sized(390, 844)
	desk.picture("desk-sale-390")
	desk.sized(1280, 900)
	desk.goes("Sell")
	desk.types("\r")
	desk.sees("heading", "Sold: 4 seats for €132.50")
	if on := desk.focused(); !strings.HasPrefix(on, "Sold: 4 seats") {
		t.Errorf("after the sale the focus is on %q", on)
	}
	if due := desk.runs(`document.querySelector(".desk-due")?.textContent`); due != "Give back €17.50" {
		t.Errorf("after the sale the page says %q, want what to give back", due)
	}
	desk.picture("desk-sold-1280")
	desk.goes("Print tickets")
	address, _ := desk.runs(`document.activeElement.href`).(string)
	id := strings.Split(strings.TrimPrefix(address, n.URL), "/")[3]

	// The sale is found by a part of the name.
	desk.goes("Next sale")
	desk.types("\r")
	desk.goes("Order, seat, name")
	desk.types("hopp\r")
	desk.reads("region", "Find a sale", "1 found", "Grace Hopper", "grace@example.org", "by desk@usher.test, Paid here", id)
	desk.goes("Refund seats")
	desk.types("\r")
	desk.goes("A-2")
	desk.types(" ")
	desk.goes("Why, for the audit log")
	desk.types("ill\r")
	desk.reads("status", "Search", "1 seat refunded. Give €45.00 back")
	testkit.Eventually(t, 20*time.Second, "the focus is on the sale after a refund", func() bool { return strings.HasPrefix(desk.focused(), "Sale of") })
	desk.reads("list", "Seats of this sale", "void")
	desk.goes("Move a ticket")
	desk.types("\r")
	desk.goes("From")
	desk.types("A-4")
	desk.goes("To the free seat")
	desk.types("B-1\r") // not without a reason
	if on := desk.runs(`document.activeElement.id`); on != "desk-move-reason" {
		t.Errorf("without a reason the focus is on %q", on)
	}
	desk.types("a pillar\r")
	desk.reads("status", "Search", "Moved from A-4 to B-1", "Give €15.00 back")
	desk.reads("list", "Seats of this sale", "B-1")
	admin.Do("POST", "/admin/transactions/"+id+"/cancel", map[string]any{"seats": []string{"A-1"}, "reason": "ill"}, 200)
	desk.goes("Refund seats")
	desk.types("\r")
	desk.goes("A-1")
	desk.types(" ")
	desk.goes("Why, for the audit log")
	desk.types("ill\r")
	desk.reads("status", "Search", "done before", "give no money back", "so far: €82.50")
	desk.reads("region", "Find a sale", "Refunded", "€82.50")
	desk.picture("desk-found-1280")
	desk.sized(390, 844)
	desk.picture("desk-found-390")
	desk.sized(1280, 900)

	desk.goes("Order, seat, name")
	desk.types("\x7fno such buyer\r")
	desk.reads("status", "Search", "Nothing was found")
	if desk.runs(`document.querySelector(".desk-detail").hidden`) != true {
		t.Error("the sale found before is still open")
	}

	for _, name := range []string{"print", "receipt"} {
		desk.opens(fmt.Sprintf("%s/admin/transactions/%s/%s", n.URL, id, name))
		desk.sees("button", "Print")
		desk.picture("desk-" + name)
		desk.paper("desk-" + name)
	}
	desk.reads("main", "", "Second Night", "A-1", "child", "22.50 EUR", "Paid at the box office", "Moved", "30.00 EUR", "82.50 EUR", "50.00 EUR", "Grace Hopper")

	fan := window(t, browser, "Fan 1")
	fan.signsIn(n.URL)
	fan.isInside()
	fan.opens(n.URL + "/desk")
	fan.sees("heading", "This page is for the box office")
}

// paper saves the page as the browser prints it, in the folder of the pictures.
func (p *person) paper(name string) {
	p.t.Helper()
	folder := os.Getenv("USHER_TEST_PICTURES")
	if folder == "" {
		return
	}
	printed := ask(p, "print", func(ctx context.Context) ([]byte, error) {
		got, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PrintBackground: new(true), PreferCSSPageSize: new(true)})
		return got.Data, err
	})
	if err := os.WriteFile(filepath.Join(folder, name+".pdf"), printed, 0o600); err != nil {
		p.t.Error(err)
	}
}
