package hub_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/hub"
	"usher/internal/testkit"
)

// streamClient is the client's end of a stream of events, on a connection of its own.
type streamClient struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
	head *http.Response
	raw  string // the head, and what came with it
}

// stream opens a user's stream and reads the head of the answer.
func (n *node) stream(user string, conn int64) *streamClient {
	n.t.Helper()
	raw, err := net.Dial("tcp", n.server.Listener.Addr().String())
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = raw.Close() })
	_ = raw.SetReadDeadline(time.Now().Add(2 * soon))
	if _, err := fmt.Fprintf(raw, "GET /?stream=1&user=%s&conn=%d HTTP/1.1\r\nHost: usher.test\r\n\r\n", user, conn); err != nil {
		n.t.Fatal(err)
	}
	c := &streamClient{t: n.t, conn: raw, in: bufio.NewReader(raw)}
	// A parsed head says that it closes even when it does not say so.
	if _, err := c.in.Peek(1); err == nil {
		head, _ := c.in.Peek(c.in.Buffered())
		c.raw = string(head)
	}
	if c.head, err = http.ReadResponse(c.in, nil); err != nil {
		n.t.Fatal(err)
	}
	return c
}

// next returns the next event's data, or ":" for a comment.
func (c *streamClient) next() (string, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return "", err
	}
	if empty, err := c.in.ReadString('\n'); err != nil || empty != "\n" {
		return "", fmt.Errorf("after %q: %q %w", line, empty, err)
	}
	data, is := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "data: ")
	if !is && data != ":" && data != ": pong" {
		return "", fmt.Errorf("neither data nor a comment: %q", line)
	}
	return data, nil
}

func (c *streamClient) want(data string) {
	c.t.Helper()
	if got, err := c.next(); got != data || err != nil {
		c.t.Fatalf("read %.200q, %v, want %.200q", got, err, data)
	}
}

// wantBye reads to the end of the stream, which a bye with the reason must precede.
func (c *streamClient) wantBye(reason string) {
	c.t.Helper()
	last := ""
	for {
		data, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.t.Fatal(err)
		}
		last = data
	}
	if !strings.Contains(last, fmt.Sprintf(`"bye","reason":%q`, reason)) {
		c.t.Fatalf("the stream ended after %q, want a bye for %s", last, reason)
	}
	_ = c.conn.Close()
}

func TestAStreamCarriesWhatASocketCarries(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{})
		c := n.stream("ann", 1)
		if h := c.head.Header; c.head.StatusCode != http.StatusOK || h.Get("Content-Type") != "text/event-stream" || !strings.Contains(c.raw, "\r\nConnection: close\r\n") || h.Get("Date") == "" {
			t.Errorf("answered with %s %v", c.head.Status, h)
		}
		c.want(welcome)
		s := n.socket("ann")
		shared := hub.NewShared([]byte(`{"type":"sale"}`))
		large := hub.NewShared([]byte(strings.Repeat("s", 20_000)))
		long := strings.Repeat("x", 70_000)
		s.Send([]byte("one"))
		s.Send([]byte(long))
		n.hub.Tell("demo", hub.SlotSale, shared)
		s.Batch(func() {
			s.Send([]byte("two"))
			s.Update(hub.SlotSale, large)
			s.Send([]byte("three"))
		})
		for _, data := range []string{"one", long, `{"type":"sale"}`, "two", strings.Repeat("s", 20_000), "three"} {
			c.want(data)
		}
		if n.hub.Streams() != 1 || n.hub.Sockets() != 1 {
			t.Errorf("%d streams and %d sockets are live", n.hub.Streams(), n.hub.Sockets())
		}
		s.Close(hub.CloseLoggedOut, "logged_out")
		c.wantBye("logged_out")
		n.wantClosed("ann", "logged_out")
		testkit.Eventually(t, soon, "nothing is left", func() bool { return n.hub.Streams() == 0 && n.hub.Open() == 0 })
	})
}

func TestAStreamAndASocketReplaceEachOther(t *testing.T) {
	n := start(t, hub.Options{})
	first := n.stream("ann", 1)
	first.want(welcome)
	socket := n.dial("ann", 2)
	socket.want(welcome)
	first.wantBye(hub.ReasonReplaced)
	second := n.stream("ann", 3)
	second.want(welcome)
	socket.wantBye(hub.CloseReplaced, hub.ReasonReplaced)
	third := n.stream("ann", 4)
	third.want(welcome)
	second.wantBye(hub.ReasonReplaced)
	late := n.dial("ann", 2)
	late.wantBye(hub.CloseReplaced, hub.ReasonReplaced)
	if n.hub.Streams() != 1 || n.hub.Sockets() != 1 {
		t.Errorf("%d streams and %d sockets are live, want one stream", n.hub.Streams(), n.hub.Sockets())
	}
}

