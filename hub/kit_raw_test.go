package hub_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"

	"usher/hub"
)

// Frame bits and opcodes as a client writes them.
const (
	fin          = 0x80
	continuation = 0x0
	text         = 0x1
	binaryData   = 0x2
	closing      = 0x8
	ping         = 0x9
	pong         = 0xA
)

// masked is one client frame with the given first byte.
func masked(first byte, payload string) []byte {
	frame := []byte{first}
	switch n := len(payload); {
	case n < 126:
		frame = append(frame, 0x80|byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(n))
	}
	key := [4]byte{0x12, 0x34, 0x56, 0x78}
	frame = append(frame, key[:]...)
	for i := range len(payload) {
		frame = append(frame, payload[i]^key[i%4])
	}
	return frame
}

func (c *rawClient) write(frames ...[]byte) {
	c.t.Helper()
	for _, f := range frames {
		if _, err := c.conn.Write(f); err != nil {
			c.t.Fatal(err)
		}
	}
}

// read returns the next frame; io.EOF or another error at the end.
func (c *rawClient) read() (first byte, payload string, err error) {
	var head [2]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return 0, "", err
	}
	length := uint64(head[1])
	var long [8]byte
	switch length {
	case 126:
		_, err = io.ReadFull(c.in, long[6:])
		length = binary.BigEndian.Uint64(long[:])
	case 127:
		_, err = io.ReadFull(c.in, long[:])
		length = binary.BigEndian.Uint64(long[:])
	}
	if err != nil {
		return 0, "", err
	}
	body := make([]byte, length)
	_, err = io.ReadFull(c.in, body)
	return head[0], string(body), err
}

func (c *rawClient) want(first byte, payload string) {
	c.t.Helper()
	gotFirst, got, err := c.read()
	if err != nil || gotFirst != first || got != payload {
		c.t.Fatalf("read %#x %.200q, %v, want %#x %.200q", gotFirst, got, err, first, payload)
	}
}

// wantClose reads a bye with the reason and a close frame with the code.
func (c *rawClient) wantClose(code hub.CloseCode, reason string) {
	c.t.Helper()
	for {
		first, payload, err := c.read()
		if err != nil {
			c.t.Fatalf("%v before the close frame", err)
		}
		if first != fin|closing {
			continue
		}
		if len(payload) < 2 || hub.CloseCode(binary.BigEndian.Uint16([]byte(payload))) != code || payload[2:] != reason {
			c.t.Fatalf("close frame %q, want %d %q", payload, code, reason)
		}
		return
	}
}

// wantEnd reads to the end of the stream.
func (c *rawClient) wantEnd() {
	c.t.Helper()
	for {
		if _, _, err := c.read(); err != nil {
			if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
				c.t.Fatal("the connection was not ended")
			}
			return
		}
	}
}
