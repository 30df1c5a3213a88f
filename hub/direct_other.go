//go:build !linux || !(amd64 || arm64)

package hub

import (
	"net"
	"syscall"
)

// rawOf gives none here: every socket is read by a goroutine of its own, and
// written by one while there is something to write.
func rawOf(*net.TCPConn) syscall.RawConn { return nil }

func (b *burst) writeDirect(uintptr) bool { return true }

func (c *chunk) readDirect(uintptr) { c.nothing = true }

// poller is not there: no socket has a syscall.RawConn.
type poller struct{}

func newPoller(*Hub) *poller { return &poller{} }

func (*poller) add(*Socket) bool { return false }

func (*poller) remove(*Socket) {}
