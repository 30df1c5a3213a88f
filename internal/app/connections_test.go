package app

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestFilesAreSharedOut(t *testing.T) {
	for _, c := range []struct {
		asked, files int
		want         connectionLimit
	}{
		{0, 20000, connectionLimit{16000, 18000}},
		{5, 20000, connectionLimit{5, 10002}},
		{0, 0, connectionLimit{0, 0}},
		{7, 0, connectionLimit{7, 0}},
		{300, 100, connectionLimit{300, 0}}, // warned of
	} {
		o := Options{MaxSockets: c.asked}
		if got := o.connectionLimit(c.files); got != c.want {
			t.Errorf("--max-sockets %d of %d files: %+v, want %+v", c.asked, c.files, got, c.want)
		}
	}
}

// TestConnectionsBeyondTheLimitAreClosed: they hold no file, and leaving ones
// make room.
func TestConnectionsBeyondTheLimitAreClosed(t *testing.T) {
	registry := prometheus.NewRegistry()
	c := newConnections(3, func() int { return 1 }, registry)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = c.note
	server.Start()
	defer server.Close()
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
