//go:build linux && (amd64 || arm64)

package hub_test

import (
	"net"
	"strconv"
	"testing"
	"time"

	"usher/hub"
)

// TestASocketThatClosesWhileThePollerReadsItKeepsItsDeadline: a peer that neither
// answers the close nor ends its side must not keep the socket.
func TestASocketThatClosesWhileThePollerReadsItKeepsItsDeadline(t *testing.T) {
	for _, pongs := range []int{0, 1, 3} {
		n := start(t, hub.Options{CloseTimeout: 50 * time.Millisecond})
		c := n.dialRaw("ann", 1)
		for range pongs {
			c.write(masked(fin|pong, ""))
		}
		s := n.socket("ann")
		// As when a pong's event comes just before the close.
		s.WhilePolled(func() { s.Close(hub.CloseRestart, hub.ReasonRestart) })
		n.wantClosed("ann", hub.ReasonRestart)
	}
}

// TestAPeerThatSendsItsLastAndEndsItsSideIsGone: both come in one event of the poller,
// and no other event follows.
func TestAPeerThatSendsItsLastAndEndsItsSideIsGone(t *testing.T) {
	n := start(t, hub.Options{})
	for i := range 20 {
		c := n.dialRaw(strconv.Itoa(i), 1)
		n.socket(strconv.Itoa(i))
		c.write(masked(fin|[]byte{text, pong}[i%2], ""))
		if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		n.wantClosed(strconv.Itoa(i), hub.ReasonGone)
	}
}
