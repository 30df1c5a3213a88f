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

// chunk is what one read brings.
type chunk struct {
	buf     [chunkSize]byte
	n       int
	nothing bool  // nothing has arrived
	err     error // why reading has ended

	direct func(fd uintptr) // reads what is there without blocking
}

func newChunk() *chunk {
	c := &chunk{}
	c.direct = c.readDirect
	return c
}

func (h *Hub) chunk() *chunk { return h.chunks.Get().(*chunk) }

func (h *Hub) release(c *chunk) {
	c.n, c.nothing, c.err = 0, false, nil
	h.chunks.Put(c)
}

// readFrom reads what has arrived at a socket without waiting.
func (c *chunk) readFrom(s *Socket) {
	c.n, c.nothing, c.err = 0, false, nil
	if err := s.raw.Control(c.direct); err != nil {
		c.err = err
	}
}

// full reports whether there may be more to read than this.
func (c *chunk) full() bool { return c.n == len(c.buf) }

// startReading begins to read a socket that Register has made live.
func (s *Socket) startReading() {
	if s.raw == nil {
		go s.read()
		return
	}
	if !s.claim() {
		return // it closes already, and is read to its end
	}
	early := len(s.rest) > 0 // came with the handshake
	switch {
	case !s.hub.poller.add(s):
		go s.read() // and keeps the claim
	case early || !s.unclaim():
		go s.serve(s.hub.chunk(), true)
	}
}

// The states of reading a polled socket. Of all who want to read, one claims the
// socket; the others leave a note that there is more to read.
const (
	unclaimed int32 = iota
	claimed
	claimedAgain // claimed, and there may be more since
)

// claim makes the caller the only one who reads. It reports false when another
// goroutine reads, which then reads once more.
func (s *Socket) claim() bool {
	for {
		switch {
		case s.claims.CompareAndSwap(unclaimed, claimed):
			return true
		case s.claims.CompareAndSwap(claimed, claimedAgain), s.claims.Load() == claimedAgain:
			return false
		}
	}
}

// unclaim ends a claim. It reports false when there may be more to read: then the
// caller has to read until nothing is left.
func (s *Socket) unclaim() bool {
	if s.claims.CompareAndSwap(claimed, unclaimed) {
		return true
	}
	s.claims.Store(claimed)
	return false
}

// lookAgain has a polled socket read once more, because it is closing or was cut:
// of that the poller sends no event.
func (s *Socket) lookAgain() {
	if s.raw != nil && s.claim() {
		go s.serve(s.hub.chunk(), true)
	}
}

// serve handles what c holds and reads on until nothing is left. The caller has
// claimed the socket. drain: a short read is not yet the end of what is there.
func (s *Socket) serve(c *chunk, drain bool) {
	defer s.hub.release(c)
	if early := s.rest; c.n == 0 && c.err == nil && len(early) > 0 {
		s.rest = nil
		s.received(early)
	}
	for {
		if c.n > 0 {
			s.received(c.buf[:c.n])
		}
		if c.err != nil {
			s.readEnded(c.err)
			return
		}
		if s.isClosing() {
			// What is left to read has a deadline, which only a blocking read keeps.
			for s.readBlocking() {
			}
			return
		}
		if c.nothing || c.n > 0 && !c.full() && !drain {
			if s.unclaim() {
				return
			}
			drain = true
		}
		c.readFrom(s)
	}
}

// read reads a socket in a goroutine of its own, where the poller does not.
func (s *Socket) read() {
	if early := s.rest; len(early) > 0 {
		s.rest = nil
		s.received(early)
	}
	for s.readBlocking() {
	}
}

// readBlocking waits for something to read and handles it. It reports whether
// there may be more.
func (s *Socket) readBlocking() bool {
	c := s.hub.chunk()
	defer s.hub.release(c)
	n, err := s.conn.Read(c.buf[:])
	if n > 0 {
		s.received(c.buf[:n])
	}
	if err != nil {
		s.readEnded(err)
		return false
	}
	return true
}

// onlyPongs handles p if it is nothing but whole pongs: nearly all that a crowd
// sends while it waits. It calls no handler and closes nothing. The caller has
// claimed the socket.
func (s *Socket) onlyPongs(p []byte) bool {
	if len(s.rest) > 0 || s.stream {
		return false
	}
	pongs := 0
	for ; len(p) > 0; pongs++ {
		if len(p) < 6 || p[0] != 0x80|opPong || p[1]&0x80 == 0 || p[1]&0x7F > maxControl || len(p) < 6+int(p[1]&0x7F) {
			return false
		}
		p = p[6+int(p[1]&0x7F):]
	}
	now := s.hub.now()
	for range pongs {
		if !s.withinRate(now) {
			return false
		}
	}
	s.heard.Store(now)
	return true
}

// received takes the frames out of what has arrived and keeps the beginning of
// one that has not arrived in full. A closing socket's bytes are read to the end
// and dropped: closing on unread bytes would reset the connection, and the
// client might never see why.
func (s *Socket) received(p []byte) {
	if s.stream {
		s.overheard()
		return
	}
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
