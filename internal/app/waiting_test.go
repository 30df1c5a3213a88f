package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// spies record what a page does that has no place in its document: the numbers it shows
// one after another, the badge, vibrations and the lock of the screen. cutOff breaks the
// page's connections until cut is false again.
const spies = `
	window.numbers = []; window.badges = []; window.shakes = 0; window.locks = 0; window.cut = false; window.sockets = [];
	document.addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
		const now = document.querySelector(".line output.place")?.textContent;
		if (now && now !== window.numbers[window.numbers.length - 1]) window.numbers.push(now);
	}).observe(document.body, { subtree: true, childList: true, characterData: true }));
	navigator.vibrate = () => ++window.shakes;
	navigator.setAppBadge = async (n) => window.badges.push(String(n));
	navigator.clearAppBadge = async () => window.badges.push("none");
	Object.defineProperty(navigator, "wakeLock", { value: { request: async () => { window.locks++; return Object.assign(new EventTarget(), { release: async () => {} }) } } });
	const Real = WebSocket, ask = fetch;
	window.WebSocket = class extends Real {
		constructor(url, protocols) { super(window.cut ? "ws://127.0.0.1:1/" : url, protocols); window.sockets.push(this); }
	};
	window.fetch = (...args) => window.cut ? Promise.reject(new TypeError("no network")) : ask(...args);
	window.cutOff = () => { window.cut = true; window.sockets.forEach((socket) => socket.close()); };`

// TestTheWaitingPage takes a fan through the line: the number falls, the people behind
// are counted, the page says what a turn is before it comes, and the turn is called on
// another view.
func TestTheWaitingPage(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.TurnWindow = 5 * time.Minute }))
	inside := n.SignIn(t, "Inside")
	ahead := make([]*node.Fan, 24)
	for i := range ahead {
		ahead[i] = n.SignIn(t, fmt.Sprint("Ahead ", i))
	}
	fan := window(t, browser, "Fan 1")
	fan.prepares(spies)
	fan.signsIn(n.URL)
	fan.reads("region", "Your place in line", "25", "24 people are in front of you.", "Behind you\n0", "worked out once the first fans are through",
		"You have 5 minutes to press “Enter”, and then 15 minutes to choose and pay.", "Your place is kept for 15 minutes")
	n.SignIn(t, "Behind")
	fan.reads("region", "Your place in line", "Behind you\n1", "People waiting\n26")
	fan.reads("region", "The sale", "60 of 60 seats are left", "VIP")
	says := func(script string, want any) {
		t.Helper()
		var got any
		if !testkit.Within(patience, func() bool { got = fan.runs(script); return got == want }) {
			fan.picture(t.Name())
			t.Errorf("%s is %v, want %v", script, got, want)
		}
	}
	says(`document.title.split(" · ")[0]`, "25 in line")
	says(`document.querySelector("link[rel=icon]").href.startsWith("data:image/png;base64,")`, true)
	says(`window.badges.join()`, "25")
	fan.clicks("button", "Keep the screen on")
	says(`window.locks`, 1.0)
	fan.looks("waiting")

	for _, first := range ahead[:20] {
		first.Do("POST", "/waitingList/leave", nil, 200)
	}
	fan.reads("region", "Your place in line", "You joined as number 25 and have moved up 20 places.")
	says(`document.querySelector("output.place").textContent`, "5")
	numbers, _ := fan.runs(`window.numbers.map(Number)`).([]any)
	fell := slices.IsSortedFunc(numbers, func(a, b any) int { return int(b.(float64) - a.(float64)) })
	if !fell || len(numbers) < 4 || numbers[0] != 25.0 {
		t.Errorf("the numbers shown are %v", numbers)
	}
	says(`document.querySelector("[role=progressbar]").getAttribute("aria-valuenow")`, "80")
	fan.looks("waiting-further")

	// The choices and the way that lies behind outlast a reload.
	fan.opens(n.URL + "/")
	fan.reads("region", "Your place in line", "You joined as number 25", "The screen stays on")
	says(`window.locks`, 1.0)
	says(`window.numbers.join()`, "5")

	// Without a connection an act that cannot arrive is not begun.
	fan.runs(`window.cutOff()`)
	fan.reads("status", "", "Reconnecting. What you press now would not arrive")
	says(`[...document.querySelectorAll("[data-live][aria-disabled=true][aria-describedby=cut-off]")].filter(e => e.getClientRects().length > 0).length`, 1.0)
	fan.clicks("button", "Leave the line")
	if fan.find("dialog", "*") != nil {
		t.Error("without a connection leaving is begun")
	}
	fan.looks("waiting-cut-off")
	fan.runs(`window.cut = false; dispatchEvent(new Event("online"))`)
	fan.reads("status", "Connection", "Live")
	fan.clicks("button", "Leave the line")
	fan.sees("dialog", "Leave the line?")
	fan.clicks("button", "Stay")

	// The turn comes while the fan looks at the tickets.
	fan.clicks("link", "My tickets")
	fan.sees("heading", "Your tickets")
	for _, first := range ahead[20:] {
		first.Do("POST", "/waitingList/leave", nil, 200)
	}
	inside.Do("POST", "/waitingList/leave", nil, 200)
	fan.reads("alertdialog", "It is your turn", "If you miss it, the next in line gets your turn", "4:")
	if focus := fan.runs("document.activeElement.textContent"); focus != "Enter" {
		t.Errorf("the focus is on %q", focus)
	}
	says(`window.shakes`, 1.0)
	says(`window.badges.slice(-1)[0]`, "undefined") // a badge without a number
	if title := fan.title(); !strings.HasPrefix(title, "Your turn") {
		t.Errorf("the title is %q", title)
	}
	said := fan.runs(`document.querySelector("[aria-live=assertive]").textContent`)
	if said != "It is your turn. You have 5 minutes to press “Enter”." {
		t.Errorf("a screen reader is told %q", said)
	}
	fan.looks("turn-dialog")
	fan.clicks("button", "Not now")
	fan.gone("alertdialog", "*")
	fan.clicks("link", "Go and enter")
	fan.reads("region", "It is your turn", "Inside you have 15 minutes to choose and pay. A seat that you take is held for you for 5 minutes.")
	fan.looks("turn")
	fan.clicks("button", "Enter")
	fan.isInside()
	says(`window.badges.slice(-1)[0]`, "none")

	// Another window of the same fan takes over.
	fan.runs(`void new WebSocket(location.origin.replace("http", "ws") + "/ws?season=` + n.Season + `", "usher.v1")`)
	fan.sees("button", "Use this window")
	says(`document.title`, "Open elsewhere · Spring Gala 2027")
	fan.looks("replaced")
}

