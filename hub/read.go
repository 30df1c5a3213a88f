package hub

import (
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"
	"unicode/utf8"
)

// chunkSize is what is read at once.
const chunkSize = 4 << 10

// read is a socket's first reading goroutine. It takes what came with the
// handshake before it waits for more.
func (s *Socket) read() {
	if len(s.rest) > 0 {
		early := s.rest
		s.rest = nil
		s.received(early)
	}
	if s.raw != nil {
		s.park()
		return
	}
	for s.serve() {
	}
}

// park waits, on a small stack and without a buffer, until there is something to
// read. What then runs needs a deep stack, so it is the last thing this
// goroutine does: a fresh one waits for the next bytes.
func (s *Socket) park() {
	if err := s.raw.Read(readable); err != nil {
		s.readEnded(err)
		return
	}
	if s.serve() {
		go s.park()
	}
}

// serve reads once and handles what came. It reports whether there may be more.
func (s *Socket) serve() bool {
	chunk := s.hub.chunks.Get().(*[chunkSize]byte)
	defer s.hub.chunks.Put(chunk)
	n, err := s.conn.Read(chunk[:])
	if n > 0 {
		s.received(chunk[:n])
	}
	if err != nil {
		s.readEnded(err)
		return false
	}
	return true
}

// received takes the frames out of what has arrived and keeps the beginning of
// one that has not arrived in full. A closing socket's bytes are read to the end
// and dropped: closing on unread bytes would reset the connection, and the
// client might never see why.
func (s *Socket) received(p []byte) {
	if len(s.rest) > 0 {
		s.rest = append(s.rest, p...)
		p = s.rest
	}
	for len(p) > 0 {
		if s.isClosing() {
			s.rest, s.message = nil, nil
			return
		}
		f, size, err := parseFrame(p, s.hub.o.MaxFrame)
		if err == nil && size == 0 {
			break
		}
		if err == nil {
			p = p[size:]
			err = s.take(f)
		}
		if why := (*breach)(nil); errors.As(err, &why) {
			s.shutAs(why.code, why.reason)
		}
	}
	switch {
	case len(p) == 0:
		s.rest = nil
	case len(s.rest) > 0:
		s.rest = s.rest[:copy(s.rest, p)]
	default:
		s.rest = slices.Clone(p)
	}
}

// take handles one frame. Any frame is a sign of life.
func (s *Socket) take(f frame) error {
	now := s.hub.now()
	s.heard.Store(now)
	if f.counts() && !s.withinRate(now) {
		return &breach{CloseFlooding, ReasonFlooding}
	}
	if s.opcode != 0 && (f.opcode == opText || f.opcode == opBinary) {
		return errProtocol // a message within a message
	}
	switch f.opcode {
	case opPing:
		s.control(appendFrame(nil, opPong, f.payload))
		return nil
	case opPong:
		return nil
	case opClose:
		return s.left(f.payload)
	case opBinary:
		return &breach{CloseUnsupported, ReasonUnsupported}
	case opText:
		if f.fin {
			return s.deliver(f.payload)
		}
		s.opcode = opText
	case opContinuation:
		if s.opcode == 0 {
			return errProtocol
		}
	}
	if int64(len(s.message)+len(f.payload)) > s.hub.o.MaxFrame {
		return errTooLarge
	}
	s.message = append(s.message, f.payload...)
	if !f.fin {
		return nil
	}
	whole := s.message
	s.message, s.opcode = nil, 0
	return s.deliver(whole)
}

// withinRate is a token bucket kept as one number: the moment at which all that
// was received has been paid off.
func (s *Socket) withinRate(now int64) bool {
	token := int64(float64(time.Second) / s.hub.o.Rate)
	due := max(s.due, now) + token
	if due-now > token*int64(s.hub.o.Burst) {
		return false
	}
	s.due = due
	return true
}

// deliver gives a whole message to the handler. A handler's panic ends its
// socket, nothing else.
func (s *Socket) deliver(message []byte) (err error) {
	if !utf8.Valid(message) {
		return &breach{CloseInvalidText, ReasonInvalidText}
	}
	s.handling.Store(true)
	defer func() {
		s.heard.Store(s.hub.now())
		s.handling.Store(false)
		if p := recover(); p != nil {
			s.hub.logPanic("a message", p)
			err = &breach{CloseInternal, ReasonInternal}
		}
	}()
	s.handler.Message(s, message)
	return nil
}

func (h *Hub) logPanic(handling string, p any) {
	h.o.Logger.Error("panic while handling "+handling, slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
}
