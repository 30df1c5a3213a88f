//go:build linux && (amd64 || arm64)

package hub

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// poller waits for all sockets that have nothing to read, in one goroutine: a
// parked goroutine for each would cost 2.5 kB, and every garbage collection would
// walk its stack. Its epoll set is itself waited for by Go's poller, so no thread
// blocks. It runs while there are sockets.
//
// It reads what has arrived and handles pongs at once. Everything else gets a
// goroutine, because a handler may block.
type poller struct {
	hub *Hub

	mu    sync.Mutex
	set   *os.File // the epoll set; nil: not running
	fd    int      // of the set
	slots []pollSlot
	free  []int32 // indices of slots without a socket
}

// pollWait is what run works with.
type pollWait struct {
	hub    *Hub
	chunk  *chunk
	events [128]syscall.EpollEvent
	ready  int // how many events have come
}

// pollSlot has a socket. Its round tells the slot's sockets apart: an event for an
// earlier one may still be on its way.
type pollSlot struct {
	socket *Socket
	round  int32
}

// pollFor are the events of a socket, each reported once (edge-triggered): writing
// is not among them, Go's poller waits for that.
const pollFor = syscall.EPOLLIN | syscall.EPOLLRDHUP | (1 << 31) // EPOLLET

// pollEnd are the events after which a short read is not the end.
const pollEnd = syscall.EPOLLRDHUP | syscall.EPOLLHUP | syscall.EPOLLERR

func newPoller(h *Hub) *poller { return &poller{hub: h} }

// add begins to watch a socket; an event for what has arrived already comes at
// once. It reports false when the system allows no more.
func (p *poller) add(s *Socket) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.startLocked() {
		return false
	}
	at := int32(len(p.slots))
	if n := len(p.free); n > 0 {
		at, p.free = p.free[n-1], p.free[:n-1]
	} else {
		p.slots = append(p.slots, pollSlot{})
	}
	slot := &p.slots[at]
	slot.socket, s.slot = s, at+1
	event := syscall.EpollEvent{Events: pollFor, Fd: at, Pad: slot.round}
	var err error
	// A connection that is closed already is read to its end by who closed it.
	_ = s.raw.Control(func(fd uintptr) { err = syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, int(fd), &event) })
	if err != nil {
		p.removeLocked(s)
	}
	return err == nil
}

// startLocked makes the epoll set and runs, unless it does already.
func (p *poller) startLocked() bool {
	if p.set != nil {
		return true
	}
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return false
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return false
	}
	set := os.NewFile(uintptr(fd), "epoll")
	raw, err := set.SyscallConn()
	if err == nil {
		err = set.SetReadDeadline(time.Time{}) // fails where Go's poller does not take the set
	}
	if err != nil {
		_ = set.Close()
		return false
	}
	p.set, p.fd = set, fd
	go p.run(raw)
	return true
}

// remove forgets a socket whose reading has ended. Closing a connection takes it
// out of the epoll set.
func (p *poller) remove(s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.removeLocked(s)
}

func (p *poller) removeLocked(s *Socket) {
	at := s.slot - 1
	if at < 0 {
		return
	}
	s.slot = 0
	p.slots[at].socket = nil
	p.slots[at].round++
	p.free = append(p.free, at)
	if len(p.free) == len(p.slots) {
		_ = p.set.SetReadDeadline(time.Unix(1, 0)) // wakes run, which ends
	}
}

// end reports whether the last socket has gone, and closes the set then.
func (p *poller) end() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < len(p.slots) {
		_ = p.set.SetReadDeadline(time.Time{}) // a socket was added since
		return false
	}
	_ = p.set.Close()
	p.set, p.slots, p.free = nil, nil, nil
	return true
}

func (p *poller) run(raw syscall.RawConn) {
	// Events are this goroutine's: the next one has its own.
	w := &pollWait{hub: p.hub, chunk: p.hub.chunk()}
	defer func() { p.hub.release(w.chunk) }()
	wait := w.wait
	for {
		if err := raw.Read(wait); err != nil {
			if p.end() {
				return
			}
			continue
		}
		for _, e := range w.events[:w.ready] {
			if s := p.socketOf(e); s != nil {
				w.arrived(s, e.Events&pollEnd != 0)
			}
		}
	}
}

func (p *poller) socketOf(e syscall.EpollEvent) *Socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(e.Fd) >= len(p.slots) || p.slots[e.Fd].round != e.Pad {
		return nil
	}
	return p.slots[e.Fd].socket
}

// wait takes the events that have come, and reports whether there are any.
func (w *pollWait) wait(fd uintptr) bool {
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, fd,
			uintptr(unsafe.Pointer(&w.events)), uintptr(len(w.events)), 0, 0, 0)
		switch errno {
		case 0:
			w.ready = int(n)
			return n > 0
		case syscall.EINTR:
		default: // not while the set is open and the buffer is this one
			panic(fmt.Sprintf("hub: waiting for events failed: %v", errno))
		}
	}
}

// arrived reads a socket. end: its peer has ended its side, or it has failed.
func (w *pollWait) arrived(s *Socket, end bool) {
	if s.claim() {
		w.readClaimed(s, end)
	}
}

// readClaimed reads a socket whose claim the poller has.
func (w *pollWait) readClaimed(s *Socket, end bool) {
	w.chunk.readFrom(s)
	if w.chunk.nothing || !end && w.chunk.err == nil && !w.chunk.full() && s.onlyPongs(w.chunk.buf[:w.chunk.n]) {
		if s.unclaim() {
			return
		}
		// Only lookAgain leaves a note at the poller: the socket is closing or was cut.
		// What it still has to read has a deadline, which serve keeps.
		w.chunk.n, end = 0, true
	}
	go s.serve(w.chunk, end)
	w.chunk = w.hub.chunk()
}