// TestGatheringForAnOpening: the fan reads that he is in, with how many, and until when.
// The organizer moves the opening forward, and the page follows without reloading.
func TestGatheringForAnOpening(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime())
	admin := n.SignIn(t, "Admin")
	admin.Do("POST", "/waitingList/leave", nil, 200)
	opens := func(in time.Duration) {
		admin.Do("PUT", "/admin/seasons/"+n.Season, map[string]any{"opensAt": time.Now().Add(in).UTC().Truncate(time.Millisecond)}, 200)
	}
	opens(30 * time.Minute)
	fan := window(t, browser, "Fan 1")
	fan.signsIn(n.URL)
	fan.reads("region", "Your place in line", "You are in", "29:", "1 person is here for it", "drawn by lot", "You stay in for 15 minutes")
	for i := range 7 {
		n.SignIn(t, fmt.Sprint("Other ", i))
	}
	fan.reads("region", "Your place in line", "8 people are here for it, you among them.")
	said, _ := fan.runs(`document.querySelector("[aria-live=polite]").textContent`).(string)
	if !strings.HasPrefix(said, "You are in. The sale opens ") {
		t.Errorf("a screen reader is told %q", said)
	}
	if title := fan.title(); title != "You are in · Spring Gala 2027" {
		t.Errorf("the title is %q", title)
	}
	fan.looks("gathering")
	opens(3 * time.Second)
	testkit.Eventually(t, patience, "the sale has opened for the page", func() bool {
		title := fan.title()
		return strings.HasSuffix(title, "in line · Spring Gala 2027") || strings.HasPrefix(title, "Your turn")
	})
}
