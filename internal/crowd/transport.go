package crowd

import (
	"net/netip"
	"time"
)

// transport carries the bytes of many connections, each known by its index.
// All methods but wake are called by one goroutine.
type transport interface {
	// dial begins a connection. That it stands, or an error, comes by poll.
	dial(i int, local netip.Addr)
	// write sends b, now or when the connection takes it. An error comes by poll.
	write(i int, b []byte)
	// close ends a connection; nothing more comes of it. With reset the peer sees
	// a lost connection.
	close(i int, reset bool)
	// poll waits for what comes, at most so long, and hands it on.
	poll(wait time.Duration, handle func(arrival)) error
	// wake ends a poll from any goroutine.
	wake()
	// stop ends every connection and frees what the transport has.
	stop()
}

// arrival is what poll hands on of one connection.
type arrival struct {
	i      int
	opened bool   // the connection stands
	data   []byte // valid until handle returns
	err    error  // the connection has ended; io.EOF: the server ended it
}
