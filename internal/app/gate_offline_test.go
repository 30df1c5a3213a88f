package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"usher/internal/dev"
	"usher/internal/keys"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
	"usher/internal/ticket"
)

// breakableNetwork forwards requests until the test cuts it: then connections end
// without an answer.
func breakableNetwork(t *testing.T, to string) (string, *atomic.Bool) {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	var cut atomic.Bool
	through := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cut.Load() {
			panic(http.ErrAbortHandler)
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, &cut
}

// isOffline takes the network from a page, as the browser's own emulation does.
func (p *person) isOffline(offline bool) {
	p.t.Helper()
	ask(p, "set the network", func(ctx context.Context) (any, error) {
		_, err := chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1})
		if err != nil {
			return nil, err
		}
		conditions := []*network.Conditions{}
		if offline {
			conditions = append(conditions, &network.Conditions{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1})
		}
		return chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: conditions})
	})
}

// soldTickets are tickets that a fan has bought: codes by seat, in the order of seats.
type soldTickets struct {
	order string
	seats []string
	codes map[string]string
}

func sellTickets(t *testing.T, fan *node.Fan, count int) soldTickets {
	t.Helper()
	cart := fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": count, "adjacent": true}}, 201)
	var seats []any
	for _, seat := range cart["seats"].([]any) {
		seats = append(seats, seat.(map[string]any)["seatNumber"])
	}
	order := map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}
	var bought map[string]any
	testkit.Eventually(t, patience, "the seats are bought", func() bool {
		_, bought = fan.Try("POST", "/transactions", order, "Idempotency-Key", "k")
		return bought["status"] == "completed"
	})
	sold := soldTickets{order: bought["id"].(string), codes: map[string]string{}}
	for _, one := range bought["tickets"].([]any) {
		ticket := one.(map[string]any)
		sold.seats = append(sold.seats, ticket["seatNumber"].(string))
		sold.codes[ticket["seatNumber"].(string)] = ticket["qrCode"].(string)
	}
	return sold
}

// olderCode is the code that an older version made for a ticket, a JWS.
func olderCode(t *testing.T, key, code string) string {
	t.Helper()
	ring, err := keys.Load(key)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := ticket.Verify(ring, code)
	if err != nil {
		t.Fatal(err)
	}
	older, err := ring.For(keys.Ticket).Sign(ticket.Type, &claims)
	if err != nil {
		t.Fatal(err)
	}
	return older
}

