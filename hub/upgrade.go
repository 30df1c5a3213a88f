package hub

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"

	"usher/internal/fault"
)

// Subprotocol is offered to clients that ask for one.
const Subprotocol = "usher.v1"

// sendBuffer bounds what the kernel keeps for a client that does not read:
// without it one such client pins megabytes.
const sendBuffer = 32 << 10

// Upgrade turns a request into a socket without an identity: it reads and sends
// nothing until Register. On an error the HTTP answer has been written.
// Origin and session are the caller's to check, before.
//
// The handler may return while the socket lives: neither the request nor the
// buffers of net/http are kept. The answer to the handshake is sent together with
// the first frame, by Register or Abort.
func (h *Hub) Upgrade(w http.ResponseWriter, r *http.Request) (s *Socket, err error) {
	if !h.beginUpgrade() {
		refuse(w, http.StatusServiceUnavailable, string(fault.Draining), "This node is shutting down.")
		return nil, fault.New(fault.Draining, "This node is shutting down.")
	}
	defer func() { h.endUpgrade(s) }() // also when what is handed in panics
	key, status, reason := handshakeKey(r)
	if status != 0 {
		refuse(w, status, string(fault.InvalidRequest), reason)
		return nil, fault.New(fault.InvalidRequest, "%s", reason)
	}
	from := hijackerOf(w)
	if from == nil {
		refuse(w, http.StatusNotImplemented, string(fault.Internal), "This server cannot open sockets.")
		return nil, errors.New("upgrading to a socket: the response writer is no http.Hijacker")
	}
	conn, buffered, err := from.Hijack()
	if err != nil {
		refuse(w, http.StatusInternalServerError, string(fault.Internal), "The connection could not be taken over.")
		return nil, fmt.Errorf("upgrading to a socket: %w", err)
	}
	s = &Socket{hub: h, conn: conn}
	// What the client sent without waiting for the answer.
	if n := buffered.Reader.Buffered(); n > 0 {
		early, err := buffered.Reader.Peek(n)
		if err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("upgrading to a socket: %w", err)
		}
		s.rest = slices.Clone(early)
	}
	if bounded, ok := underneath(conn).(interface{ SetWriteBuffer(int) error }); ok {
		_ = bounded.SetWriteBuffer(sendBuffer)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		s.raw = rawOf(tcp)
	}
	// The answer to the handshake leaves with the first frame, in one write.
	s.outbox.add(entry{frame: handshakeAnswer(key, offersOurs(r.Header), w.Header()), control: true})
	return s, nil
}

// hijackerOf finds the Hijacker below what middleware has wrapped around it.
func hijackerOf(w http.ResponseWriter) http.Hijacker {
	for {
		switch t := w.(type) {
		case http.Hijacker:
			return t
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return nil
		}
	}
}
