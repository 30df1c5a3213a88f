package app

import (
	"container/list"
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

// ownFiles is how many files a node needs beside its clients when they are few:
// its pools of connections to MongoDB and Redis have more than a hundred.
const ownFiles = 256

// connectionLimit shares out the files the process may open (0: not known): four
// fifths for sockets unless told otherwise, half the rest for plain HTTP, and the
// other half, but at least ownFiles or a quarter, for the stores, the ops address
// and files.
func (o *Options) connectionLimit(files int) connectionLimit {
	usable := files - max(files/10, min(ownFiles, files/4))
	l := connectionLimit{sockets: o.MaxSockets}
	if l.sockets == 0 {
		l.sockets = usable / 9 * 8
	}
	if files > l.sockets {
		l.connections = min(l.sockets+(files-l.sockets)/2, max(usable, l.sockets))
	}
	return l
}

// connections counts the connections of a server and closes some at a limit: a
// process that has no file left can reach no store either. A connection that
// waits for its next request gives way to a new one, so that idle connections
// lock nobody out. Only where none is idle is the new one closed.
type connections struct {
	limit   int
	sockets func() int // those that have become sockets
	refused prometheus.Counter
	evicted prometheus.Counter

	mu    sync.Mutex
	plain map[net.Conn]*list.Element // its place in idle, nil while a request is under way
	idle  *list.List                 // of net.Conn, the one that has been idle longest first
}

func newConnections(limit int, sockets func() int, registry prometheus.Registerer) *connections {
	c := &connections{
		limit: limit, sockets: sockets, plain: map[net.Conn]*list.Element{}, idle: list.New(),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "usher_http_connections_refused_total", Help: "Connections closed because this node had too many.",
		}),
		evicted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "usher_http_connections_evicted_total", Help: "Idle connections closed to make room for new ones.",
		}),
	}
	registry.MustRegister(c.refused, c.evicted, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
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
		if surplus := c.add(conn); surplus != nil {
			_ = surplus.Close() // the server notices, and notes it as closed
		}
	case http.StateIdle:
		c.mu.Lock()
		if place, known := c.plain[conn]; known && place == nil {
			c.plain[conn] = c.idle.PushBack(conn)
		}
		c.mu.Unlock()
	case http.StateActive:
		c.mu.Lock()
		if place := c.plain[conn]; place != nil {
			c.idle.Remove(place)
			c.plain[conn] = nil
		}
		c.mu.Unlock()
	case http.StateHijacked, http.StateClosed:
		c.mu.Lock()
		c.removeLocked(conn)
		c.mu.Unlock()
	}
}

// add notes a new connection. It returns the one to close for it, nil while there
// is room.
func (c *connections) add(conn net.Conn) (surplus net.Conn) {
	sockets := c.sockets()
	c.mu.Lock()
	defer c.mu.Unlock()
	full := c.limit > 0 && len(c.plain)+sockets >= c.limit
	c.plain[conn] = nil
	if !full {
		return nil
	}
	longest := c.idle.Front()
	if longest == nil {
		c.refused.Inc()
		return conn
	}
	c.evicted.Inc()
	surplus = longest.Value.(net.Conn)
	c.removeLocked(surplus) // its file is free in a moment
	return surplus
}

func (c *connections) removeLocked(conn net.Conn) {
	if place := c.plain[conn]; place != nil {
		c.idle.Remove(place)
	}
	delete(c.plain, conn)
}
