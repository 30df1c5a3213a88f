package app_test

import (
	"fmt"
	"strings"
	"testing"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

const houseLogo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 40"><rect x="2" y="4" width="32" height="32" rx="8" fill="#0a5c36"/><path d="M10 28 V14 l8 8 8-8 v14" fill="none" stroke="#fff" stroke-width="3"/><text x="44" y="28" font-family="Georgia, serif" font-size="22" fill="#221d2e">Opera House</text></svg>`

// uploads puts a picture into the file input with this id, as choosing a file does.
func (p *person) uploads(id, name, media, text string) {
	p.t.Helper()
	p.runs(fmt.Sprintf(`(() => {
		const files = new DataTransfer();
		files.items.add(new File([%q], %q, { type: %q }));
		const input = document.getElementById(%q);
		input.files = files.files;
		input.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, text, name, media, id))
}

// watchesPolicy records what the page's policy refuses, and the accent at the moment when
// the page is first laid out.
const watchesPolicy = `
	window.refused = [];
	document.addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective + " " + event.blockedURI));
	new PerformanceObserver((list) => list.getEntries().forEach((entry) => { if (entry.name === "first-contentful-paint") window.painted = document.readyState; })).observe({ type: "paint", buffered: true });
	document.addEventListener("DOMContentLoaded", () => { window.atFirst = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim(); });`

// TestAHouseHasItsOwnLook: an admin gives the season a look on the admin page, and is told
// why a color is refused. A fan sees it from the first drawing on, in light and dark, until
// the ticket is printed.
func TestAHouseHasItsOwnLook(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.Seats = 60 }))
	inside := n.SignIn(t, "Inside")
	admin, fan := window(t, browser, "Admin"), window(t, browser, "Fan 1")
	admin.prepares(watchesPolicy)
	admin.signsIn(n.URL)
	admin.clicks("link", "Go to the admin page")
	admin.sees("textbox", "Accent color")
	typed := func(id, words string) {
		t.Helper()
		admin.runs(fmt.Sprintf(`document.getElementById(%q).focus(); document.getElementById(%q).select()`, id, id))
		admin.types(words)
	}
	typed("look-accent", "#ffcc00")
	sees := func(who *person, words string) {
		t.Helper()
		if !testkit.Within(patience, func() bool { return strings.Contains(fmt.Sprint(who.runs(`document.body.innerText`)), words) }) {
			who.picture(t.Name() + " " + who.name)
			t.Fatalf("%s does not read %q", who.name, words)
		}
	}
	sees(admin, "accent #ffcc00 has a contrast of 1.41 on the background #faf7f2 of light pages, and at least 4.5 is needed")
	typed("look-accent", "#0a5c36")
	sees(admin, "This color can be read: contrast ")
	typed("look-text", "Welcome to the Opera House.\rThe bar opens with the doors.")
	admin.uploads("look-logo", "logo.svg", "image/svg+xml", strings.Replace(houseLogo, "<rect", "<script>alert(1)</script><rect", 1))
	sees(admin, "it has the element script")
	typed("look-alt", "Opera House")
	admin.clicks("button", "Save the look")
	sees(admin, "The look is saved.")
	admin.uploads("look-logo", "logo.svg", "image/svg+xml", houseLogo)
	sees(admin, "The logo is saved.")
	admin.sees("image", "Opera House")
	admin.runs(`document.getElementById("look-accent").closest("section").scrollIntoView()`)
	admin.looks("look-admin")

	fan.prepares(watchesPolicy)
	fan.opens(n.URL + "/?season=" + n.Season)
	fan.sees("image", "Opera House")
	fan.looks("look-signed-out")
	if got := fan.runs(`atFirst`); got != "#0a5c36" {
		t.Errorf("when the page was first laid out, its accent was %v", got)
	}
	fan.signsIn(n.URL)
	fan.reads("region", "Your place in line", "Welcome to the Opera House.\nThe bar opens with the doors.")
	fan.sees("image", "Opera House")
	if got := fan.runs(`getComputedStyle(document.querySelector(".place")).color`); got != "rgb(10, 92, 54)" {
		t.Errorf("the place has the color %v", got)
	}
	fan.looks("look-waiting")
	inside.Do("POST", "/waitingList/leave", nil, 200)
	fan.clicks("button", "Enter")
	fan.isInside()
	fan.clicks("button", "Find seats")
	fan.sees("button", "Pay *")
	fan.looks("look-seats")
	fan.clicks("button", "Pay *")
	fan.sees("article", "Ticket *")
	fan.looks("look-tickets")
	fan.runs(`fetch("/tickets").then((answer) => answer.json()).then((answer) => { window.bought = answer.tickets[0].id }) && 0`)
	var id any
	testkit.Eventually(t, patience, "the fan's tickets are read", func() bool { id = fan.runs(`window.bought ?? ""`); return id != "" })
	fan.opens(fmt.Sprint(n.URL, "/tickets/", id, "/print"))
	fan.sees("image", "Opera House")
	if wide := fan.runs(`document.querySelector("img").naturalWidth`); wide != 180.0 {
		t.Errorf("the logo on the print page is %v wide", wide)
	}
	fan.looks("look-print")

	// Opened as a page of its own, the logo has an origin of its own and runs nothing.
	path := fan.runs(`document.querySelector("img").src`)
	fan.opens(fmt.Sprint(path))
	if origin := fan.runs(`self.origin`); origin != "null" {
		t.Errorf("the logo's own page has the origin %v", origin)
	}
	admin.opens(n.URL + "/admin?season=" + n.Season)
	admin.clicks("button", "Remove the logo")
	sees(admin, "The logo is removed.")
	for _, who := range []*person{admin} {
		if refused := who.runs(`refused.join()`); refused != "" {
			t.Errorf("%s's page was refused %v", who.name, refused)
		}
	}
}
