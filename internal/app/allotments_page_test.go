package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestAllotmentsByKeyboard: an admin takes seats off sale and puts them on sale by keyboard
// alone, and is told which seats a fan holds.
func TestAllotmentsByKeyboard(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.Seats = 60 }))
	fan := n.SignIn(t, "Fan 1")
	fan.Do("POST", "/waitingList/join", nil, 200)
	var seats []string
	for _, one := range fan.Do("GET", "/seats?status=available", nil, 200)["seats"].([]any)[:3] {
		seats = append(seats, one.(map[string]any)["seatNumber"].(string))
	}
	fan.Do("POST", "/waitingList/enter", nil, 200)
	fan.Do("POST", "/holds", map[string]any{"seats": seats[2:]}, 201)

	admin := window(t, browser, "Admin")
	admin.signsIn(n.URL)
	admin.clicks("link", "Go to the admin page")
	admin.sees("textbox", "Seat numbers")
	note := func(words string) {
		t.Helper()
		if !testkit.Within(patience, func() bool {
			return strings.Contains(fmt.Sprint(admin.runs(`document.querySelector("#allotments [role=status]").textContent`)), words)
		}) {
			t.Fatalf("the page says %v, want %q", admin.runs(`document.querySelector("#allotments").innerText`), words)
		}
	}
	fill := func(name string, numbers ...string) {
		t.Helper()
		admin.runs(`document.getElementById("allotment-name").value = ""; document.getElementById("allotment-seats").value = ""; document.getElementById("allotment-name").focus()`)
		admin.types(name + kb.Tab + strings.Join(numbers, ", "))
	}
	// The text field takes line ends, so the form is sent by its button.
	fill("Promoter", seats...)
	admin.types(kb.Tab + kb.Enter)
	note("taken")
	if named := admin.runs(`[...document.querySelectorAll("#allotments > ul > li")].map((one) => one.textContent).join()`); named != seats[2] {
		t.Errorf("the page lists %v as taken, want %s", named, seats[2])
	}
	if kept := admin.runs(`document.getElementById("allotment-seats").value`); kept != strings.Join(seats, ", ") {
		t.Errorf("after the refusal the field has %q", kept)
	}
	admin.picture("allotments-refused-1280")

	fill("Promoter", seats[:2]...)
	admin.types(kb.Tab + kb.Enter)
	note("Seats moved: 2.")
	if row := fmt.Sprint(admin.runs(`document.querySelector("#allotments tbody tr").textContent`)); !strings.HasPrefix(row, "Promoter2") || !strings.Contains(row, seats[0]) {
		t.Errorf("the table says %q", row)
	}
	office := n.SignIn(t, dev.AdminEmail[:strings.Index(dev.AdminEmail, "@")])
	kept := func() (all []string) {
		for _, one := range office.Do("GET", "/admin/seasons/"+n.Season+"/allotments", nil, 200)["allotments"].([]any) {
			for _, seat := range one.(map[string]any)["seats"].([]any) {
				all = append(all, seat.(string))
			}
		}
		slices.Sort(all)
		return all
	}
	if got := kept(); !slices.Equal(got, slices.Sorted(slices.Values(seats[:2]))) {
		t.Errorf("off sale are %v", got)
	}

	for _, width := range []int64{390, 1280} {
		admin.sized(width, 900)
		if wide := admin.runs(tooWide); wide != "" {
			t.Errorf("at %d px: %v", width, wide)
		}
		// The buttons keep their distance from the hint above them.
		if gap, _ := admin.runs(`document.querySelector(".allotment-form .actions").getBoundingClientRect().top - document.getElementById("allotment-seats-hint").getBoundingClientRect().bottom`).(float64); gap < 8 {
			t.Errorf("at %d px the buttons are %v px below the hint", width, gap)
		}
		admin.picture(fmt.Sprint("allotments-", width))
	}

	t.Run("axe", func(t *testing.T) {
		admin.runs(axe(t) + "; 0")
		if found, _ := admin.awaits(findings + `({})`).([]any); len(found) > 0 {
			t.Error(found)
		}
	})

	// One seat by its number, asked first; then the others by the button of their row.
	fill("", seats[0])
	admin.types(kb.Tab + kb.Tab + kb.Enter)
	admin.reads("dialog", "Put 1 seat on sale?", "The seats that are named")
	admin.presses(kb.Escape)
	if got := kept(); len(got) != 2 {
		t.Errorf("after Escape off sale are %v", got)
	}
	fill("", seats[0])
	admin.types(kb.Tab + kb.Tab + kb.Enter)
	admin.reads("dialog", "Put 1 seat on sale?")
	admin.types(kb.Tab + kb.Enter)
	note("Seats moved: 1.")
	admin.runs(`document.querySelector("#allotments tbody button").focus()`)
	admin.presses(kb.Enter)
	admin.reads("dialog", "Put 1 seat on sale?", "All seats of")
	admin.types(kb.Tab + kb.Enter)
	note("Seats moved: 1.")
	testkit.Eventually(t, patience, "no seat is off sale", func() bool { return len(kept()) == 0 })
	testkit.Eventually(t, patience, "the focus leaves the button that is gone for the name", func() bool {
		return admin.runs(`document.activeElement.id`) == "allotment-name"
	})
}
