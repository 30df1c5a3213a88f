//go:build linux && (amd64 || arm64)

package hub

import (
	"io"
	"net"
	"syscall"
	"unsafe"
)

// rawOf gives direct access to a connection. The calls made through it cannot
// block, so they are made raw: telling the scheduler of each costs half as much
// again as the call.
func rawOf(conn *net.TCPConn) syscall.RawConn {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// writeDirect hands the kernel what it takes of the burst at once.
func (b *burst) writeDirect(fd uintptr) bool {
	for rest := b.rest(); rest != nil; rest = b.rest() {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, fd,
			uintptr(unsafe.Pointer(&rest[0])), uintptr(len(rest)),
			syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
		switch errno {
		case 0:
			b.wrote(int(n))
		case syscall.EINTR:
		case syscall.EAGAIN:
			return true
		default:
			b.err = errno
			return true
		}
	}
	return true
}

// readDirect takes what has arrived into the chunk.
func (c *chunk) readDirect(fd uintptr) {
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd,
			uintptr(unsafe.Pointer(&c.buf)), uintptr(len(c.buf)), syscall.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == syscall.EINTR:
			continue
		case errno == syscall.EAGAIN:
			c.nothing = true
		case errno != 0:
			c.err = errno
		case n == 0:
			c.err = io.EOF
		default:
			c.n = int(n)
		}
		return
	}
}
