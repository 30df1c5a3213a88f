package hub_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"usher/hub"
	"usher/internal/testkit"
)

const welcome = `{"type":"welcome"}`

func echo(s *hub.Socket, frame []byte) { s.Send(fmt.Appendf(nil, "re %s", frame)) }

func TestTheFirstFrameIsTheWelcomeAndRepliesKeepTheirOrder(t *testing.T) {
	n := start(t, hub.Options{Rate: 1e6, Burst: 1e6})
	n.message = echo
	c := n.dial("ann", 1)
	c.want(welcome)
	for i := range 500 {
		c.send(fmt.Sprint(i))
	}
	for i := range 500 {
		c.want(fmt.Sprintf("re %d", i))
	}
	n.socket("ann").Close(hub.CloseLoggedOut, "logged_out")
	c.wantBye(hub.CloseLoggedOut, "logged_out")
	n.wantClosed("ann", "logged_out")
}

func TestTheWelcomeComesBeforeWhatOthersSendMeanwhile(t *testing.T) {
	n := start(t, hub.Options{})
	done := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		var last *hub.Socket
		for {
			select {
			case <-done:
				return
			default:
			}
			if s := n.hub.Get(hub.Key{Season: "demo", User: "ann"}); s != nil && s != last {
				last = s
				s.Send([]byte("early"))
			}
		}
	})
	for conn := range 20 {
		n.dial("ann", conn+1).want(welcome)
	}
	close(done)
	sending.Wait()
}

func TestOverTLSASocketWorksAlike(t *testing.T) {
	n := startOn(t, hub.Options{}, (*httptest.Server).StartTLS)
	n.message = echo
	c := n.dialWith("ann", 1, &websocket.DialOptions{HTTPClient: n.server.Client()})
	c.want(welcome)
	long := strings.Repeat("x", 8000)
	for range 10 {
		c.send(long)
		c.want("re " + long)
	}
	n.socket("ann").Close(hub.CloseLoggedOut, "logged_out")
	c.wantBye(hub.CloseLoggedOut, "logged_out")
	n.wantClosed("ann", "logged_out")
}

// wrapped is a ResponseWriter of a middleware: it hides all but Unwrap.
type wrapped struct{ inner http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.inner.Header() }
func (w wrapped) Write(p []byte) (int, error) { return w.inner.Write(p) }
func (w wrapped) WriteHeader(status int)      { w.inner.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.inner }

func TestAnUpgradeWorksBehindMiddleware(t *testing.T) {
	n := start(t, hub.Options{})
	n.wrap = func(w http.ResponseWriter) http.ResponseWriter { return wrapped{wrapped{w}} }
	n.dial("ann", 1).want(welcome)
}

func TestAnUpgradeNegotiatesTheProtocolAndNoCompression(t *testing.T) {
	n := start(t, hub.Options{})
	for _, offered := range [][]string{nil, {"usher.v1"}, {"other", "usher.v1"}} {
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		ws, response, err := websocket.Dial(ctx, n.url("ann", 1), &websocket.DialOptions{
			Subprotocols: offered, CompressionMode: websocket.CompressionContextTakeover,
		})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if len(offered) > 0 {
			want = "usher.v1"
		}
		if got := ws.Subprotocol(); got != want {
			t.Errorf("offered %q, agreed on %q, want %q", offered, got, want)
		}
		if got := response.Header.Get("Sec-WebSocket-Extensions"); got != "" {
			t.Errorf("agreed on extensions %q, want none", got)
		}
		_ = ws.CloseNow()
	}
}

func TestAPlainRequestIsRefusedAndLeavesNothing(t *testing.T) {
	n := start(t, hub.Options{})
	response, err := http.Get(n.url("ann", 1))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("status %d, want 426", response.StatusCode)
	}
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	n.hub.Drain(ctx, 0)
	if ctx.Err() != nil {
		t.Error("the refused upgrade holds up the drain")
	}
}

