//go:build linux && (amd64 || arm64)

package hub

import (
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

// readable reports whether a read would not block: there are bytes, the end, or
// an error.
func readable(fd uintptr) bool {
	var one [1]byte
	for {
		_, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd,
			uintptr(unsafe.Pointer(&one)), 1, syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
		if errno != syscall.EINTR {
			return errno != syscall.EAGAIN
		}
	}
}
