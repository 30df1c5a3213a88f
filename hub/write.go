package hub

import (
	"errors"
	"os"
	"time"
)

// burst is what is written at once, whatever the number of frames, with what the
// direct write needs so that it allocates nothing.
type burst struct {
	buf  []byte
	sent int // how much of buf is written

	direct func(fd uintptr) bool // writes buf[sent:] without blocking
	err    error                 // of direct
}

// keptBurst is the largest buffer worth keeping for the next burst.
const keptBurst = 32 << 10

func newBurst() *burst {
	b := &burst{}
	b.direct = b.writeDirect
	return b
}

func (h *Hub) burst() *burst { return h.bursts.Get().(*burst) }

func (h *Hub) release(b *burst) {
	if cap(b.buf) > keptBurst {
		b.buf = nil
	}
	b.buf, b.sent, b.err = b.buf[:0], 0, nil
	h.bursts.Put(b)
}

func (b *burst) add(e entry) {
	message := e.frame
	if e.update != nil {
		message = e.update.Frame()
	}
	switch {
	case e.control:
		b.buf = append(b.buf, message...)
	case len(message) > 0:
		b.buf = appendFrame(b.buf, opText, message)
	}
}

// writePending writes what waits in the outbox. The caller has set flushing.
func (s *Socket) writePending() {
	b := s.hub.burst()
	if s.next(b) {
		s.write(b)
	}
}

// write writes b and then what has come to the outbox meanwhile, without
// blocking; a goroutine takes over when the kernel is full. The caller has set
// flushing and gives b away.
func (s *Socket) write(b *burst) {
	for {
		if err := s.tryWrite(b); err != nil {
			s.cut()
		} else if b.sent < len(b.buf) {
			go s.writeRest(b)
			return
		}
		if !s.next(b) {
			return
		}
	}
}

// tryWrite writes what the kernel takes of b at once: nothing, where the
// connection is not plain TCP.
func (s *Socket) tryWrite(b *burst) error {
	if s.raw == nil || len(b.buf) == 0 {
		return nil
	}
	if err := s.raw.Write(b.direct); err != nil {
		return err
	}
	return b.err
}

// writeRest writes what is left of b, waiting for the peer, and what comes
// meanwhile. It lives until all is written.
func (s *Socket) writeRest(b *burst) {
	for {
		for b.sent < len(b.buf) {
			// In pieces, each with its own deadline: what counts is whether the
			// peer reads, not how long the message is.
			end := min(len(b.buf), b.sent+s.hub.o.OutboxBytes)
			s.setWriteDeadline()
			n, err := s.conn.Write(b.buf[b.sent:end])
			b.sent += n
			if err == nil {
				continue
			}
			// The first deadline makes it too slow, and leaves it a last moment
			// to read the rest and the bye; the second ends it.
			if errors.Is(err, os.ErrDeadlineExceeded) && s.shutAs(CloseTooSlow, ReasonTooSlow) {
				continue
			}
			s.cut()
			break
		}
		_ = s.conn.SetWriteDeadline(time.Time{})
		if !s.next(b) {
			return
		}
	}
}

func (s *Socket) setWriteDeadline() {
	s.mu.Lock()
	defer s.mu.Unlock()
	deadline := s.closeBy
	if !s.closing {
		deadline = time.Now().Add(s.hub.o.WriteTimeout)
	}
	_ = s.conn.SetWriteDeadline(deadline)
}

// next fills b with all that waits. With nothing left it ends the writing, gives
// b back and reports false.
func (s *Socket) next(b *burst) bool {
	b.buf, b.sent, b.err = b.buf[:0], 0, nil
	s.mu.Lock()
	entries := s.outbox.takeAll()
	if s.broken || len(entries) == 0 {
		s.flushing = false
		saidBye := s.closing && !s.broken
		last := s.readDone
		s.mu.Unlock()
		s.hub.release(b)
		if saidBye {
			s.endOurSide()
		}
		if last {
			// Not here: the caller may hold locks that Closed wants.
			go s.finish()
		}
		return false
	}
	s.mu.Unlock()
	for _, e := range entries {
		b.add(e)
	}
	return true
}
