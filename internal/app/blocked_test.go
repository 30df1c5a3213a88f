package app_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// networkWithoutLive forwards requests, but answers an upgrade or a stream of events
// itself, until the test lets both pass.
func networkWithoutLive(t *testing.T, to string, answer int) (string, *atomic.Bool) {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	var passes atomic.Bool
	through := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if (r.Header.Get("Upgrade") != "" || r.URL.Path == "/events") && !passes.Load() {
			w.WriteHeader(answer)
			return
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, &passes
}

// TestAFanBuysOnANetworkWithoutLiveConnections: neither a socket nor a stream passes. The
// page explains the problem; the fan waits, gets the turn and buys. The page is live as
// soon as a connection opens.
func TestAFanBuysOnANetworkWithoutLiveConnections(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime())
	inside := n.SignIn(t, "Inside")
	fan := window(t, browser, "Fan 1")
	fan.opens(n.URL + "/auth/google?returnTo=%2Fdraw") // a page without a socket
	fan.clicks("button", "Fan 1")
	fan.sees("heading", "The draw*")
	for _, answer := range []int{http.StatusNotFound, http.StatusOK} {
		network, _ := networkWithoutLive(t, n.URL, answer)
		fan.opens(network + "/")
		fan.reads("region", "Your place in line", "1")
		fan.reads("status", "Connection", "Live, every few seconds")
	}
	network, passes := networkWithoutLive(t, n.URL, http.StatusBadRequest)
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

// networks are proxies in front of a node as they stand in some offices, schools and
// hotels. HAProxy plays them.
type networks struct {
	refusing   string // answers 403 to an upgrade
	swallowing string // takes an upgrade and answers nothing
	cutting    string // ends a socket that was silent for half a second
}

func startNetworks(t *testing.T, to string) networks {
	t.Helper()
	haproxy, err := exec.LookPath("haproxy")
	if err != nil {
		haproxy, err = exec.LookPath("/usr/sbin/haproxy")
	}
	if err != nil {
		if testkit.Required("haproxy") {
			t.Fatal("haproxy is required here and is neither in the PATH nor in /usr/sbin")
		}
		t.Skip("no haproxy in the PATH: no network blocks sockets")
	}
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
	hole := listen() // takes connections and says nothing
	var urls [3]string
	command := exec.Command(haproxy, "-db", "-f", filepath.Join(t.TempDir(), "networks.cfg"))
	for i := range urls {
		l := listen()
		urls[i] = "http://" + l.Addr().String()
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		command.ExtraFiles = append(command.ExtraFiles, file) // HAProxy serves on it: no port can be taken by another
	}
	config := fmt.Sprintf(`
global
    log stdout format raw local0 notice
defaults
    mode http
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
frontend refusing
    bind fd@3
    http-request deny deny_status 403 if { req.hdr(Upgrade) -m found }
    default_backend node
frontend swallowing
    bind fd@4
    use_backend hole if { req.hdr(Upgrade) -m found }
    default_backend node
frontend cutting
    bind fd@5
    default_backend cutting
backend node
    server node %[1]s
backend cutting
    timeout tunnel 500ms
    server node %[1]s
backend hole
    server hole %[2]s
`, strings.TrimPrefix(to, "http://"), hole.Addr())
	if err := os.WriteFile(command.Args[3], []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	for _, url := range urls {
		node.WaitReady(t, url)
	}
	return networks{refusing: urls[0], swallowing: urls[1], cutting: urls[2]}
}

// changedOver waits until the page has found out that sockets are blocked, and reads a
// stream.
func (p *person) changedOver() {
	p.t.Helper()
	testkit.Eventually(p.t, patience, p.name+"'s page changes over to a stream", func() bool {
		return p.runs(`sessionStorage.getItem("usher.way")`) == "stream"
	})
	p.reads("status", "Connection", "Live")
}

// TestThePageChangesOverWhereSocketsAreBlocked: three fans wait behind a proxy that refuses upgrades,
// one that swallows them, and one that cuts silent sockets. Each page changes over by itself, and each
// fan gets the turn. The last one buys, while the seats are live.
func TestThePageChangesOverWhereSocketsAreBlocked(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime())
	ways := startNetworks(t, n.URL)
	inside := n.SignIn(t, "Inside")
	fans := []*person{window(t, browser, "Fan 1"), window(t, browser, "Fan 2"), window(t, browser, "Fan 3")}
	for i, network := range []string{ways.refusing, ways.swallowing, ways.cutting} {
		fan := fans[i]
		fan.opens(n.URL + "/auth/google?returnTo=%2Fdraw") // a page without a live connection
		fan.clicks("button", fan.name)
		fan.sees("heading", "The draw*")
		fan.opens(network + "/")
		fan.reads("region", "Your place in line", fmt.Sprint(i+1))
	}
	for _, fan := range fans {
		fan.changedOver()
	}
	inside.Do("POST", "/waitingList/leave", nil, 200)
	for i, fan := range fans {
		fan.sees("region", "It is your turn")
		if i < 2 {
			fan.clicks("button", "Give up the turn")
			fan.clicks("button", "Yes, give it up")
			fan.sees("button", "Join the line")
		}
	}
	fan := fans[2]
	fan.clicks("button", "Enter")
	fan.isInside()
	fan.clicks("button", "Find seats")
	fan.sees("button", "Pay *")
	fan.clicks("button", "Release all")
	fan.gone("button", "Pay *")
	fan.clicks("button", "Find seats")
	fan.clicks("button", "Pay *")
	fan.sees("article", "Ticket *")
	fan.clicks("button", "Buy more")
	fan.isInside()

	// The next page of the visit begins with the stream.
	fans[0].opens(ways.refusing + "/")
	fans[0].changedOver()
	opened := fans[0].runs(`performance.getEntriesByType("resource").filter((entry) => entry.name.includes("/ws")).length`)
	if opened != 0.0 {
		t.Errorf("the page tried %v sockets although the visit knows that they are blocked", opened)
	}
}
