package app

import (
	"container/list"
	"net"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// connectionLimit is how many of the files that this process may open are for
// clients; 0 is no limit.
type connectionLimit struct {
	sockets     int // live sockets
	connections int // sockets and plain HTTP together
}

// ownFiles is how many files a node keeps for itself where that is less than a
// quarter of all: its connections to MongoDB and Redis alone are more than a hundred.
const ownFiles = 256

// connectionLimit divides the files that the process may open (0: unknown). The
// node keeps a tenth for the stores, the ops address and its own files: at least
// ownFiles, or a quarter where the limit is low. Of what is left, sockets get eight
// ninths unless --max-sockets says otherwise, and plain HTTP the remainder.
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

// connections counts the connections of a server and keeps them below a limit,
// because a process that has no file left cannot reach its stores. At the limit the
// connection that has been idle longest is closed for the new one, so that idle
// connections keep no client out. If none is idle, the new connection is closed.
type connections struct {
	limit   int
	sockets func() int // connections that were upgraded to sockets
	refused prometheus.Counter
	evicted prometheus.Counter

	mu    sync.Mutex
	plain map[net.Conn]*list.Element // element of idle, nil while a request is under way
	idle  *list.List                 // of net.Conn, the longest idle first
}

func newConnections(limit int, sockets func() int, registry prometheus.Registerer) *connections {
	auto := promauto.With(registry)
	c := &connections{
		limit: limit, sockets: sockets, plain: map[net.Conn]*list.Element{}, idle: list.New(),
		refused: auto.NewCounter(prometheus.CounterOpts{
			Name: "usher_http_connections_refused_total", Help: "Connections closed because this node had too many.",
		}),
		evicted: auto.NewCounter(prometheus.CounterOpts{
			Name: "usher_http_connections_evicted_total", Help: "Idle connections closed to make room for new ones.",
		}),
	}
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "usher_http_connections", Help: "Connections that are no sockets.",
	}, func() float64 { return float64(c.count()) })
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
			_ = surplus.Close() // the server then reports StateClosed
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

// add records a new connection. It returns the connection to close, nil below the
// limit.
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
	c.removeLocked(surplus) // the caller closes it, which frees its file
	return surplus
}

func (c *connections) removeLocked(conn net.Conn) {
	if place := c.plain[conn]; place != nil {
		c.idle.Remove(place)
	}
	delete(c.plain, conn)
}
