package hub

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"

	"github.com/coder/websocket"

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
		refuseDraining(w)
		return nil, fault.New(fault.Draining, "This node is shutting down.")
	}
	defer func() { h.endUpgrade(s) }() // also when what is handed in panics
	taker := &taker{ResponseWriter: w, from: hijackerOf(w)}
	answer := http.ResponseWriter(taker)
	if taker.from == nil {
		answer = w // Accept finds it out, and answers 501
	}
	accepted, err := websocket.Accept(answer, r, &websocket.AcceptOptions{
		Subprotocols:       []string{Subprotocol},
		InsecureSkipVerify: true, // the caller has applied our own rule
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		if taker.conn != nil {
			_ = taker.conn.Close()
		}
		return nil, fmt.Errorf("upgrading to a socket: %w", err)
	}
	_ = accepted.CloseNow() // closes nothing; without it a finalizer keeps its buffers for two collections
	s = h.own(taker.conn, taker.head)
	s.rest = taker.early
	return s, nil
}

// own makes a socket of a connection that was taken over. The answer to the request,
// head, leaves with the first frame, in one write.
func (h *Hub) own(conn net.Conn, head []byte) *Socket {
	s := &Socket{hub: h, conn: conn}
	if bounded, ok := underneath(conn).(interface{ SetWriteBuffer(int) error }); ok {
		_ = bounded.SetWriteBuffer(sendBuffer)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		s.raw = rawOf(tcp)
	}
	s.outbox.add(entry{frame: head, control: true})
	return s
}

func refuseDraining(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(`{"type":"about:blank","title":"Service Unavailable","status":503,` +
		`"detail":"This node is shutting down.","code":"draining"}`))
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

// taker keeps the hijacked connection for the hub and hands Accept one that does
// nothing. Accept then only makes the answer to the handshake, and dropping the
// connection that it returns does not end the real one.
type taker struct {
	http.ResponseWriter
	from http.Hijacker

	conn  net.Conn
	early []byte // what the client sent without waiting for the answer
	head  []byte // the answer to the handshake
}

// WriteHeader keeps the answer to a good handshake for the hub to send.
func (t *taker) WriteHeader(status int) {
	if status != http.StatusSwitchingProtocols {
		t.ResponseWriter.WriteHeader(status)
		return
	}
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	_ = t.Header().Write(&head) // to memory: it does not fail
	head.WriteString("\r\n")
	t.head = head.Bytes()
}

func (t *taker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := t.from.Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.conn = conn
	if n := buffered.Reader.Buffered(); n > 0 {
		early, err := buffered.Reader.Peek(n)
		if err != nil {
			return nil, nil, err
		}
		t.early = slices.Clone(early)
	}
	none := noConn{conn}
	return none, bufio.NewReadWriter(
		bufio.NewReaderSize(bytes.NewReader(nil), 16), bufio.NewWriterSize(none, 16)), nil
}

// noConn is the connection that Accept gets.
type noConn struct{ net.Conn }

var errTaken = errors.New("the connection is the hub's")

func (noConn) Read([]byte) (int, error)  { return 0, errTaken }
func (noConn) Write([]byte) (int, error) { return 0, errTaken }
func (noConn) Close() error              { return nil }
