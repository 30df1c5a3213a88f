package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestAPresaleInTheBrowser: an admin sets phases on the admin page, with an overlap
// refused at its field; a fan sees them before signing in, is asked for the code, and takes
// part with the right one.
func TestAPresaleInTheBrowser(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 40, 1 }})
	admin := window(t, browser, "Admin")
	admin.signsIn(n.URL)
	now := time.Now().UTC()
	fill := func(overlap bool) {
		t.Helper()
		second := now.Add(3 * time.Hour)
		if overlap {
			second = now.Add(time.Hour)
		}
		wall := func(at time.Time) string { return at.Format("2006-01-02T15:04") }
		admin.runs(fmt.Sprintf(`{
			const rows = [...document.querySelectorAll(".phase-rows > li")];
			const set = (row, values) => row.querySelectorAll("input").forEach((input, i) => { input.value = values[i]; });
			set(rows[0], ["Presale", %q, %q]);
			set(rows[1], ["General sale", %q, ""]);
		}`, wall(now.Add(-time.Hour)), wall(now.Add(2*time.Hour)), wall(second)))
	}
	// The demo's times are of another zone; the rows are of the season's.
	office := n.SignIn(t, dev.AdminEmail[:strings.Index(dev.AdminEmail, "@")])
	office.Do("PUT", "/admin/seasons/"+n.Season, map[string]any{"timeZone": "UTC"}, 200)
	admin.opens(n.URL + "/admin")
	admin.sees("heading", "Phases of the sale")
	admin.clicks("button", "Add a phase")
	admin.clicks("button", "Add a phase")
	fill(true)
	admin.clicks("button", "Review the phases")
	admin.says("phases do not overlap")
	admin.picture("phases-overlap")
	fill(false)
	saved := func() int {
		phases, _ := office.Do("GET", "/seasons/"+n.Season, nil, 200)["phases"].([]any)
		return len(phases)
	}
	admin.clicks("button", "Review the phases")
	admin.reads("dialog", "What fans will see", "Presale", "with a code", "General sale", "from", "for everyone", "General sale: fans who are there before the opening are drawn by lot.")
	admin.picture("phases-review")
	admin.clicks("button", "Keep editing")
	if got := saved(); got != 0 {
		t.Errorf("before they are agreed to, the season has %d phases", got)
	}
	admin.clicks("button", "Review the phases")
	admin.clicks("button", "Save the phases")
	admin.says("The phases are saved.")
	if got := saved(); got != 2 {
		t.Errorf("the season has %d phases", got)
	}
	admin.fits("phases-editor")
	admin.uploads("codes-file", "codes.csv", "text/csv", "code,uses\nGOLDEN-1,2\n")
	admin.says("Codes: 1. Uses taken: 0 of 2.")

	fan := window(t, browser, "Fan 1")
	fan.opens(n.URL + "/")
	fan.sees("list", "When the sale is")
	fan.fits("phases-signed-out")
	fan.sized(390, 844)
	fan.clicks("link", "Continue with Google")
	fan.clicks("button", "Fan 1")
	fan.clicks("textbox", "Your code")
	fan.types("wrong-code")
	fan.presses("\r")
	fan.says("This code is not valid here")
	fan.picture("phases-code-390")
	// The words stand at the field and cover nothing; the field has the focus, its text selected.
	if problem := fan.runs(`(() => {
		const input = document.querySelector("#phase-code"), words = document.querySelector("#phase-code-wrong").getBoundingClientRect(), field = input.getBoundingClientRect();
		if (document.activeElement !== input || input.getAttribute("aria-invalid") !== "true") return "the field is not marked";
		if (words.top < field.bottom || words.height === 0) return "the words are not below the field";
		return document.querySelector(".notice:not([hidden])") ? "a notice covers the page" : "";
	})()`); problem != "" {
		t.Errorf("a wrong code: %v", problem)
	}
	fan.types("golden-1")
	fan.presses("\r")
	fan.isInside()
	fan.picture("phases-inside-390")

	// Between the phases the next fan gathers, to be drawn behind those who wait.
	at := func(by time.Duration) string { return now.Add(by).Format(time.RFC3339) }
	office.Do("PUT", "/admin/seasons/"+n.Season, map[string]any{"phases": []map[string]any{
		{"name": "Presale", "access": "code", "opensAt": at(-2 * time.Hour), "closesAt": at(-time.Hour)},
		{"name": "General sale", "access": "open", "opensAt": at(time.Hour)},
	}}, 200)
	next := window(t, browser, "Fan 2")
	next.sized(390, 844)
	next.opens(n.URL + "/")
	next.clicks("link", "Continue with Google")
	next.clicks("button", "Fan 2")
	next.says("behind the fans who wait from before")
	next.picture("phases-between-390")
	if next.runs(`document.querySelector(".together").offsetHeight`) != 0.0 {
		t.Error("the page counts those who are not drawn")
	}
}

// says waits until the page shows some words anywhere.
func (p *person) says(words string) {
	p.t.Helper()
	testkit.Eventually(p.t, patience, p.name+" is shown: "+words, func() bool {
		return p.runs(fmt.Sprintf("(document.body?.innerText ?? \"\").includes(%q)", words)) == true
	})
}
