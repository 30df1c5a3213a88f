package crowd

import (
	"net/netip"
	"time"
)

// transport carries the bytes of many connections, each with an index. One goroutine
// calls all methods except wake.
type transport interface {
	// dial begins a connection. poll reports the result.
	dial(i int, local netip.Addr)
	// write sends b now, or when the connection accepts it. poll reports an error.
	write(i int, b []byte)
	// close ends a connection; poll reports nothing more of it. With reset the peer
	// sees a lost connection.
	close(i int, reset bool)
	// poll waits for arrivals, at most as long as given, and passes them to handle.
	poll(wait time.Duration, handle func(arrival)) error
	// wake ends a poll from any goroutine.
	wake()
	// stop ends every connection and frees the transport's resources.
	stop()
}

// arrival is something that happened on one connection.
type arrival struct {
	i      int
	opened bool   // the connection is established
	data   []byte // valid until handle returns
	err    error  // the connection has ended; io.EOF: the server ended it
}
