package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"usher/internal/testkit/node"
)

// networkWithoutSockets forwards requests, but answers an upgrade itself, as proxies
// of schools and companies do, until the test lets upgrades pass.
func networkWithoutSockets(t *testing.T, to string, answer int) (string, *atomic.Bool) {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	var passes atomic.Bool
	through := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" && !passes.Load() {
			w.WriteHeader(answer)
			return
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, &passes
}

// TestAFanBuysOnANetworkWithoutSockets: the page explains the problem; the fan waits,
// gets the turn and buys. The page uses a socket as soon as one opens.
func TestAFanBuysOnANetworkWithoutSockets(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime())
	inside := n.SignIn(t, "Inside")
	fan := window(t, browser, "Fan 1")
	fan.opens(n.URL + "/auth/google?returnTo=%2Fdraw") // a page without a socket
	fan.clicks("button", "Fan 1")
	fan.sees("heading", "The draw*")
	for _, answer := range []int{http.StatusForbidden, http.StatusOK} {
		network, _ := networkWithoutSockets(t, n.URL, answer)
		fan.opens(network + "/")
		fan.reads("region", "Your place in line", "1")
		fan.reads("status", "Connection", "Live, every few seconds")
	}
	network, passes := networkWithoutSockets(t, n.URL, http.StatusBadRequest)
	fan.opens(network + "/")
	fan.reads("region", "Your place in line", "1")
	fan.reads("status", "", "This network blocks live connections.")
	fan.looks("blocked")
	inside.Do("POST", "/waitingList/leave", nil, 200)
	fan.sees("region", "It is your turn")
	fan.clicks("button", "Enter")
	fan.isInside()
	fan.clicks("button", "Find seats")
	fan.sees("button", "Pay *")
	fan.clicks("button", "Release all")
	fan.gone("button", "Pay *")
	fan.clicks("button", "Find seats")
	fan.sees("button", "Pay *")
	fan.clicks("button", "Pay *")
	fan.sees("article", "Ticket *")
	fan.clicks("button", "Buy more")
	fan.isInside()

	passes.Store(true)
	fan.runs(`dispatchEvent(new Event("online"))`)
	fan.reads("status", "Connection", "Live")
	fan.gone("status", "This network*")
}
