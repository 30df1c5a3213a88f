package app_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestThePageReportsADeadConnection: bytes are lost and no connection closes, as when
// a phone leaves its network. The browser's events make the page check the connection,
// and the page says how old its state is.
func TestThePageReportsADeadConnection(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime())
	n.SignIn(t, "Inside")
	proxy := testkit.StartProxy(t, n.URL)
	fan := window(t, browser, "Fan 1")
	fan.signsIn(n.URL) // the cookie belongs to the host, with any port
	fan.reads("status", "Connection", "Live")
	fan.opens(proxy.URL + "/")
	fan.reads("status", "Connection", "Live")
	fan.reads("region", "Your place in line", "1")

	proxy.Freeze()
	fan.runs(`dispatchEvent(new Event("offline"))`)
	fan.reads("status", "Connection", "Reconnecting")
	fan.reads("region", "Your place in line", "as of ")
	fan.looks("reconnecting")
	proxy.Thaw()
	fan.runs(`dispatchEvent(new Event("online"))`)
	fan.reads("status", "Connection", "Live")

	for _, wakes := range []string{`document.dispatchEvent(new Event("visibilitychange"))`, `dispatchEvent(new Event("pageshow"))`} {
		proxy.Freeze()
		fan.runs(wakes)
		fan.reads("status", "Connection", "Reconnecting")
		proxy.Thaw()
		fan.runs(wakes)
		fan.reads("status", "Connection", "Live")
		if said, _ := fan.runs(`document.querySelector(".line").innerText`).(string); strings.Contains(said, "as of") {
			t.Errorf("live again, the place still reads %q", said)
		}
	}
}

// TestAFirstVisitIsNoErrorInTheConsole: without a session, the page does not request
// the user.
func TestAFirstVisitIsNoErrorInTheConsole(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{})
	visitor := window(t, browser, "Visitor")
	var mu sync.Mutex
	var errors []string
	err := chromedp.Listen(visitor.tab, func(event any) {
		if added, ok := event.(*log.EventEntryAdded); ok && added.Entry.Level == log.EntryLevelError {
			mu.Lock()
			errors = append(errors, added.Entry.Text+" "+added.Entry.URL)
			mu.Unlock()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/gate", "/admin"} {
		visitor.opens(n.URL + path)
		visitor.sees("link", "Continue with Google")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(errors) > 0 {
		t.Errorf("the console shows: %q", errors)
	}
}
