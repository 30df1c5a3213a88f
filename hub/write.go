package hub

import (
	"errors"
	"os"
	"time"
)

// burst is what is written at once, whatever the number of frames, with what the
// direct write needs so that it allocates nothing.
type burst struct {
	buf    []byte
	longs  []long // messages that are written from where they lie
	stream bool   // of a stream: messages are events, not frames

	bufAt, longAt int // how much of buf, and of longs[next], is written
	next          int // index in longs

	direct func(fd uintptr) bool // writes what it can without blocking
	err    error                 // of direct
}

// long is a message that is not copied: it may be shared among many sockets,
// and a crowd of slow readers must not hold a copy each. It follows what ends at
// after in the burst's buf: its header, unless the message has one.
type long struct {
	after   int
	message []byte
}

const (
	longMessage = 4 << 10
	keptBurst   = 32 << 10 // the largest buffer worth keeping for the next burst
	keptLongs   = 16       // the same of burst.longs
)

func newBurst() *burst {
	b := &burst{}
	b.direct = b.writeDirect
	return b
}

func (b *burst) reset() {
	clear(b.longs) // so that a pooled burst keeps no message
	b.buf, b.longs, b.bufAt, b.longAt, b.next, b.err = b.buf[:0], b.longs[:0], 0, 0, 0, nil
}

// rest returns the next bytes to write, nil when all are written.
func (b *burst) rest() []byte {
	for {
		end := len(b.buf)
		if b.next < len(b.longs) {
			end = b.longs[b.next].after
		}
		if b.bufAt < end {
			return b.buf[b.bufAt:end]
		}
		if b.next == len(b.longs) {
			return nil
		}
		if message := b.longs[b.next].message; b.longAt < len(message) {
			return message[b.longAt:]
		}
		b.longs[b.next].message = nil
		b.next, b.longAt = b.next+1, 0
	}
}

// wrote notes that n bytes of rest are written.
func (b *burst) wrote(n int) {
	if b.next < len(b.longs) && b.bufAt == b.longs[b.next].after {
		b.longAt += n
		return
	}
	b.bufAt += n
}

func (s *Socket) burst() *burst {
	b := s.hub.bursts.Get().(*burst)
	b.stream = s.stream
	return b
}

func (h *Hub) releaseBurst(b *burst) {
	b.reset()
	if cap(b.buf) > keptBurst {
		b.buf = nil
	}
	if cap(b.longs) > keptLongs {
		b.longs = nil
	}
	h.bursts.Put(b)
}

// add frames an entry onto a burst.
func (h *Hub) add(b *burst, e entry) {
	if shared, ok := e.update.(*Shared); ok && !b.stream {
		b.longs = append(b.longs, long{len(b.buf), shared.frame})
		return
	}
	message := e.frame
	if e.update != nil {
		message = h.frameOf(e.update)
	}
	switch {
	case e.control:
		b.buf = append(b.buf, message...)
	case b.stream:
		b.addEvent(message)
	case len(message) >= longMessage:
		b.buf = appendHeader(b.buf, opText, len(message))
		b.longs = append(b.longs, long{len(b.buf), message})
	case len(message) > 0:
		b.buf = appendFrame(b.buf, opText, message)
	}
}

// writePending writes what waits in the outbox. The caller has set flushing.
func (s *Socket) writePending() {
	b := s.burst()
	if s.next(b) {
		s.write(b)
	}
}

// write writes b and then what was queued during the write, without blocking. A
// goroutine takes over when the kernel is full. The caller has set flushing and
// hands b over.
func (s *Socket) write(b *burst) {
	for {
		if err := s.tryWrite(b); err != nil {
			s.cut()
		} else if b.rest() != nil {
			s.mu.Lock()
			s.stuck = true
			s.mu.Unlock()
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
	if s.raw == nil || b.rest() == nil {
		return nil
	}
	if err := s.raw.Write(b.direct); err != nil {
		return err
	}
	return b.err
}

// writeRest writes what is left of b, waiting for the peer, and then what was
// queued. It ends when all is written.
func (s *Socket) writeRest(b *burst) {
	for {
		for rest := b.rest(); rest != nil; rest = b.rest() {
			// In pieces, each with its own deadline: what counts is whether the
			// peer reads, not how long the message is.
			s.setWriteDeadline()
			n, err := s.conn.Write(rest[:min(len(rest), s.hub.o.OutboxBytes)])
			b.wrote(n)
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
	b.reset()
	s.mu.Lock()
	entries := s.outbox.takeAll()
	if s.broken || len(entries) == 0 {
		s.flushing, s.stuck = false, false
		saidBye := s.closing && !s.broken
		last := s.readDone
		s.mu.Unlock()
		s.hub.releaseBurst(b)
		switch {
		case last:
			s.closeConn()
			// Not here: the caller may hold locks that Closed wants.
			go s.finish()
		case saidBye:
			s.endOurSide()
		}
		return false
	}
	s.mu.Unlock()
	for _, e := range entries {
		s.hub.add(b, e)
	}
	return true
}
