package conform

import (
	"bytes"
	"encoding/binary"
	"io"
	"time"
)

// socket is the client's end of an upgraded connection. It checks the text frames that
// the server sends; a server masks nothing, and this one compresses nothing.
type socket struct {
	io.ReadWriteCloser
	w       *watcher
	pending []byte // received, and not yet a whole frame
	message []byte // the parts of a message so far
}

// maxPending bounds what is collected for one frame. Larger ones are not checked.
const maxPending = 1 << 20

func (s *socket) Read(into []byte) (int, error) {
	n, err := s.ReadWriteCloser.Read(into)
	s.pending = append(s.pending, into[:n]...)
	for s.next() {
	}
	return n, err
}

// next takes one frame off pending. False means that there is no whole frame.
func (s *socket) next() bool {
	b := s.pending
	if len(b) < 2 {
		return false
	}
	final, opcode, length, head := b[0]&0x80 != 0, b[0]&0x0F, uint64(b[1]&0x7F), 2
	switch length {
	case 126:
		if len(b) < 4 {
			return false
		}
		length, head = uint64(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if len(b) < 10 {
			return false
		}
		length, head = binary.BigEndian.Uint64(b[2:]), 10
	}
	if uint64(len(b)-head) < length {
		return false
	}
	payload := b[head : head+int(length)] // bounded by the slice
	switch opcode {
	case 0, 1:
		if len(s.message)+len(payload) <= maxPending {
			s.message = append(s.message, payload...)
		}
		if final {
			s.check(s.message)
			s.message = nil
		}
	}
	s.pending = append([]byte(nil), b[head+int(length):]...) // bounded by the slice
	return true
}

func (s *socket) check(text []byte) { s.w.frame("a frame of the socket", text) }

// frame checks a message of the server.
func (w *watcher) frame(what string, text []byte) {
	began := time.Now()
	if err := w.spec.Frame(text); err != nil {
		w.fail(what, err, text)
	}
	w.count(&w.frames, began)
}

// stream is the body of a stream of events. It checks the message of each data line.
type stream struct {
	io.ReadCloser
	w       *watcher
	pending []byte // received, and not yet a whole line
}

func (s *stream) Read(into []byte) (int, error) {
	n, err := s.ReadCloser.Read(into)
	s.pending = append(s.pending, into[:n]...)
	for {
		line, rest, whole := bytes.Cut(s.pending, []byte("\n"))
		if !whole {
			return n, err
		}
		if message, is := bytes.CutPrefix(line, []byte("data: ")); is {
			s.w.frame("an event of the stream", message)
		}
		s.pending = rest
	}
}