// TestAGateWorksThroughADeadNetwork: the page checks signatures by itself, admits each
// ticket once, opens again without a network, sends its scans when the network is back,
// and shows the guests whom it should not have admitted.
func TestAGateWorksThroughADeadNetwork(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	o := node.Shared(t)
	o.Demo = func(d *dev.Demo) { d.Seats, d.ActiveLimit = 60, 5 }
	n := node.Start(t, o)
	site, cut := breakableNetwork(t, n.URL)
	fan := n.SignIn(t, "Fan 1")
	sold := sellTickets(t, fan, 5)
	code := func(i int) string { return sold.codes[sold.seats[i]] }
	other := n.SignIn(t, "Staff")

	// The tabs of one browser, which share its storage.
	shelf := window(t, browser, "Staff")
	tab := func() *person {
		ctx, closeTab := chromedp.NewContext(shelf.tab)
		t.Cleanup(closeTab)
		if err := chromedp.Do(ctx); err != nil {
			t.Fatal("opening a tab:", err)
		}
		return &person{t: t, name: "Staff", tab: ctx}
	}
	staff := tab()
	staff.opens(n.URL + "/")
	staff.clicks("link", "Continue with Google")
	staff.clicks("button", "Staff")
	staff.clicks("link", "Gate")
	staff.sees("textbox", "Ticket code")
	staff.opens(site + "/gate") // signing in ends at the node's own address
	staff.sees("textbox", "Ticket code")
	staff.reads("status", "Without a network", "Ready for a dead network")
	testkit.Eventually(t, patience, "the page is kept", func() bool {
		return staff.runs(`navigator.serviceWorker.controller !== null && document.querySelector(".gate-ready").dataset.kept === "true"`) == true
	})
	staff.types(code(0) + "\r")
	staff.reads("status", "Result", "Admitted", sold.seats[0])

	staff.isOffline(true)
	staff.reads("alert", "No connection", "this device checks tickets by itself")
	staff.types(code(1) + "\r")
	staff.reads("status", "Result", "Admitted offline", sold.seats[1])
	staff.looks("gate-offline-admitted")
	staff.types(code(1) + "\r")
	staff.reads("status", "Result", "Already admitted", "gate Main")
	staff.types(code(0) + "\r")
	staff.reads("status", "Result", "Already admitted", sold.seats[0])
	const at = 90 // in the signature: two groups of characters change places
	staff.types(code(2)[:at] + code(2)[at+3:at+6] + code(2)[at:at+3] + code(2)[at+6:] + "\r")
	staff.reads("status", "Result", "Not valid", "signature")
	// The code of an older version of the same ticket is the same ticket.
	staff.types(olderCode(t, o.Key, code(1)) + "\r")
	staff.reads("status", "Result", "Already admitted", sold.seats[1])

	// The page opens again while no server answers, and knows what it admitted.
	staff.isOffline(false)
	cut.Store(true)
	staff.opens(site + "/gate")
	staff.sees("textbox", "Ticket code")
	staff.reads("alert", "No connection", "this device checks tickets by itself")
	staff.reads("status", "Without a network", "1 scan waits")
	staff.types(code(1) + "\r")
	staff.reads("status", "Result", "Already admitted")
	staff.types(olderCode(t, o.Key, code(2)) + "\r")
	staff.reads("status", "Result", "Admitted offline", sold.seats[2])
	// Also in another tab, after this one was closed.
	if err := chromedp.Cancel(staff.tab); err != nil {
		t.Fatal("closing the tab:", err)
	}
	staff = tab()
	staff.opens(site + "/gate")
	staff.sees("textbox", "Ticket code")
	staff.reads("status", "Without a network", "2 scans wait")
	staff.types(code(2) + "\r")
	staff.reads("status", "Result", "Already admitted")
	staff.types(code(3) + "\r")
	staff.reads("status", "Result", "Admitted offline", sold.seats[3])
	staff.types(code(4) + "\r")
	staff.reads("status", "Result", "Admitted offline", sold.seats[4])
	staff.looks("gate-offline-reloaded")

	// Then one ticket is admitted at another gate, and one is given back.
	other.Do("POST", "/checkins", map[string]any{"code": code(3), "gate": "B"}, 200)
	fan.Do("POST", "/transactions/"+sold.order+"/cancel", map[string]any{"seats": []string{sold.seats[4]}}, 200)
	cut.Store(false)
	staff.reads("alert", "Conflicts", "2 guests were let in", sold.seats[3], "admitted at gate B at", sold.seats[4], "given back")
	staff.looks("gate-conflicts")
	for i, want := range []string{"used", "used", "used", "used", "void"} {
		looked := other.Do("POST", "/checkins/lookup", map[string]any{"seat": sold.seats[i]}, 200)
		if got := looked["tickets"].([]any)[0].(map[string]any)["status"]; got != want {
			t.Errorf("ticket %d is %v, want %s", i, got, want)
		}
	}
	staff.clicks("button", "Noted conflict about seat "+sold.seats[3])
	staff.reads("alert", "Conflicts", "A guest was let in")
	staff.clicks("button", "Noted conflict about seat "+sold.seats[4])
	testkit.Eventually(t, patience, "no conflict is left", func() bool {
		return staff.runs(`document.querySelector(".gate-conflicts").hidden`) == true
	})
	staff.types(code(2) + "\r")
	staff.reads("status", "Result", "Already admitted", "gate Main")
}
