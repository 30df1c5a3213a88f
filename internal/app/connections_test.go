package app

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestTheConnectionLimitDividesTheFiles(t *testing.T) {
	for _, c := range []struct {
		asked, files int
		want         connectionLimit
	}{
		{0, 20000, connectionLimit{16000, 18000}},
		{5, 20000, connectionLimit{5, 10002}},
		{900, 1024, connectionLimit{900, 900}},
		{0, 1024, connectionLimit{680, 768}}, // with few files, the node's own pools need more than a tenth
		{0, 100, connectionLimit{64, 75}},
		{0, 0, connectionLimit{0, 0}},
		{7, 0, connectionLimit{7, 0}},
		{300, 100, connectionLimit{300, 0}}, // the node warns about this
	} {
		o := Options{MaxSockets: c.asked}
		if got := o.connectionLimit(c.files); got != c.want {
			t.Errorf("--max-sockets %d of %d files: %+v, want %+v", c.asked, c.files, got, c.want)
		}
	}
}

// TestConnectionsBeyondTheLimitAreClosed: a refused connection holds no file, and a
// closed one makes room for the next.
func TestConnectionsBeyondTheLimitAreClosed(t *testing.T) {
	registry := prometheus.NewRegistry()
	c := newConnections(3, func() int { return 1 }, registry)
	answer := make(chan struct{}) // requests are in flight until this is closed
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		select {
		case <-answer:
		case <-r.Context().Done():
		}
	}))
	server.Config.ConnState = c.note
	server.Start()
	defer server.Close()
	defer close(answer)
	ask := func() (net.Conn, bool) {
		t.Helper()
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		n, _ := conn.Read(make([]byte, 12))
		return conn, n > 0
	}
	var open []net.Conn
	for range 2 {
		conn, served := ask()
		if !served {
			t.Fatal("a connection within the limit is closed")
		}
		open = append(open, conn)
	}
	if conn, served := ask(); served {
		t.Error("a connection beyond the limit is served")
	} else {
		_ = conn.Close()
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "usher_http_connections_refused_total" && f.GetMetric()[0].GetCounter().GetValue() != 1 {
			t.Errorf("refused: %v, want 1", f)
		}
	}
	for _, conn := range open {
		_ = conn.Close()
	}
	for c.count() > 0 {
		conn, served := ask()
		_ = conn.Close()
		if served {
			return
		}
	}
}

// TestIdleConnectionsMakeRoom: a client that fills the limit with idle connections
// keeps no other client out.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	c := newConnections(3, func() int { return 0 }, prometheus.NewRegistry())
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	idle := make(chan net.Conn, 100)
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		c.note(conn, state)
		if state == http.StateIdle {
			idle <- conn
		}
	}
	server.Start()
	defer server.Close()
	type client struct {
		net.Conn
		*bufio.Reader
	}
	served := func(c client) bool {
		_, _ = io.WriteString(c.Conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		answer, err := http.ReadResponse(c.Reader, nil)
		if err != nil {
			return false
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		<-idle
		return true
	}
	var all []client
	for i := range 10 {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		all = append(all, client{conn, bufio.NewReader(conn)})
		if !served(all[i]) {
			t.Fatalf("connection %d is closed, though the others are idle", i)
		}
		if n := c.count(); n > 3 {
			t.Fatalf("%d connections, with a limit of 3", n)
		}
	}
	for i, client := range all {
		if open := served(client); open != (i >= 7) {
			t.Errorf("connection %d: open is %v; the three newest stay", i, open)
		}
	}
}
