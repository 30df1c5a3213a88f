//go:build !race

package app_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// smallTargets is a script that returns what a finger cannot hit well. The seat map is a
// target, and a sign of the legend, which is a picture beside its text, is none. A link within a
// sentence has the height of its line, and a box belongs to its label.
const smallTargets = `(() => {
	const box = (e) => [e, ...(e.labels ?? [])].map((one) => one.getBoundingClientRect()).reduce((all, one) => ({ width: Math.max(all.width, one.width), height: Math.max(all.height, one.height) }), { width: 0, height: 0 });
	const inSentence = (e) => e.matches("a") && getComputedStyle(e).display === "inline" && e.parentElement.textContent.trim().length > e.textContent.trim().length + 3;
	return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, canvas:not([aria-hidden])")]
		.filter((e) => e.getClientRects().length > 0 && !e.closest(".unseen, .skip, [inert]") && !e.disabled && getComputedStyle(e).visibility !== "hidden" && !inSentence(e))
		.filter((e) => { const { width, height } = box(e); return width < 43.5 || height < 43.5; })
		.map((e) => { const { width, height } = box(e); return width.toFixed() + "×" + height.toFixed() + " " + e.outerHTML.slice(0, 90); }).slice(0, 5);
})()`

// touched makes the person's device one with a finger, or with a pointer again.
func (p *person) touched(finger bool) {
	p.t.Helper()
	ask(p, "touch", func(ctx context.Context) (any, error) {
		return chromedp.Call(ctx, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: finger})
	})
}

func (p *person) scheme(name string) {
	p.t.Helper()
	ask(p, "color scheme", func(ctx context.Context) (any, error) {
		return chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
	})
}

// accessible checks a state of the page: axe-core finds nothing in light and dark, nothing
// is wider than its window from 320 px to 4K, and a fan's finger hits every control.
func (p *person) accessible(source, language, state string) {
	p.t.Helper()
	report := func(where string, found any) {
		p.t.Helper()
		list, _ := found.([]any)
		if one, _ := found.(string); one != "" {
			list = []any{one}
		}
		for _, one := range list {
			p.t.Errorf("%s, %s, %s: %v", language, state, where, one)
		}
	}
	if p.runs(`typeof axe`) != "object" {
		p.runs(source + "; 0")
	}
	p.scheme("light")
	report("light", p.awaits(findings+`({})`))
	p.scheme("dark")
	// The scheme changes colors only.
	report("dark", p.awaits(findings+`({ runOnly: ["color-contrast", "link-in-text-block"] })`))
	p.picture(language + " " + state + " dark")
	p.scheme("light")
	for _, width := range []int64{3840, 1280, 768, 390, 320} {
		p.sized(width, 900)
		report(fmt.Sprint(width, " px"), p.runs(tooWide))
		p.picture(fmt.Sprint(language, " ", state, " ", width))
		if width == 390 && !strings.HasPrefix(state, "admin") {
			p.touched(true)
			report("by finger", p.runs(smallTargets))
			p.touched(false)
		}
	}
	p.sized(1280, 900)
}

// TestEveryViewIsAccessible: see accessible. The states are those of everyView, and those
// that come from outside.
func TestEveryViewIsAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	languages := []string{"en"}
	if os.Getenv("USHER_SOAK") != "" {
		languages = append(languages, "ar")
	}
	for _, language := range languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			visit := func(p *person, state string) { p.accessible(source, language, state) }
			everyView(t, language, visit)
			moments(t, language, visit)
			if os.Getenv("USHER_SOAK") != "" {
				standing(t, language, visit)
				deskPage(t, language, visit)
			}
		})
	}
}

