package deploy_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// testPatience is how long a test waits for a program before it fails.
const testPatience = 30 * time.Second

// networks counts the parts of this machine's loopback network that tests call from:
// each has one of its own, because addresses are counted in a Redis that they share.
var networks atomic.Int64

// soak reports whether the long forms of the tests run.
func soak() bool { return os.Getenv("USHER_SOAK") != "" }

// onSale is a season on sale on a real Redis, with sessions that a test mints.
func onSale(t *testing.T, change func(*dev.Demo)) node.Options {
	t.Helper()
	o := node.Shared(t)
	o.RedisURL = testkit.RealRedis(t)
	o.Demo = change
	node.OnSale(t, o)
	return o
}

// twoNodes starts two nodes that trust this machine's proxies.
func twoNodes(t *testing.T, o node.Options, args ...string) (nodes [2]*node.Process, addresses [2]string) {
	t.Helper()
	for i := range nodes {
		nodes[i] = node.StartProcess(t, o, append([]string{"--trusted-proxy", "127.0.0.1/32"}, args...)...)
		addresses[i] = strings.TrimPrefix(nodes[i].URL, "http://")
	}
	return nodes, addresses
}

// connections is how many sockets a node has, by its own metric.
func connections(t *testing.T, p *node.Process) int {
	t.Helper()
	status, text := get(t, http.DefaultClient, p.Field(t, "ops")+"/metrics")
	found := regexp.MustCompile(`(?m)^usher_ws_connections (\d+)`).FindStringSubmatch(text)
	if status != http.StatusOK || found == nil {
		t.Fatalf("/metrics: %d without usher_ws_connections", status)
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

func get(t *testing.T, client *http.Client, url string) (status int, text string) {
	t.Helper()
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// TestANodeDrainsBehindABalancer: 500 fans wait on two nodes, and one node is told
// to stop. Every fan is back on the other node by the first attempt, after the pause
// that the node asked for, with the number and the position of before. In the same
// time no request fails.
func TestANodeDrainsBehindABalancer(t *testing.T) {
	eachBalancer(t, func(t *testing.T, b balancer) {
		const crowd = 500
		o := onSale(t, func(d *dev.Demo) { d.ActiveLimit = 1 })
		nodes, addresses := twoNodes(t, o)
		url := b.start(t, addresses, asItIs).url()
		node.WaitReady(t, url)
		names := make([]string, crowd)
		for i := range names {
			names[i] = fmt.Sprintf("Fan %03d", i)
		}
		fans := node.Crowd(t, o, url, names...)
		numbers := make([]any, crowd)
		for i, fan := range fans {
			numbers[i] = fan.Do("POST", "/waitingList/join", nil, http.StatusOK)["number"]
		}
		sockets := make([]*node.Socket, crowd)
		opening := errgroup.Group{}
		opening.SetLimit(32)
		for i, fan := range fans {
			opening.Go(func() (err error) { sockets[i], err = fan.Dial(); return err })
		}
		if err := opening.Wait(); err != nil {
			t.Fatal("opening the sockets:", err)
		}
		for _, socket := range sockets {
			socket.Want("welcome")
		}
		leaving := connections(t, nodes[0])
		if staying := connections(t, nodes[1]); leaving+staying != crowd || leaving < crowd/4 || staying < crowd/4 {
			t.Fatalf("the nodes have %d and %d sockets, not about half of %d each", leaving, staying, crowd)
		}

		// Requests go on through the balancer while the node stops.
		var stopped atomic.Bool
		var requests sync.WaitGroup
		asked := 0
		requests.Go(func() {
			for !stopped.Load() {
				status, answer, err := fans[asked%crowd].Request("GET", "/auth/status", nil)
				if err != nil || status != http.StatusOK {
					t.Errorf("request %d during the drain: %d %v %v", asked, status, answer, err)
					return
				}
				asked++
			}
		})
		defer func() {
			stopped.Store(true)
			requests.Wait()
		}()
		nodes[0].Signal(t, syscall.SIGTERM)
		var moved atomic.Int64
		moving, failed := errgroup.WithContext(t.Context())
		done := make(chan struct{})
		for i := range sockets {
			moving.Go(func() error {
				for {
					select {
					case <-done:
						return nil
					case <-failed.Done():
						return nil
					case m, open := <-sockets[i].Frames():
						switch {
						case !open:
							return fmt.Errorf("%s: the socket closed without bye", names[i])
						case m.Type() != "bye":
							continue
						}
						pause, _ := m["reconnectAfterMs"].(float64)
						time.Sleep(time.Duration(pause) * time.Millisecond) // as clients do
						socket, err := fans[i].Dial()
						if err != nil {
							return fmt.Errorf("%s does not come back: %w", names[i], err)
						}
						sockets[i] = socket
						if int(moved.Add(1)) == leaving {
							close(done)
						}
						return nil
					}
				}
			})
		}
		if err := moving.Wait(); err != nil {
			t.Fatal(err)
		}
		if status := nodes[0].WantExit(t, testPatience); status != 0 {
			t.Errorf("the node that drained exits with %d", status)
		}
		stopped.Store(true)
		requests.Wait()
		if asked == 0 {
			t.Error("no request was made during the drain")
		}
		if now := connections(t, nodes[1]); now != crowd {
			t.Errorf("the other node has %d sockets, want %d", now, crowd)
		}
		for i, fan := range fans {
			status := fan.Do("GET", "/auth/status", nil, http.StatusOK)
			if status["number"] != numbers[i] || i > 0 && status["position"] != float64(i) {
				t.Errorf("%s had number %v and position %d, and now has %v and %v", fan.Name, numbers[i], i, status["number"], status["position"])
			}
		}
	})
}

// TestAnIdleSocketStaysOpen: a fan who does nothing for 130 s keeps the socket, though
// the balancer closes what is silent for 90 s, because the node pings every 25 s. The
// short form of the test divides all three by 25. The control: a balancer that
// is less patient than the heartbeat cuts the socket.
func TestAnIdleSocketStaysOpen(t *testing.T) {
	eachBalancer(t, func(t *testing.T, b balancer) {
		const ratio = 25
		idle, edit := 130*time.Second, asItIs
		lease := 90 * time.Second
		if !soak() {
			idle, lease = idle/ratio, 3*time.Second // a third of the lease is the heartbeat
			edit = func(text string) string { return strings.ReplaceAll(text, "90s", "3600ms") }
		}
		o := onSale(t, func(d *dev.Demo) { d.ActiveLimit, d.Lease = 1, lease })
		_, addresses := twoNodes(t, o)
		dial := func(name string, edit func(string) string) *node.Socket {
			url := b.start(t, addresses, edit).url()
			node.WaitReady(t, url)
			fan := node.Mint(t, o, url, name)
			fan.Do("POST", "/waitingList/join", nil, http.StatusOK)
			return fan.Open()
		}
		holder := node.Mint(t, o, "http://"+addresses[0], "Holder") // so that the fan below waits
		holder.Do("POST", "/waitingList/join", nil, http.StatusOK)
		holder.Open()
		patient := dial("Patient", edit)
		over := time.After(idle)
		if !soak() {
			impatient := dial("Impatient", func(text string) string { return strings.ReplaceAll(text, "90s", "400ms") })
			select {
			case <-impatient.Closed():
			case <-time.After(testPatience):
				t.Error("the control: a balancer that allows 400 ms of silence keeps a socket with a heartbeat of 1 s")
			}
		}
		select {
		case <-patient.Closed():
			t.Errorf("an idle socket is closed within %v", idle)
		case <-over:
			if pong := patient.Ask(map[string]any{"type": "ping"}); pong.Type() != "pong" {
				t.Errorf("after %v without a request: %v", idle, pong)
			}
		}
	})
}

// TestABalancerTellsTheFansAddress: refused sign-ins are counted for the address of
// the fan, not of the balancer, and a header that the fan makes up changes nothing.
func TestABalancerTellsTheFansAddress(t *testing.T) {
	eachBalancer(t, func(t *testing.T, b balancer) {
		o := onSale(t, nil)
		issuer := startIssuer(t)
		_, addresses := twoNodes(t, o, "--limit-sign-in", "1", "--google-client-id", dev.ClientID, "--oidc-issuer", issuer)
		url := b.start(t, addresses, asItIs).url()
		node.WaitReady(t, url)
		network := fmt.Sprintf("127.86.%d.", networks.Add(1)%250)
		signIn := func(from string, forged ...string) int {
			t.Helper()
			dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(network + from)}}
			client := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
			request, err := http.NewRequestWithContext(t.Context(), "POST", url+"/auth/google", strings.NewReader(`{"credential":"x"}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			for _, address := range forged {
				request.Header.Add("X-Forwarded-For", address)
			}
			answer, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			return answer.StatusCode
		}
		const refused, limited = http.StatusUnauthorized, http.StatusTooManyRequests
		for _, c := range []struct {
			who    string
			status int
		}{
			{"the first credential", signIn("1")},
			{"a fan of another address", signIn("2")},
			{"a fan who makes up a header", signIn("3", "198.51.100.1")},
		} {
			if c.status != refused {
				t.Errorf("%s: %d, want %d", c.who, c.status, refused)
			}
		}
		for _, c := range []struct {
			who    string
			status int
		}{
			{"the second credential of an address", signIn("1")},
			{"the same fan with another made-up header", signIn("3", "198.51.100.2")},
			{"with two headers", signIn("3", "198.51.100.3", "127.0.0.1")},
		} {
			if c.status != limited {
				t.Errorf("%s: %d, want %d", c.who, c.status, limited)
			}
		}
	})
}
