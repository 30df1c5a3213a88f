package hub_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"usher/hub"
	"usher/internal/testkit"
)

// soon is how long anything that should happen may take on a busy machine.
const soon = 10 * time.Second

// node is a hub behind a real listener. What a request's query says becomes the
// socket's identity: ?user=U&conn=N.
type node struct {
	t        testing.TB
	hub      *hub.Hub
	registry *prometheus.Registry
	server   *httptest.Server

	// Set before connecting.
	identity func(*hub.Identity)
	message  func(s *hub.Socket, frame []byte)
	first    []byte
	wrap     func(http.ResponseWriter) http.ResponseWriter
	adopt    func(s *hub.Socket, user string) // instead of Register

	mu      sync.Mutex
	sockets map[string]*hub.Socket // by user, the last registered
	closed  map[string][]string    // reasons by user, in order
}

func bye(reason string, after time.Duration) []byte {
	return fmt.Appendf(nil, `{"type":"bye","reason":%q,"reconnectAfterMs":%d}`, reason, after.Milliseconds())
}

func start(t testing.TB, o hub.Options) *node { return startOn(t, o, (*httptest.Server).Start) }

// tcpConn hides that a connection is plain TCP, so that the hub reads and writes
// it as it does where the system cannot be called directly.
type tcpConn struct{ *net.TCPConn }

type hiding struct{ net.Listener }

func (l hiding) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tcpConn{conn.(*net.TCPConn)}, nil
}

// eachWay runs a test on direct system calls and on a goroutine a socket.
func eachWay(t *testing.T, test func(t *testing.T, start func(testing.TB, hub.Options) *node)) {
	t.Run("direct", func(t *testing.T) { test(t, start) })
	t.Run("portable", func(t *testing.T) {
		test(t, func(t testing.TB, o hub.Options) *node {
			return startOn(t, o, func(server *httptest.Server) {
				server.Listener = hiding{server.Listener}
				server.Start()
			})
		})
	})
}

func startOn(t testing.TB, o hub.Options, listen func(*httptest.Server)) *node {
	t.Helper()
	n := &node{
		t: t, registry: prometheus.NewRegistry(), first: []byte(`{"type":"welcome"}`),
		sockets: map[string]*hub.Socket{}, closed: map[string][]string{},
	}
	o.Registerer, o.Bye = n.registry, bye
	n.hub = hub.New(o)
	n.server = httptest.NewUnstartedServer(http.HandlerFunc(n.upgrade))
	listen(n.server)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		n.hub.Drain(ctx, 0)
		n.server.Close()
	})
	return n
}

func (n *node) upgrade(w http.ResponseWriter, r *http.Request) {
	if n.wrap != nil {
		w = n.wrap(w)
	}
	var s *hub.Socket
	var err error
	if r.URL.Query().Has("stream") {
		if s, err = n.hub.Stream(w); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	} else {
		s, err = n.hub.Upgrade(w, r)
	}
	if err != nil {
		return
	}
	if n.adopt != nil {
		n.adopt(s, r.URL.Query().Get("user"))
		return
	}
	var conn int64
	_, _ = fmt.Sscan(r.URL.Query().Get("conn"), &conn)
	user := r.URL.Query().Get("user")
	id := hub.Identity{Key: hub.Key{Season: "demo", User: user}, Session: "session of " + user, Conn: conn}
	if n.identity != nil {
		n.identity(&id)
	}
	n.hub.Register(s, id, n, n.first)
	n.mu.Lock()
	n.sockets[user] = s
	n.mu.Unlock()
}

func (n *node) Message(s *hub.Socket, frame []byte) {
	if n.message != nil {
		n.message(s, frame)
	}
}

func (n *node) Closed(s *hub.Socket, reason string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	user := s.Identity().User
	n.closed[user] = append(n.closed[user], reason)
}

// reasons returns what Closed was told of a user's sockets.
func (n *node) reasons(user string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.closed[user]...)
}

// socket waits for a user's socket to be registered.
func (n *node) socket(user string) (s *hub.Socket) {
	n.t.Helper()
	testkit.Eventually(n.t, soon, "a socket of "+user, func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		s = n.sockets[user]
		return s != nil
	})
	return s
}