func TestAnAbortedSocketGetsItsLastFrameAndIsNeverClosed(t *testing.T) {
	n := start(t, hub.Options{})
	n.adopt = func(s *hub.Socket, _ string) {
		n.hub.Abort(s, hub.CloseBusy, "busy", []byte("no room"))
	}
	c := n.dial("ann", 1)
	c.want("no room")
	_, err := c.read()
	wantClose(t, err, hub.CloseBusy, "busy")
	testkit.Eventually(t, soon, "the close is counted", func() bool { return n.metric("usher_ws_closes_total", "busy") == 1 })
	if got := n.reasons("ann"); got != nil {
		t.Errorf("Closed got %q for a socket that was not registered", got)
	}
}

func TestAClientThatClosesGetsItsCodeBack(t *testing.T) {
	n := start(t, hub.Options{})
	for user, frames := range map[string][2][]byte{
		"with a code":    {masked(fin|closing, "\x03\xe9bye"), {fin | closing, 2, 0x03, 0xe9}},
		"without a code": {masked(fin|closing, ""), {fin | closing, 2, 0x03, 0xe8}},
	} {
		c := n.dialRaw(user, 1)
		c.want(fin|text, welcome)
		c.write(frames[0])
		first, payload, err := c.read()
		if err != nil || first != frames[1][0] || !strings.HasPrefix(payload, string(frames[1][2:])) {
			t.Fatalf("%s: answered %#x %q, %v", user, first, payload, err)
		}
		c.wantEnd()
		_ = c.conn.Close()
		n.wantClosed(user, hub.ReasonLeft)
	}
}

func TestABrokenConnectionIsGone(t *testing.T) {
	n := start(t, hub.Options{})
	c := n.dialRaw("ann", 1)
	ctx := n.socket("ann").Context()
	_ = c.conn.Close()
	n.wantClosed("ann", hub.ReasonGone)
	testkit.Eventually(t, soon, "its context is done", func() bool { return ctx.Err() != nil })
	if n.hub.Get(hub.Key{Season: "demo", User: "ann"}) != nil || n.hub.Sockets() != 0 {
		t.Error("it is still listed")
	}
	n.socket("ann").Send([]byte("to an ended socket"))
	n.socket("ann").Close(hub.CloseLoggedOut, "logged_out")
	if n.socket("ann").Context().Err() == nil {
		t.Error("its context is not done")
	}
}

func TestAPanickingHandlerEndsItsSocketAlone(t *testing.T) {
	n := start(t, hub.Options{})
	n.message = func(s *hub.Socket, frame []byte) {
		if s.Identity().User == "ann" {
			panic("a bug")
		}
		echo(s, frame)
	}
	ann, ben := n.dial("ann", 1), n.dial("ben", 1)
	ann.send("x")
	ann.wantBye(hub.CloseInternal, hub.ReasonInternal)
	n.wantClosed("ann", hub.ReasonInternal)
	ben.want(welcome)
	ben.send("x")
	ben.want("re x")
}

