package crowd

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	epollBatch = 256
	readBuffer = 64 << 10
	// ipBindAddressNoPort lets connect choose the port. With bind alone each port
	// serves one connection only. Package syscall lacks this constant.
	ipBindAddressNoPort = 24
)

// epoll is the transport of Linux without TLS: one epoll instance and one read buffer
// serve all connections.
type epoll struct {
	fd      int
	wakers  [2]int // a pipe: wake writes to the second
	server  netip.AddrPort
	conns   []epollConn
	failed  []arrival // dials that failed at once, for the next poll
	events  [epollBatch]syscall.EpollEvent
	buffer  []byte
	dropped [64]byte

	mu      sync.Mutex // keeps wake from writing to a pipe that stop has closed
	stopped bool
}

// epollConn is one connection. Its events carry the generation, so that a late event
// of an ended connection is not taken for one of the next connection.
type epollConn struct {
	fd         int32 // 0: none
	generation int32
	connecting bool
	out        []byte // bytes that the kernel has not accepted yet
}

const wakeIndex = -1

func newEpoll(server netip.AddrPort, n int) (transport, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	e := &epoll{fd: fd, server: server, conns: make([]epollConn, n), buffer: make([]byte, readBuffer)}
	if err := syscall.Pipe2(e.wakers[:], syscall.O_NONBLOCK|syscall.O_CLOEXEC); err != nil {
		_ = syscall.Close(fd)
		return nil, os.NewSyscallError("pipe2", err)
	}
	err = syscall.EpollCtl(fd, syscall.EPOLL_CTL_ADD, e.wakers[0], &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: wakeIndex})
	if err != nil {
		e.stop()
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	return e, nil
}

func (e *epoll) dial(i int, local netip.Addr) {
	fd, err := e.connect(i, local)
	if err != nil {
		if fd > 0 {
			_ = syscall.Close(fd)
		}
		e.failed = append(e.failed, arrival{i: i, err: err})
		return
	}
	e.conns[i].fd, e.conns[i].connecting = int32(fd), true
}

func (e *epoll) connect(i int, local netip.Addr) (int, error) {
	family := syscall.AF_INET
	if e.server.Addr().Is6() {
		family = syscall.AF_INET6
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return fd, os.NewSyscallError("setsockopt", err)
	}
	if local.IsValid() {
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, ipBindAddressNoPort, 1) // older kernels have fewer ports
		if err := syscall.Bind(fd, sockaddr(netip.AddrPortFrom(local, 0))); err != nil {
			return fd, os.NewSyscallError("bind", err)
		}
	}
	if err := syscall.Connect(fd, sockaddr(e.server)); err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		return fd, os.NewSyscallError("connect", err)
	}
	e.conns[i].generation++
	return fd, e.watch(syscall.EPOLL_CTL_ADD, i, fd, syscall.EPOLLIN|syscall.EPOLLOUT)
}

func (e *epoll) watch(op, i, fd int, events uint32) error {
	event := &syscall.EpollEvent{Events: events, Fd: int32(i), Pad: e.conns[i].generation}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(e.fd, op, fd, event))
}

func sockaddr(a netip.AddrPort) syscall.Sockaddr {
	if a.Addr().Is4() {
		return &syscall.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &syscall.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

func (e *epoll) write(i int, b []byte) {
	c := &e.conns[i]
	if c.fd == 0 {
		return
	}
	if c.connecting || len(c.out) > 0 {
		c.out = append(c.out, b...)
		return
	}
	n, err := syscall.Write(int(c.fd), b)
	if err != nil && !errors.Is(err, syscall.EAGAIN) {
		return // epoll reports the connection's end
	}
	if n = max(n, 0); n < len(b) {
		c.out = append(c.out, b[n:]...)
		_ = e.watch(syscall.EPOLL_CTL_MOD, i, int(c.fd), syscall.EPOLLIN|syscall.EPOLLOUT)
	}
}

func (e *epoll) close(i int, reset bool) {
	c := &e.conns[i]
	if c.fd == 0 {
		return
	}
	if reset {
		_ = syscall.SetsockoptLinger(int(c.fd), syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	}
	_ = syscall.Close(int(c.fd)) // removes it from epoll as well
	*c = epollConn{generation: c.generation}
}

func (e *epoll) poll(wait time.Duration, handle func(arrival)) error {
	if failed := e.failed; len(failed) > 0 {
		e.failed, wait = nil, 0
		for _, f := range failed {
			handle(f)
		}
	}
	n, err := syscall.EpollWait(e.fd, e.events[:], int((wait+time.Millisecond-1)/time.Millisecond))
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return os.NewSyscallError("epoll_wait", err)
	}
	for k := range max(n, 0) {
		event := e.events[k]
		i := int(event.Fd)
		if i == wakeIndex {
			_, _ = syscall.Read(e.wakers[0], e.dropped[:])
			continue
		}
		if c := &e.conns[i]; c.fd != 0 && c.generation == event.Pad {
			e.ready(i, event.Events, handle)
		}
	}
	return nil
}

// ready handles an event of one connection.
func (e *epoll) ready(i int, events uint32, handle func(arrival)) {
	c := &e.conns[i]
	generation := c.generation
	if events&syscall.EPOLLOUT != 0 {
		if c.connecting {
			if code, err := syscall.GetsockoptInt(int(c.fd), syscall.SOL_SOCKET, syscall.SO_ERROR); err == nil && code != 0 {
				e.ended(i, os.NewSyscallError("connect", syscall.Errno(code)), handle)
				return
			}
			c.connecting = false
			handle(arrival{i: i, opened: true})
		}
		if c.fd == 0 || c.generation != generation {
			return
		}
		e.flush(i)
	}
	if events&(syscall.EPOLLIN|syscall.EPOLLHUP|syscall.EPOLLERR) == 0 {
		return
	}
	n, err := syscall.Read(int(c.fd), e.buffer)
	switch {
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR):
	case err != nil:
		e.ended(i, os.NewSyscallError("read", err), handle)
	case n == 0:
		e.ended(i, io.EOF, handle)
	default:
		handle(arrival{i: i, data: e.buffer[:n]})
	}
}

func (e *epoll) flush(i int) {
	c := &e.conns[i]
	for len(c.out) > 0 {
		n, err := syscall.Write(int(c.fd), c.out)
		if err != nil {
			if !errors.Is(err, syscall.EAGAIN) {
				break
			}
			return
		}
		c.out = c.out[n:]
	}
	c.out = nil
	_ = e.watch(syscall.EPOLL_CTL_MOD, i, int(c.fd), syscall.EPOLLIN)
}

func (e *epoll) ended(i int, err error, handle func(arrival)) {
	e.close(i, false)
	handle(arrival{i: i, err: err})
}

func (e *epoll) wake() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.stopped {
		_, _ = syscall.Write(e.wakers[1], []byte{0}) // a full pipe wakes as well
	}
}

func (e *epoll) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopped = true
	for i := range e.conns {
		e.close(i, false)
	}
	for _, fd := range []int{e.wakers[0], e.wakers[1], e.fd} {
		_ = syscall.Close(fd)
	}
}
