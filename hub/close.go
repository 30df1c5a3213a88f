package hub

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// Close says bye with a reason and closes with the code, once what was queued
// before is sent or Options.CloseTimeout has passed. It does not block; a second
// call does nothing.
func (s *Socket) Close(code CloseCode, reason string) { s.shutAs(code, reason) }

// Abort closes a socket that was never registered, with a frame (nil: none)
// before the close.
func (h *Hub) Abort(s *Socket, code CloseCode, reason string, last []byte) {
	s.shut(code, reason, last)
}

// shutAs closes with the bye that belongs to the code.
func (s *Socket) shutAs(code CloseCode, reason string) bool {
	if s.isClosing() {
		return false // spares encoding the bye; shut decides
	}
	return s.shut(code, reason, s.hub.o.Bye(reason, reconnectAfter(code)))
}

// shut queues the last message (nil: none) and the close frame, and lets nothing
// be queued or delivered after them. It reports whether it was the first.
func (s *Socket) shut(code CloseCode, reason string, last []byte) bool {
	h := s.hub
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return false
	}
	s.closing, s.reason = true, reason
	if code == CloseTooSlow || reason == ReasonLeft {
		// The peer will not read what is pending, or would drop it.
		s.outbox.takeAll()
	}
	if len(last) > 0 {
		s.outbox.add(entry{frame: last})
	}
	if !s.stream { // a stream ends with its connection
		s.outbox.add(entry{frame: closeFrame(code, reason), control: true})
	}
	s.closeBy = time.Now().Add(h.o.CloseTimeout)
	// Reading ends for good when the peer ends its side, and this late at most.
	_ = s.conn.SetReadDeadline(s.closeBy.Add(h.o.CloseTimeout))
	write := !s.flushing
	if s.flushing {
		// The writer that is under way has until closeBy.
		_ = s.conn.SetWriteDeadline(s.closeBy)
	}
	s.flushing = true
	unread := !s.reading
	s.reading = true
	s.mu.Unlock()

	h.unlist(s)
	if write {
		s.writePending()
	}
	if !unread {
		s.lookAgain()
	} else if s.claim() {
		go s.read() // reads to the end and drops it
	}
	return true
}

// left answers a client's close frame with the same code.
func (s *Socket) left(payload []byte) error {
	code, err := closeOf(payload)
	if err != nil {
		return err
	}
	if code == closeNone {
		code = 1000
	}
	s.shut(code, ReasonLeft, nil)
	return nil
}

// endOurSide follows the close frame. The peer sees the end of the stream and
// ends its own side; what it still sends is read and dropped until then.
func (s *Socket) endOurSide() {
	if half, ok := s.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(s.hub.o.CloseTimeout))
}

func (s *Socket) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// fail ends a socket without a bye or a close frame: the peer is gone.
func (s *Socket) fail(reason string) {
	s.mu.Lock()
	if !s.closing {
		s.closing, s.reason = true, reason
	}
	unread := !s.reading
	s.reading = true
	s.mu.Unlock()
	s.hub.unlist(s)
	s.cut()
	if unread && s.claim() {
		go s.read() // finds it cut
	}
}

// cut ends the connection now. What the kernel has not sent yet is dropped: a
// peer that does not read must not keep it for minutes.
func (s *Socket) cut() {
	s.mu.Lock()
	cut := !s.broken
	s.broken = true
	s.mu.Unlock()
	if !cut {
		return
	}
	conn := underneath(s.conn) // without TLS' own farewell, which may wait
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
	s.lookAgain()
}

// underneath is the connection below TLS, or the connection itself.
func underneath(conn net.Conn) net.Conn {
	if over, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return over.NetConn()
	}
	return conn
}

// readEnded is the last act of a socket's reading.
func (s *Socket) readEnded(err error) {
	s.mu.Lock()
	// A peer that has sent its close frame may end its side and still read ours.
	listens := s.closing && errors.Is(err, io.EOF)
	if !s.closing {
		s.closing, s.reason = true, ReasonGone
	}
	s.readDone = true
	writing := s.flushing
	s.mu.Unlock()
	s.hub.poller.remove(s)
	s.hub.unlist(s)
	switch {
	case writing && listens:
		return // the writer has until closeBy, and then ends the socket
	case writing || errors.Is(err, os.ErrDeadlineExceeded):
		s.cut()
	default:
		s.closeConn()
	}
	if !writing {
		s.finish()
	}
}

// closeConn ends the connection in order: nothing of ours is left unsent but
// what the kernel has, which a peer that reads will get.
func (s *Socket) closeConn() {
	s.mu.Lock()
	s.broken = true
	s.mu.Unlock()
	_ = s.conn.Close()
}

// finish calls Handler.Closed, once reading and writing have ended.
func (s *Socket) finish() {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.ended = true
	handler, reason := s.handler, s.reason
	if s.life != nil {
		s.life.cancel()
	}
	s.mu.Unlock()
	s.hub.metrics.closes.WithLabelValues(reason).Inc()
	if handler != nil {
		s.tellClosed(handler, reason)
	}
	s.hub.drop(s)
}

func (s *Socket) tellClosed(handler Handler, reason string) {
	defer func() {
		if p := recover(); p != nil {
			s.hub.logPanic("the end of a socket", p)
		}
	}()
	handler.Closed(s, reason)
}
