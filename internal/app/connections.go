package app

import (
	"net"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// connectionLimit is how much of what the system lets this process open is for
// clients; 0 is no limit.
type connectionLimit struct {
	sockets     int // live sockets
	connections int // sockets and plain HTTP together
}

// connectionLimit shares out the files the process may open (0: not known): four
// fifths for sockets unless told otherwise, half the rest for plain HTTP, and the
// other half for the stores, the ops address and files.
func (o *Options) connectionLimit(files int) connectionLimit {
	l := connectionLimit{sockets: o.MaxSockets}
	if l.sockets == 0 {
		l.sockets = files / 5 * 4
	}
	if files > l.sockets {
		l.connections = l.sockets + (files-l.sockets)/2
	}
	return l
}

// connections counts the connections of a server and closes what comes beyond a
// limit: a process that has no file left can reach no store either.
type connections struct {
	limit   int
	sockets func() int // those that have become sockets
	refused prometheus.Counter

	mu    sync.Mutex
	plain map[net.Conn]struct{}
}

func newConnections(limit int, sockets func() int, registry prometheus.Registerer) *connections {
	c := &connections{
		limit: limit, sockets: sockets, plain: map[net.Conn]struct{}{},
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "usher_http_connections_refused_total", Help: "Connections closed because this node had too many.",
		}),
	}
	registry.MustRegister(c.refused, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "usher_http_connections", Help: "Connections that are no sockets.",
	}, func() float64 { return float64(c.count()) }))
	return c
}

func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.plain)
}

// note is the server's ConnState.
func (c *connections) note(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		sockets := c.sockets()
		c.mu.Lock()
		full := c.limit > 0 && len(c.plain)+sockets >= c.limit
		c.plain[conn] = struct{}{}
		c.mu.Unlock()
		if full {
			c.refused.Inc()
			_ = conn.Close() // the server notices, and notes it as closed
		}
	case http.StateHijacked, http.StateClosed:
		c.mu.Lock()
		delete(c.plain, conn)
		c.mu.Unlock()
	}
}
