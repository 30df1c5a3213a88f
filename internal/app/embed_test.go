package app_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// neighbor serves pages of another origin. Each holds what its query names in a frame and
// keeps the messages from it.
func neighbor(t *testing.T) *httptest.Server {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><title>Opera House</title><style>body { margin: 0 } iframe { border: 0; display: block }</style>
<script>window.told = []; addEventListener("message", (event) => told.push({ from: event.origin, ...event.data }));</script>
<iframe id="frame" title="Tickets" width="320" height="200" src="%s" onload="window.framed = true"></iframe>`, html.EscapeString(r.URL.Query().Get("of")))
	}))
	t.Cleanup(site.Close)
	return site
}

// refusedFrame opens a page that holds an address in a frame, and reports whether the
// browser refuses to show the address there.
func (p *person) refusedFrame(site, of string) bool {
	p.t.Helper()
	var refused atomic.Bool
	tab, stop := context.WithCancel(p.tab)
	defer stop()
	err := chromedp.Listen(tab, func(event any) {
		if failed, ok := event.(*network.EventLoadingFailed); ok && failed.ErrorText == "net::ERR_BLOCKED_BY_RESPONSE" {
			refused.Store(true)
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.opens(site + "/?of=" + strings.NewReplacer("&", "%26", "?", "%3F").Replace(of))
	testkit.Eventually(p.t, patience, "the frame has been loaded or refused", func() bool { return p.runs(`window.framed ?? false`) == true })
	return refused.Load()
}

// isTold waits until the frame has told the page around it a state last.
func (p *person) isTold(site, state, more string) {
	p.t.Helper()
	script := fmt.Sprintf(`(() => { const m = window.told.at(-1); return m !== undefined && m.type === "usher:state" && m.version === 1 && m.from === %q && m.state === %q && (%s) })()`, site, state, more)
	if !testkit.Within(patience, func() bool { return p.runs(script) == true }) {
		p.picture(p.t.Name() + " " + p.name)
		p.t.Fatalf("%s: the frame has told %v, want %s with %s", p.name, p.runs(`JSON.stringify(window.told)`), state, more)
	}
}

// TestTheSaleInAFrame: pages of listed origins show the sale in a frame, and a signed-in
// fan's place where they belong to the same site. Clicks into the frame change nothing.
// Other origins, and other pages, get no frame.
func TestTheSaleInAFrame(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	listed, unlisted := neighbor(t), neighbor(t)
	elsewhere := strings.Replace(listed.URL, "127.0.0.1", "localhost", 1) // another site: cookies of SameSite=Lax stay away
	options := oneAtATime(func(d *dev.Demo) { d.Seats = 60 })
	options.Change = func(o *app.Options) { o.EmbedOrigins = []string{listed.URL, elsewhere} }
	n := node.Start(t, options)
	embed := n.URL + "/embed?season=" + n.Season
	inside, admin := n.SignIn(t, "Inside"), n.SignIn(t, "Admin")
	fan := window(t, browser, "Fan 1")
	ask(fan, "watch requests", func(ctx context.Context) (any, error) {
		return chromedp.Call(ctx, network.Enable, network.EnableParams{})
	})

	for _, try := range []struct{ site, of string }{
		{unlisted.URL, embed}, {listed.URL, n.URL + "/"}, {listed.URL, n.URL + "/admin"}, {listed.URL, n.URL + "/docs"}, {elsewhere, n.URL + "/?season=" + n.Season},
	} {
		if !fan.refusedFrame(try.site, try.of) {
			t.Errorf("a page of %s may hold %s", try.site, try.of)
		}
		if told := fan.runs(`told.length`); told != 0.0 {
			t.Errorf("a page of %s is told %v times", try.site, told)
		}
	}
	if fan.refusedFrame(listed.URL, embed) {
		t.Error("a page of a listed origin may not hold the frame")
	}
	fan.isTold(n.URL, "open", `m.position === null && m.waiting === 0 && m.available === 60 && m.total === 60 && m.height > 100`)

	fan.signsIn(n.URL)
	fan.reads("region", "Your place in line", "1")
	fan.opens(elsewhere + "/?of=" + strings.Replace(embed, "?", "%3F", 1))
	fan.isTold(n.URL, "open", `m.position === null && m.waiting === 1`)
	fan.opens(listed.URL + "/?of=" + strings.Replace(embed, "?", "%3F", 1))
	fan.isTold(n.URL, "waiting", `m.position === 1 && m.waiting === 1`)
	fan.runs(`told.length = 0; document.getElementById("frame").contentWindow.postMessage({ type: "usher:ask" }, "*")`)
	fan.isTold(n.URL, "waiting", `m.position === 1`)

	// What fits into the smallest frame is read from the page itself.
	fits := func(state string) {
		t.Helper()
		for _, tag := range []string{"en", "de", "fr", "es", "ar"} {
			fan.sized(320, 200)
			fan.opens(embed + "&lang=" + tag)
			fan.exists(`.embed[data-state="` + state + `"]`)
			if tag == "en" || tag == "ar" {
				fan.picture("embed-" + state + "-" + tag)
			}
			if over := fan.runs(`[document.documentElement.scrollWidth, document.documentElement.scrollHeight].join("x")`); over != "320x200" {
				fan.picture("embed-large-" + state + "-" + tag)
				t.Errorf("in %s the frame needs %v pixels (%s)", tag, over, state)
			}
			if cut := fan.runs(`(() => { const b = document.querySelector(".embed a").getBoundingClientRect(); return b.top >= 0 && b.bottom <= 200 && b.left >= 0 && b.right <= 320 && b.height >= 24 })()`); cut != true {
				t.Errorf("in %s the link is cut off (%s)", tag, state)
			}
			if acts := fan.runs(`document.querySelectorAll("a, button, input, select, textarea, form, [tabindex], [contenteditable], [onclick]").length + document.querySelectorAll('.embed a[target="_blank"][rel="noopener"]').length`); acts != 2.0 {
				t.Errorf("in %s the frame has %v controls; it needs one link", tag, acts)
			}
			if want := "/?season=" + n.Season + "&lang=" + tag; fan.runs(`document.querySelector(".embed a").getAttribute("href")`) != want {
				t.Errorf("the link does not lead to %s", want)
			}
		}
		fan.sized(1280, 900)
	}
	admin.Do("PUT", "/admin/seasons/"+n.Season+"/notice", map[string]any{"text": "Doors open half an hour later than printed, by the west entrance."}, 200)
	admin.Do("PUT", "/admin/seasons/"+n.Season+"/look", map[string]any{"accent": "#0a5c36"}, 200)
	fits("waiting")
	if got := fan.runs(`getComputedStyle(document.querySelector(".embed-place")).color`); got != "rgb(10, 92, 54)" {
		t.Errorf("the place in the frame has the color %v", got)
	}

	inside.Do("POST", "/waitingList/leave", nil, 200)
	fits("turn")
	fan.looks("embed-turn")
	fan.opens(embed + "&lang=en")
	fan.sees("heading", "*")
	fan.sees("link", "Go and enter (in a new tab)")
	fan.opens(listed.URL + "/?of=" + strings.Replace(embed, "?", "%3F", 1))
	fan.isTold(n.URL, "turn", `m.deadline !== null`)
	// Everywhere but on the link, which opens a tab: its address is checked above.
	for y := 10.0; y < 150; y += 35 {
		for x := 20.0; x < 320; x += 75 {
			fan.clicksAt(x, y)
		}
	}
	if at := fan.runs(`location.origin + " " + frames.length`); at != listed.URL+" 1" {
		t.Errorf("clicks into the frame lead to %v", at)
	}
	fan.runs(`told.length = 0; document.getElementById("frame").contentWindow.postMessage({ type: "usher:ask" }, "*")`)
	fan.isTold(n.URL, "turn", `m.position === null || m.position === 1`)
}
