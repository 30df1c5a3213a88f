package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestTheOrganisersDay: an admin changes the season by its form, with errors beside the
// fields and the difference shown first; sees a seat plan and its errors before it is
// published; pauses by one button; and reads why a fan is not in. All of it is done in
// one window, mostly by the keyboard.
func TestTheOrganisersDay(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 40, 1 }})
	season := "/admin/seasons/" + n.Season
	api := n.SignIn(t, "Admin")
	api.Do("PUT", season, map[string]any{"timeZone": "Europe/Berlin"}, 200)
	n.SignIn(t, "Ina Inside")
	late := n.SignIn(t, "Lara Late")
	admin := window(t, browser, "Admin")
	admin.signsIn(n.URL)
	admin.clicks("link", "Go to the admin page")
	setting := func(name string) any { return api.Do("GET", season, nil, 200)["settings"].(map[string]any)[name] }
	before := setting("startsAt")
	field := func(id, value string) {
		t.Helper()
		admin.runs(fmt.Sprintf(`(() => { const field = document.getElementById(%q); field.value = %q; field.dispatchEvent(new Event("input", { bubbles: true })); })()`, id, value))
	}
	submit := func(id string) {
		t.Helper()
		admin.runs(fmt.Sprintf(`document.getElementById(%q).focus()`, id))
		admin.types(kb.Enter)
	}

	// The form has the settings, in the season's zone. What is wrong stands at its field.
	admin.sees("textbox", "Venue")
	testkit.Eventually(t, patience, "the form is filled", func() bool { return admin.runs(`document.getElementById("season-activeLimit").value`) == "1" })
	field("season-startsAt", "2027-06-01T20:00")
	field("season-doorsAt", "2027-06-01T21:00")
	field("season-turnWindow", "0.01")
	field("season-activeLimit", "0")
	submit("season-name")
	admin.reads("main", "*", "This must not be after the beginning of the event.", "From 1 to 1,000,000.", "3 fields are not right; nothing was changed.")
	if at := admin.runs(`document.activeElement.id + " " + document.activeElement.getAttribute("aria-invalid")`); at != "season-doorsAt true" {
		t.Errorf("the focus is on %v, want the first wrong field", at)
	}
	admin.looks("season-errors")
	field("season-doorsAt", "2027-06-01T19:00")
	field("season-turnWindow", "45")
	field("season-activeLimit", "1")
	field("season-venue-name", "Opera")
	submit("season-name")
	admin.reads("dialog", "Change *", "4 settings change.", "2027-06-01 20:00 Europe/Berlin", "60 seconds", "45 seconds", "Opera")
	admin.looks("season-review")
	admin.clicks("button", "Back to the form")
	if got := setting("startsAt"); got != before {
		t.Fatalf("before the answer the event begins at %v", got)
	}
	submit("season-name")
	admin.sees("button", "Apply the changes")
	admin.types(kb.Tab + kb.Enter)
	admin.reads("main", "*", "4 settings are changed.")
	if got := setting("startsAt"); got != "2027-06-01T18:00:00Z" {
		t.Errorf("20:00 in Berlin was saved as %v", got)
	}
	// Another admin's change shows in fields that were not touched.
	field("season-venue-address", "1 Main Street")
	api.Do("PUT", season, map[string]any{"maxSeats": 3}, 200)
	testkit.Eventually(t, patience, "the other change shows", func() bool { return admin.runs(`document.getElementById("season-maxSeats").value`) == "3" })
	if got := admin.runs(`document.getElementById("season-venue-address").value`); got != "1 Main Street" {
		t.Errorf("what was typed became %v", got)
	}
	admin.clicks("button", "Undo my changes")

	// A file is only looked at. Its errors stand with their lines.
	choose := func(csv string) {
		t.Helper()
		admin.runs(fmt.Sprintf(`(() => { const given = new DataTransfer(); given.items.add(new File([%q], "house.csv")); const plan = document.getElementById("seat-plan"); plan.files = given.files; plan.dispatchEvent(new Event("change")); })()`, csv))
	}
	choose("seatNumber,category,price\nA-1,VIP,4500\nA-2,TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT,45.00\n")
	admin.reads("table", "Errors of the file", "category \"TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT\"", "write 4500 for 45.00", "A-2,TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT,45.00")
	if marks := admin.runs(`[...document.querySelectorAll(".plan-line mark")].map((m) => m.textContent).join()`); marks != "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT,45.00" {
		t.Errorf("marked are %v", marks)
	}
	admin.looks("plan-errors")
	var house strings.Builder
	house.WriteString("seatNumber,category,price,section,row,x,y,status\n")
	for row := range 12 {
		for seat := range 20 {
			fmt.Fprintf(&house, "%c-%d,%s,%d,%s,%c,%d,%d,%s\n", 'A'+row, seat+1, []string{"VIP", "Regular"}[row/4%2], 2500+100*row, []string{"Stalls", "Balcony"}[row/8], 'A'+row, seat, row*2, []string{"available", "unavailable"}[seat/19])
		}
	}
	choose(house.String())
	admin.sees("image", "Map of 240 seats in 2 sections*")
	admin.reads("table", "Sections of the file", "Stalls", "152", "Balcony", "€25.00 – €32.00")
	admin.looks("plan-preview")
	published := func() any {
		for _, one := range api.Do("GET", "/admin/audit-log?season="+n.Season, nil, 200)["changes"].([]any) {
			if change := one.(map[string]any); change["action"] == "plan" {
				return change["after"].(map[string]any)["seats"]
			}
		}
		return nil
	}
	if got := published(); got != 40.0 {
		t.Fatalf("before the answer the plan has %v seats", got)
	}
	admin.runs(`[...document.querySelectorAll("button")].find((b) => b.textContent.startsWith("Publish these")).focus()`)
	admin.types(kb.Enter)
	admin.reads("dialog", "Publish house.csv as the seat plan of *", "240 seats", "40 seats")
	admin.looks("plan-question")
	admin.types(kb.Tab + kb.Enter)
	admin.reads("main", "*", "240 seats are in the plan now (version 2).")
	if got := published(); got != 240.0 {
		t.Errorf("the published plan has %v seats", got)
	}

	// One line says how it is, and one button changes it.
	admin.reads("main", "*", "Admission is open.")
	admin.runs(`document.getElementById("pause-reason").focus()`)
	admin.types("a fire alarm" + kb.Enter)
	admin.reads("main", "*", "Admission is paused. Everyone is told: “a fire alarm”")
	if admin.find("button", "Pause") != nil {
		t.Error("while it is paused there is a button to pause")
	}

	// Why is this fan not in yet?
	field("find-fan", "lara")
	submit("find-fan")
	admin.reads("list", "Why not in yet", "Admission is paused: a fire alarm.", "All places in the sale are taken: 1 of 1.")
	admin.looks("fan-details")
	late.Do("POST", "/waitingList/leave", nil, 200)
	admin.clicks("button", "Read this fan again")
	admin.reads("table", "What happened to this fan", "Left", "Joined the line")
	admin.clicks("button", "Resume")
	admin.reads("main", "*", "Admission is open.")

	// The changes speak in words, and the course is there after a reload.
	admin.reads("table", "Changes", "Reason of the pause: a fire alarm", "Seats for one fan: 3", "Time to enter when the turn comes: 45 seconds")
	admin.opens(n.URL + "/admin")
	testkit.Eventually(t, patience, "the charts have their course from the server, which is a line and not a point", func() bool {
		return admin.runs(`[...document.querySelectorAll(".course-line")].filter((line) => (line.getAttribute("d") ?? "").includes("L")).length`) == 5.0
	})
	admin.runs(`document.querySelector(".course-table").open = true`)
	admin.reads("table", "The last hour", "Active", "Sold")
	admin.fits("admin")
}

// fits checks that the page is nowhere wider than its window, from a small phone to a
// screen of 4K.
func (p *person) fits(name string) {
	p.t.Helper()
	for _, width := range []int64{320, 390, 768, 1280, 3840} {
		ask(p, "size", func(ctx context.Context) (any, error) {
			return nil, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900))
		})
		const wide = `(() => { const wide = document.scrollingElement.scrollWidth; return wide <= innerWidth ? "" : wide + " px: " + [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll")).slice(0, 3).map((e) => e.outerHTML.slice(0, 80)).join(" "); })()`
		if too := p.runs(wide); too != "" {
			p.t.Errorf("at %d px the page is %v wide", width, too)
		}
		p.picture(fmt.Sprint(name, "-", width))
	}
}
