package app_test

import (
	"testing"

	"usher/internal/dev"
	"usher/internal/testkit/node"
)

// olderBrowser removes features that browsers of 2021 lack: Safari 15, Firefox 91, and
// the web views of hand-held scanners.
const olderBrowser = `
	for (const [of, names] of [
		[window, ["structuredClone", "BarcodeDetector", "requestIdleCallback", "scheduler", "Notification", "navigation", "CloseWatcher", "indexedDB", "caches", "EventSource", "TransformStream", "CompressionStream", "OffscreenCanvas", "ResizeObserverSize", "PerformanceObserver"]],
		[Intl, ["ListFormat", "DisplayNames", "RelativeTimeFormat", "Segmenter", "DurationFormat"]],
		[Response.prototype, ["body"]],
		[Response, ["json"]],
		[Document.prototype, ["startViewTransition"]],
		[CanvasRenderingContext2D.prototype, ["roundRect", "reset", "createConicGradient"]],
		[AbortSignal, ["timeout", "any", "abort"]],
		[AbortSignal.prototype, ["throwIfAborted"]],
		[URLSearchParams.prototype, ["size"]],
		[HTMLDialogElement.prototype, ["show", "showModal", "close"]],
		[HTMLElement.prototype, ["inert", "popover", "showPopover"]],
		[Element.prototype, ["checkVisibility", "setHTML", "scrollIntoViewIfNeeded"]],
		[Array.prototype, ["at", "findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with", "group"]],
		[String.prototype, ["at", "isWellFormed", "toWellFormed"]],
		[Array, ["fromAsync"]],
		[Object, ["hasOwn", "groupBy"]],
		[Map, ["groupBy"]],
		[Set.prototype, ["union", "intersection", "difference", "isSubsetOf"]],
		[Promise, ["withResolvers", "try"]],
		[Crypto.prototype, ["randomUUID"]],
		[URL, ["canParse", "parse"]],
		[Navigator.prototype, ["vibrate", "share", "serviceWorker", "wakeLock", "userActivation", "setAppBadge", "locks", "connection"]],
	]) for (const name of names) { delete of[name]; if (name in of) throw new Error(name + " cannot be taken away"); }
	delete window.HTMLDialogElement;`

// TestOlderBrowsersWork: the fan's path and the gate, without newer browser features.
func TestOlderBrowsersWork(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.Seats = 60 }))
	inside := n.SignIn(t, "Inside")
	fan := window(t, browser, "Fan 1")
	fan.prepares(olderBrowser)
	fan.opens(n.URL + "/?signin=failed&season=" + n.Season)
	fan.clicks("link", "Continue with Google")
	fan.clicks("button", "Fan 1")
	fan.reads("region", "Your place in line", "1")
	fan.clicks("button", "Leave the line")
	fan.sees("dialog", "Leave the line?")
	if focus := fan.runs("document.activeElement.textContent"); focus != "Stay" {
		t.Errorf("the focus is on %q", focus)
	}
	fan.types("\t\t")
	if focus := fan.runs("document.activeElement.textContent"); focus != "Stay" {
		t.Errorf("the Tab key moves the focus out of the question, to %q", focus)
	}
	fan.types("\x1b")
	fan.gone("dialog", "*")
	inside.Do("POST", "/waitingList/leave", nil, 200)
	fan.clicks("button", "Enter")
	fan.isInside()
	fan.clicks("button", "Find seats")
	fan.sees("button", "Pay *")
	fan.looks("older-seats")
	drawn := `(() => { const c = document.querySelector("canvas"); const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n })()`
	if n, _ := fan.runs(drawn).(float64); n < 1000 {
		t.Errorf("the seat map has %v pixels drawn", n)
	}
	fan.clicks("button", "Pay *")
	fan.sees("article", "Ticket *")
	staff := window(t, browser, "Staff")
	staff.prepares(olderBrowser)
	staff.signsIn(n.URL)
	staff.clicks("link", "Gate")
	staff.sees("textbox", "Ticket code")
	staff.types("no ticket\r")
	staff.reads("status", "Result", "Not valid")
	admin := window(t, browser, "Admin")
	admin.prepares(olderBrowser)
	admin.signsIn(n.URL)
	admin.clicks("link", "Admin")
	admin.sees("table", "Changes")
}