func (n *node) wantClosed(user, reason string) {
	n.t.Helper()
	testkit.Eventually(n.t, soon, user+" closed as "+reason, func() bool { return len(n.reasons(user)) > 0 })
	if got := n.reasons(user); len(got) != 1 || got[0] != reason {
		n.t.Fatalf("Closed of %s was told %q, want once %q", user, got, reason)
	}
}

// metric adds up what the registry has under a name, of one reason if not "".
func (n *node) metric(name, reason string) (sum float64) {
	n.t.Helper()
	families, err := n.registry.Gather()
	if err != nil {
		n.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			matches := reason == ""
			for _, label := range m.GetLabel() {
				matches = matches || label.GetValue() == reason
			}
			if family.GetName() == name && matches {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

func (n *node) url(user string, conn int) string {
	return fmt.Sprintf("%s/ws?user=%s&conn=%d", n.server.URL, url.QueryEscape(user), conn)
}

// client is an honest client: coder's.
type client struct {
	t  testing.TB
	ws *websocket.Conn
}

func (n *node) dial(user string, conn int) *client { return n.dialWith(user, conn, nil) }

func (n *node) dialWith(user string, conn int, o *websocket.DialOptions) *client {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, n.url(user, conn), o)
	if err != nil {
		n.t.Fatal(err)
	}
	ws.SetReadLimit(-1)
	n.t.Cleanup(func() { _ = ws.CloseNow() })
	return &client{n.t, ws}
}

// read returns the next message, or the close code and reason.
func (c *client) read() (string, error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	_, message, err := c.ws.Read(ctx)
	return string(message), err
}

func (c *client) want(messages ...string) {
	c.t.Helper()
	for _, want := range messages {
		got, err := c.read()
		if err != nil || got != want {
			c.t.Fatalf("read %.200q, %v, want %.200q", got, err, want)
		}
	}
}

// wantBye reads up to the bye and the close, which must follow it at once.
func (c *client) wantBye(code hub.CloseCode, reason string) (skipped []string) {
	c.t.Helper()
	var last string
	for {
		message, err := c.read()
		if err == nil {
			if last != "" {
				skipped = append(skipped, last)
			}
			last = message
			continue
		}
		if !strings.HasPrefix(last, fmt.Sprintf(`{"type":"bye","reason":%q`, reason)) {
			c.t.Fatalf("the last message was %.200q, want a bye with %q (%v)", last, reason, err)
		}
		wantClose(c.t, err, code, reason)
		return skipped
	}
}

func wantClose(t testing.TB, err error, code hub.CloseCode, reason string) {
	t.Helper()
	if websocket.CloseStatus(err) != websocket.StatusCode(code) || !strings.Contains(err.Error(), fmt.Sprintf("%q", reason)) {
		t.Fatalf("closed with %v, want %d %q", err, code, reason)
	}
}

func (c *client) send(message string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	if err := c.ws.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
		c.t.Fatal(err)
	}
}

// rawClient speaks bytes, for what no library would do.
type rawClient struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func (n *node) dialRaw(user string, conn int) *rawClient {
	n.t.Helper()
	return n.handshake(user, conn, nil)
}

// handshake upgrades and sends early in the same packet as the request.
func (n *node) handshake(user string, connection int, early []byte) *rawClient {
	n.t.Helper()
	c := n.ask(user, connection, early)
	response, err := http.ReadResponse(c.in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		n.t.Fatalf("handshake: %v, %v", response, err)
	}
	_ = response.Body.Close()
	return c
}

// ask sends a handshake, without waiting for its answer.
func (n *node) ask(user string, connection int, early []byte) *rawClient {
	n.t.Helper()
	conn, err := net.Dial("tcp", n.server.Listener.Addr().String())
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(2 * soon))
	request := fmt.Sprintf("GET /ws?user=%s&conn=%d HTTP/1.1\r\nHost: usher\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", url.QueryEscape(user), connection)
	if _, err := conn.Write(append([]byte(request), early...)); err != nil {
		n.t.Fatal(err)
	}
	return &rawClient{n.t, conn, bufio.NewReader(conn)}
}