func TestClosedIsToldOnceAndAfterTheLastMessageHoweverManyClose(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{Rate: 1e6, Burst: 1e6, CloseTimeout: 100 * time.Millisecond})
		var mu sync.Mutex
		late := map[string]bool{}
		n.message = func(s *hub.Socket, frame []byte) {
			echo(s, frame)
			if n.reasons(s.Identity().User) != nil {
				mu.Lock()
				late[s.Identity().User] = true
				mu.Unlock()
			}
		}
		const sockets = 30
		var racing sync.WaitGroup
		for i := range sockets {
			user := fmt.Sprint("user", i)
			c := n.dialRaw(user, 1)
			s := n.socket(user)
			racing.Go(func() {
				for range 20 {
					if _, err := c.conn.Write(masked(fin|text, "hello")); err != nil {
						return
					}
				}
			})
			for _, reason := range []string{"one", "two", "three"} {
				racing.Go(func() { s.Close(hub.CloseLoggedOut, reason) })
			}
			racing.Go(func() { n.hub.CloseSession("session of "+user, hub.CloseLoggedOut, "four") })
			racing.Go(func() { n.hub.Replace(s.Identity().Key, 2) })
			if i%2 == 0 {
				racing.Go(func() { _ = c.conn.Close() })
			}
		}
		racing.Wait()
		for i := range sockets {
			user := fmt.Sprint("user", i)
			testkit.Eventually(t, soon, user+" closed", func() bool { return len(n.reasons(user)) > 0 })
		}
		testkit.Eventually(t, soon, "every close is counted", func() bool { return n.metric("usher_ws_closes_total", "") == sockets })
		for i := range sockets {
			if got := n.reasons(fmt.Sprint("user", i)); len(got) != 1 {
				t.Errorf("user%d: Closed was told %q", i, got)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if len(late) > 0 {
			t.Errorf("a message came after Closed: %v", late)
		}
		if got := n.metric("usher_ws_connections", ""); got != 0 {
			t.Errorf("usher_ws_connections is %v, want 0", got)
		}
	})
}

func TestAPeerThatNeverAnswersACloseCostsABoundedTime(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		const timeout = 500 * time.Millisecond
		n := start(t, hub.Options{CloseTimeout: timeout})
		c := n.dialRaw("ann", 1)
		s := n.socket("ann")
		began := time.Now()
		s.Close(hub.CloseLoggedOut, "logged_out")
		if took := time.Since(began); took > timeout {
			t.Errorf("Close took %v, it must not block", took)
		}
		n.wantClosed("ann", "logged_out")
		if took := time.Since(began); took > 2*timeout+2*time.Second {
			t.Errorf("closing took %v with a timeout of %v", took, timeout)
		}
		c.want(fin|text, welcome)
		c.wantClose(hub.CloseLoggedOut, "logged_out")
	})
}

// A client may end its side as soon as it has said that it leaves.
func TestAnAnswerToACloseReachesAClientThatHasEndedItsSide(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{CloseTimeout: soon})
		c := n.dialRaw("ann", 1)
		c.want(fin|text, welcome)
		stall(t, n.socket("ann"))
		c.write(masked(fin|closing, "\x03\xe9"))
		_ = c.conn.(*net.TCPConn).CloseWrite()
		testkit.Eventually(t, soon, "the close is seen", func() bool { return n.hub.Sockets() == 0 })
		c.want(fin|text, big)
		c.want(fin|closing, "\x03\xe9left")
		c.wantEnd()
		n.wantClosed("ann", hub.ReasonLeft)
	})
}

// panicking is a ResponseWriter of a middleware with a bug.
type panicking struct{ http.ResponseWriter }

func (panicking) Hijack() (net.Conn, *bufio.ReadWriter, error) { panic(http.ErrAbortHandler) }

func TestAnUpgradeThatPanicsHoldsUpNoDrain(t *testing.T) {
	n := start(t, hub.Options{})
	n.wrap = func(w http.ResponseWriter) http.ResponseWriter { return panicking{w} }
	if _, _, err := websocket.Dial(t.Context(), n.url("ann", 1), nil); err == nil {
		t.Fatal("the upgrade did not fail")
	}
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	n.hub.Drain(ctx, 0)
	if ctx.Err() != nil {
		t.Error("the broken upgrade holds up the drain")
	}
}

func TestTheKernelKeepsLittleForAReaderThatNeverReadsOverTLSToo(t *testing.T) {
	n := startOn(t, hub.Options{WriteTimeout: 50 * time.Millisecond, CloseTimeout: 50 * time.Millisecond}, (*httptest.Server).StartTLS)
	dialer := &net.Dialer{}
	transport := n.server.Client().Transport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err == nil {
			_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		}
		return conn, err
	}
	n.dialWith("ann", 1, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	n.socket("ann").Send(make([]byte, 1<<20))
	n.wantClosed("ann", hub.ReasonTooSlow)
}
