package hub

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"usher/internal/fault"
)

// Stream turns a request into a socket that sends server-sent events: each message is
// the data line of an event, a ping is a comment, and the end of the connection is the
// close. In all else it is a socket like those of Upgrade. w has the headers of the
// answer. On an error nothing has been written. Errors: draining, invalid_request.
//
// The answer has no length and ends with the connection, so that a shared message is the
// same bytes for every stream, and proxies that speak HTTP/1.0 pass it on.
func (h *Hub) Stream(w http.ResponseWriter) (s *Socket, err error) {
	if !h.beginUpgrade() {
		return nil, fault.New(fault.Draining, "this node is shutting down; connect again to reach another one")
	}
	defer func() { h.endUpgrade(s) }()
	taker := &taker{ResponseWriter: w, from: hijackerOf(w)}
	if taker.from == nil {
		return nil, errNoTakeover
	}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&head) // to memory: it does not fail
	head.WriteString("\r\n")
	if _, _, err := taker.Hijack(); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoTakeover, err)
	}
	s = h.own(taker.conn, head.Bytes())
	s.stream = true
	return s, nil
}

var errNoTakeover = fault.New(fault.InvalidRequest, "a stream of events needs a connection of HTTP/1.1 of its own")

// Heard notes a sign of life of the client whose stream a key has: the client answers
// each comment by a request, because it can send nothing on the stream. With echo a
// comment goes back, which shows the client that its stream flows, as a pong does. It
// reports false when the key has no stream here.
func (h *Hub) Heard(key Key, echo bool) bool {
	s := h.Get(key)
	if s == nil || !s.stream {
		return false
	}
	s.heard.Store(h.now())
	if echo {
		s.control(pongComment)
	}
	return true
}

// pongComment is the whole comment. Clients do not answer it.
var pongComment = []byte(": pong\n\n")

// overheard drops what the client of a stream sent: it has sent its one request. Sending
// without end is flooding.
func (s *Socket) overheard() {
	s.rest = nil
	if !s.isClosing() && !s.withinRate(s.hub.now()) {
		s.shutAs(CloseFlooding, ReasonFlooding)
	}
}

// addEvent appends a message as an event. A message has no line breaks.
func (b *burst) addEvent(message []byte) {
	if len(message) == 0 {
		return
	}
	b.buf = append(b.buf, "data: "...)
	if len(message) >= longMessage {
		b.longs = append(b.longs, long{len(b.buf), message})
	} else {
		b.buf = append(b.buf, message...)
	}
	b.buf = append(b.buf, "\n\n"...)
}