// TestTheFirstViewOnSlow3G prints when the page first paints and when its first view is
// there, on a network of 400 kbit/s with 400 ms to each answer, and how far it moves while
// it loads. The browser's cache is off. How far it moves has a limit.
func TestTheFirstViewOnSlow3G(t *testing.T) {
	if os.Getenv("USHER_SOAK") == "" {
		t.Skip("measures a slow network: USHER_SOAK=1")
	}
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.Seats = 60 }))
	inside := n.SignIn(t, "Inside")
	fan := window(t, browser, "Fan 1")
	fan.sized(390, 844)
	fan.prepares(`
		window.moved = 0; window.shownAt = 0;
		new PerformanceObserver((list) => list.getEntries().forEach((one) => { if (!one.hadRecentInput) window.moved += one.value; })).observe({ type: "layout-shift", buffered: true });
		new MutationObserver((_, self) => { if (document.querySelector("main[data-view]:not([data-view=starting])")) { window.shownAt = performance.now(); self.disconnect(); } }).observe(document, { subtree: true, childList: true, attributes: true });`)
	const figures = `(() => { const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0; return [paint, window.shownAt, window.moved, performance.getEntriesByType("resource").reduce((all, one) => all + one.transferSize, performance.getEntriesByType("navigation")[0].transferSize) / 1000] })()`
	measure := func(view, css string) {
		t.Helper()
		ask(fan, "slow", func(ctx context.Context) (any, error) {
			if _, err := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
				return nil, err
			}
			return chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Latency: 400, DownloadThroughput: 50_000, UploadThroughput: 50_000}}})
		})
		fan.opens(n.URL + "/?season=" + n.Season)
		fan.exists(css)
		fan.awaits(`new Promise((done) => setTimeout(done, 500))`) // what moves late
		got, _ := fan.runs(figures).([]any)
		moved, _ := got[2].(float64)
		t.Logf("%s: first paint after %.0f ms, the view after %.0f ms; it moves by %.3f; %.0f kB", view, got[0], got[1], moved, got[3])
		if moved > 0.1 {
			t.Errorf("%s: the layout moves by %.3f while it loads, want at most 0.1", view, moved)
		}
		ask(fan, "fast", func(ctx context.Context) (any, error) {
			return chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{})
		})
	}
	measure("signed out", ".welcome .button")
	fan.clicks("link", "Continue with Google")
	fan.clicks("button", "Fan 1")
	fan.exists(".line")
	measure("waiting", ".line .place")
	inside.Do("POST", "/waitingList/leave", nil, 200)
	fan.clicks("button", "Enter")
	fan.isInside()
	measure("seats", ".hall .best")
}

// TestByKeyboardAlone: a fan signs in, waits, takes the turn, finds seats, chooses one more
// on the map, pays and opens the ticket's code with Tab, Enter, Escape and arrow keys. The
// focus can be seen wherever it is.
func TestByKeyboardAlone(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.Seats = 60 }))
	inside := n.SignIn(t, "Inside")
	fan := window(t, browser, "Fan 1")
	fan.opens(n.URL + "/")
	fan.sees("heading", "Spring Gala 2027")
	fan.goes("Continue with Google")
	fan.types("\r")
	fan.sees("button", "Fan 1")
	fan.goes("Fan 1")
	fan.types("\r")
	fan.reads("region", "Your place in line", "1")
	inside.Do("POST", "/waitingList/leave", nil, 200)
	fan.sees("region", "It is your turn")
	fan.goes("Enter")
	fan.types("\r")
	fan.isInside()
	fan.goes("Find seats")
	fan.types("\r")
	fan.holds(n.Season, 2)
	if fan.find("button", "Back to the seats") != nil {
		t.Error("the button that closes a phone's cart is there on a wide page")
	}
	fan.goes("Map of the seats")
	fan.presses(kb.ArrowDown)
	fan.sees("group", "The seat you pressed")
	for len(fan.cart(n.Season)) < 3 {
		fan.presses(kb.ArrowDown)
		fan.presses("\r")
		testkit.Within(time.Second, func() bool { return len(fan.cart(n.Season)) != 2 })
	}
	fan.sees("button", "Pay *")
	fan.goes("Pay ")
	fan.types("\r")
	fan.sees("article", "Ticket *")
	fan.goes("Show code for seat")
	fan.types("\r")
	fan.exists(".code-screen")
	fan.types("\x1b")
	fan.gone("dialog", "*")
	if on, _ := fan.runs(hasFocus).(string); !strings.HasPrefix(on, "Show code for seat") {
		t.Errorf("after the code is closed the focus is on %q", on)
	}
}

// cart returns the seats of the person's cart, as the server has it.
func (p *person) cart(season string) []string {
	p.t.Helper()
	said, _ := p.awaits(`fetch("/holds?season=` + season + `").then(r => r.json()).then(c => c.seats.map(s => s.seatNumber).join(" "))`).(string)
	return strings.Fields(said)
}