// TestAStreamWithoutAnswersIsDead: the comment comes in every heartbeat, and the request
// that answers it is the only sign of life, because a proxy would take comments for a
// client that is gone.
func TestAStreamWithoutAnswersIsDead(t *testing.T) {
	n := start(t, hub.Options{Deaf: func(season string) bool { return season == "deaf" }})
	n.identity = func(id *hub.Identity) {
		id.Heartbeat = 100 * time.Millisecond
		if id.User == "cut off" || id.User == "mute" {
			id.Season = "deaf"
		}
	}
	silent, cutOff := n.stream("silent", 1), n.stream("cut%20off", 1)
	alive := n.stream("alive", 1)
	go func() { // reads and answers nothing
		_, _ = io.Copy(io.Discard, silent.in)
	}()
	alive.want(welcome)
	cutOff.want(welcome)
	key := hub.Key{Season: "demo", User: "alive"}
	for range 6 {
		alive.want(":")
		cutOff.want(":")
		if !n.hub.Heard(key, false) {
			t.Fatal("the stream that was answered for has ended")
		}
	}
	n.hub.Heard(key, true)
	alive.want(": pong")
	n.wantClosed("silent", hub.ReasonDead)
	if got := n.reasons("cut off"); got != nil {
		t.Errorf("the stream of a season whose answers cannot arrive ended as %q", got)
	}
	// A socket's answers come over its own connection.
	unanswered := n.dialRaw("mute", 1)
	unanswered.want(fin|text, welcome)
	n.wantClosed("mute", hub.ReasonDead)
	socket := n.dial("socket", 1)
	socket.want(welcome)
	if n.hub.Heard(hub.Key{Season: "demo", User: "socket"}, true) || n.hub.Heard(hub.Key{Season: "demo", User: "unknown"}, true) {
		t.Error("a request was taken for the sign of life of what is no stream")
	}
}

// TestABusyStreamGetsCommentsToo: its client notices by them that the stream flows, however
// often the client itself is heard.
func TestABusyStreamGetsCommentsToo(t *testing.T) {
	n := start(t, hub.Options{})
	n.identity = func(id *hub.Identity) { id.Heartbeat = 100 * time.Millisecond }
	c := n.stream("busy", 1)
	c.want(welcome)
	_ = c.conn.SetReadDeadline(time.Now().Add(soon))
	stop := make(chan struct{})
	var heard sync.WaitGroup
	heard.Go(func() {
		every := time.NewTicker(5 * time.Millisecond)
		defer every.Stop()
		for {
			select {
			case <-stop:
				return
			case <-every.C:
				n.hub.Heard(hub.Key{Season: "demo", User: "busy"}, false)
			}
		}
	})
	defer heard.Wait()
	defer close(stop)
	c.want(":")
	c.want(":")
}

func TestAStreamThatDoesNotReadIsTooSlow(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{OutboxBytes: 4 << 10, WriteTimeout: soon, CloseTimeout: 50 * time.Millisecond})
		c := n.stream("ann", 1)
		c.want(welcome)
		s := n.socket("ann")
		message := []byte(strings.Repeat("x", 32<<10))
		testkit.Eventually(t, soon, "the stream is closed", func() bool {
			s.Send(message)
			return len(n.reasons("ann")) > 0
		})
		n.wantClosed("ann", hub.ReasonTooSlow)
		if got := n.metric("usher_ws_outbox_overflows_total", ""); got != 1 {
			t.Errorf("%v overflows are counted", got)
		}
	})
}

func TestAStreamThatSendsIsDroppedOrFlooding(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{Rate: 1, Burst: 5})
		n.message = func(*hub.Socket, []byte) { t.Error("a stream delivered a message") }
		c := n.stream("ann", 1)
		c.want(welcome)
		if _, err := c.conn.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		n.socket("ann").Send([]byte("still here"))
		c.want("still here")
		testkit.Eventually(t, soon, "it is closed", func() bool {
			_, err := c.conn.Write([]byte("more"))
			return err != nil || len(n.reasons("ann")) > 0
		})
		n.wantClosed("ann", hub.ReasonFlooding)
	})
}

func TestAStreamEndsWithItsClientItsTokenAndItsNode(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{})
		n.identity = func(id *hub.Identity) {
			if id.User == "expiring" {
				id.ExpiresAt = time.Now().Add(100 * time.Millisecond)
			}
		}
		leaving, expiring, staying := n.stream("leaving", 1), n.stream("expiring", 1), n.stream("staying", 1)
		revoked := n.stream("revoked", 1)
		_ = leaving.conn.Close()
		n.wantClosed("leaving", hub.ReasonGone)
		expiring.wantBye(hub.ReasonExpired)
		n.hub.CloseSession("session of revoked", hub.CloseLoggedOut, "logged_out")
		revoked.wantBye("logged_out")
		drained := make(chan struct{})
		go func() { defer close(drained); n.hub.Drain(t.Context(), time.Second) }()
		staying.wantBye(hub.ReasonRestart)
		<-drained
		if refused := n.stream("late", 1); refused.head.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("a draining hub answers a stream with %s", refused.head.Status)
		}
	})
}

// TestAStreamWithoutAConnectionIsRefused: what cannot be taken over is answered by the
// caller, and counts as nothing.
func TestAStreamWithoutAConnectionIsRefused(t *testing.T) {
	n := start(t, hub.Options{})
	for _, wrap := range []func(http.ResponseWriter) http.ResponseWriter{
		func(w http.ResponseWriter) http.ResponseWriter { return struct{ http.ResponseWriter }{w} },
		func(w http.ResponseWriter) http.ResponseWriter { return cannotHijack{w} },
	} {
		n.wrap = wrap
		if refused := n.stream("ann", 1); refused.head.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("answered with %s", refused.head.Status)
		}
	}
	if n.hub.Open() != 0 || !slices.Equal(n.reasons("ann"), nil) {
		t.Error("the hub keeps what it has refused")
	}
}

type cannotHijack struct{ http.ResponseWriter }

func (cannotHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}
