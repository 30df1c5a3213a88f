package app_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// exists waits until the page shows an element that a selector of CSS finds.
func (p *person) exists(css string) {
	p.t.Helper()
	shown := fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => e.getClientRects().length > 0)`, css)
	// The page may be leaving for another one, which is not there yet.
	found := func() bool {
		ctx, cancel := context.WithTimeout(p.tab, action)
		defer cancel()
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](shown))
		return err == nil && is
	}
	if !testkit.Within(patience, found) {
		p.picture(p.t.Name() + " " + p.name)
		p.t.Fatalf("%s does not see %s", p.name, css)
	}
}

// pushes clicks a button or link that a selector of CSS finds: in a test of all
// languages, names are not known.
func (p *person) pushes(css string) {
	p.t.Helper()
	p.exists(css)
	p.runs(fmt.Sprintf(`[...document.querySelectorAll(%q)].find(e => e.getClientRects().length > 0)?.click()`, css))
}

func (p *person) sized(width, height int64) {
	p.t.Helper()
	ask(p, "size", func(ctx context.Context) (any, error) {
		return nil, chromedp.Do(ctx, chromedp.EmulateViewport(width, height))
	})
}

// everyView goes through the app in one language, and calls look in every view. The
// fan's views come first.
func everyView(t *testing.T, language string, look func(p *person, view string)) {
	visit := func(p *person, view string) {
		t.Helper()
		// The page names its view before the code of the view is loaded.
		testkit.Eventually(t, patience, "the view is drawn", func() bool {
			return p.runs(`document.querySelector("#first, main .starting") === null`) == true
		})
		look(p, view)
	}
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.Seats = 40 }))
	enters := func(name string) *person {
		p := window(t, browser, name)
		p.opens(n.URL + "/?lang=" + language)
		p.exists(".welcome .button")
		if search := p.runs(`location.search`); search != "" {
			t.Errorf("the address keeps %q: a shared link would set another person's language", search)
		}
		return p
	}
	signsIn := func(p *person) {
		p.pushes(".welcome .button")
		p.clicks("button", p.name)
	}
	first := enters("Fan 1")
	visit(first, "signed out")
	signsIn(first)
	first.exists(".hall")
	testkit.Eventually(t, patience, "the seats are shown", func() bool {
		return first.runs(`document.querySelector(".hall .loading")?.hidden ?? false`) == true
	})
	visit(first, "seats")
	first.runs(`document.querySelectorAll("details").forEach(d => d.open = true)`)
	visit(first, "list of seats")
	second := enters("Fan 2")
	signsIn(second)
	second.exists(".line")
	visit(second, "waiting")
	second.pushes(".line .actions .button.quiet:last-of-type, .line .button.quiet[data-live]")
	second.exists(".ask")
	visit(second, "leaving the line")
	second.pushes(".ask .button.primary")

	first.pushes(".best [type=submit]")
	first.exists(".cart-lines li")
	visit(first, "cart")
	first.pushes(".hall .bar .button.quiet")
	first.exists(".ask")
	visit(first, "leaving the sale")
	first.pushes(".ask .button.primary")
	first.pushes(".cart .button.primary")
	first.exists(".ticket .qr")
	visit(first, "tickets")
	first.pushes(".ticket button.quiet")
	first.exists(".ask")
	visit(first, "giving back")
	first.pushes(".ask .button:not(.primary)")
	first.exists(".ticket.void")
	first.pushes(".done .button.primary")
	second.exists(".turn")
	visit(second, "turn")
	second.pushes(".turn .button.quiet")
	second.pushes(".ask .button:not(.primary)")
	second.exists(".outside")
	visit(second, "outside")
	third := window(t, browser, "Fan 2")
	third.opens(n.URL + "/?lang=" + language)
	signsIn(third)
	second.exists("main[data-view=replaced]")
	visit(second, "replaced")
	second.opens(n.URL + "/gate")
	second.exists("main[data-view=not-gate]")
	visit(second, "not for this person")
	second.opens(n.URL + "/nowhere")
	second.exists("h1")
	visit(second, "no such page")
	first.opens(n.URL + "/draw")
	first.exists(".draw")
	visit(first, "draw")

	staff := enters("Staff")
	signsIn(staff)
	staff.exists("main[data-view=work]")
	visit(staff, "work")
	staff.opens(n.URL + "/gate")
	staff.exists(".gate")
	staff.pushes(".gate [type=submit]")
	visit(staff, "gate")
	admin := enters("Admin")
	signsIn(admin)
	admin.exists("main[data-view=work]")
	admin.opens(n.URL + "/admin")
	admin.exists("main[data-view=admin] form")
	visit(admin, "admin")
}

// unmarked is a script that returns the texts of the page without the marks of the
// pseudo-language, and the texts that have no room. Data is not translated: names,
// seat numbers, categories, addresses, hashes, money and times.
const unmarked = `(() => {
	const data = [/Spring Gala 2027/g, /Old Opera|1 Theatre Square|Berlin/g, /(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d+ \p{Lu}\p{Ll}+ \d{4}( at)?|Europe\//gu, /Parterre (left|centre|right)/g, /Fan \d|Staff|Admin|usher-dev/g, /\b(VIP|Regular|Stalls|Balcony|[A-Z])\b/g, /\bdemo\b/g, /€|EUR|UTC/g, /\S+@\S+/g, /#[0-9a-f]{6}/g, /[0-9a-f]{16,}/g, /\b[0-9A-Z]{3,4}(-[0-9A-Z]{3,4})+\b/g, /\p{L}+\.js/gu];
	const bare = (text) => {
		for (let before; before !== text;) { before = text; text = text.replace(/⟦[^⟦⟧]*⟧/g, " ") }
		for (const one of data) text = text.replace(one, " ");
		return /\p{L}/u.test(text) ? text.replace(/\s+/g, " ").trim() : "";
	};
	const found = [];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
	for (let node = walk.currentNode; node; node = walk.nextNode()) {
		const element = node.nodeType === 1 ? node : node.parentElement;
		if (element.closest("script, style, noscript, svg, .foot, [lang]:not(html)")) continue;
		if (node.nodeType === 1) {
			for (const name of ["aria-label", "alt", "title", "placeholder"]) {
				const text = node.getAttribute(name);
				if (text && bare(text)) found.push(name + " not marked: " + text);
			}
			continue;
		}
		if (bare(node.data)) found.push("not marked: " + node.data);
		if (!node.data.trim() || element.closest("option, .unseen, .skip")) continue;
		const range = document.createRange();
		range.selectNodeContents(node);
		for (const box of range.getClientRects()) {
			if (box.width === 0) continue;
			if (box.left < -1 || box.right > innerWidth + 1) {
				if (!element.closest(".scroll")) found.push("out of the window: " + node.data);
			}
			for (let up = element; up && up !== document.body; up = up.parentElement) {
				const style = getComputedStyle(up);
				const edge = up.getBoundingClientRect();
				if (style.overflowX === "auto" || style.overflowX === "scroll" || style.position === "fixed") break;
				if (style.overflowX === "hidden" && (box.left < edge.left - 1 || box.right > edge.right + 1)) found.push("cut off: " + node.data);
				if ((up.matches("button, .button, .tag")) && (box.left < edge.left - 1 || box.right > edge.right + 1)) found.push("wider than its button: " + node.data);
			}
		}
	}
	if (bare(document.title)) found.push("title not marked: " + document.title);
	const root = document.scrollingElement;
	for (const direction of ["rtl", "ltr"]) {
		document.documentElement.dir = direction;
		if (root.scrollWidth > root.clientWidth) {
			const wide = [...document.querySelectorAll("body *")].filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && (r.left < -1 || r.right > innerWidth + 1) && !e.closest(".scroll") });
			found.push(direction + ": the page is wider than the window: " + root.scrollWidth + " > " + root.clientWidth + " by " + wide.slice(0, 3).map(e => e.outerHTML.slice(0, 90)).join(" and "));
		}
	}
	return [...new Set(found)];
})()`

// TestEveryTextIsTranslatable walks every view in the pseudo-language, whose texts have
// marks and are 40 % longer. A text without marks stands in no file of a language. A
// text that has no room has none in German either.
func TestEveryTextIsTranslatable(t *testing.T) {
	t.Parallel()
	everyView(t, "pseudo", func(p *person, view string) {
		for _, width := range []int64{1280, 390} {
			p.sized(width, 844)
			found, _ := p.runs(unmarked).([]any)
			for _, one := range found {
				t.Errorf("%s at %d pixels: %s", view, width, one)
			}
		}
		p.sized(1280, 900)
	})
}

// TestLanguagesLook takes pictures of every view in two languages, one of them from
// right to left (USHER_TEST_PICTURES).
func TestLanguagesLook(t *testing.T) {
	if os.Getenv("USHER_TEST_PICTURES") == "" {
		t.Skip("takes pictures only, and USHER_TEST_PICTURES names no folder for them")
	}
	for _, language := range []string{"de", "ar"} {
		everyView(t, language, func(p *person, view string) {
			for _, width := range []int64{1280, 390} {
				p.sized(width, 844)
				p.runs("scrollTo(0, 0)")
				p.picture(strings.Join([]string{language, view, fmt.Sprint(width)}, " "))
			}
			p.sized(1280, 900)
		})
	}
}
