package crowd

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// link is the WebSocket state of one client socket. A transport carries its bytes.
type link struct {
	state      linkState
	dials      uint32 // counts the connections, so that each has another nonce
	in         []byte // bytes of a handshake or frame that is not complete yet
	message    []byte // fragments of a message that is not complete yet
	fragmented bool
}

type linkState uint8

const (
	linkIdle    linkState = iota // there is no connection
	linkDialing                  // TCP and TLS are connecting
	linkShaking                  // the upgrade request was sent
	linkOpen
	linkClosing // the fan has sent a close frame; further frames are dropped
)

const (
	maxAnswer = 16 << 10 // bytes of an answer to a handshake
	// The GUID of RFC 6455, section 1.3.
	acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
)

// nonce is the Sec-WebSocket-Key of a connection. It is computed from the socket's
// index and count of dials, so that it need not be stored to check the answer.
func nonce(seed uint64, i int, dials uint32) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], seed)
	binary.BigEndian.PutUint32(raw[8:], uint32(i))
	binary.BigEndian.PutUint32(raw[12:], dials)
	return base64.StdEncoding.EncodeToString(raw[:])
}

// accepts is the Sec-WebSocket-Accept that answers a nonce.
func accepts(nonce string) string {
	sum := sha1.Sum([]byte(nonce + acceptGUID))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// refusal is an upgrade that the server answered with another status than 101.
type refusal struct {
	status     int
	code       string // of the problem document; "" when there is none
	detail     string
	retryAfter time.Duration // 0: the server does not say
}

func (r *refusal) Error() string {
	if r.code == "" {
		return fmt.Sprintf("the upgrade was refused: %d", r.status)
	}
	return fmt.Sprintf("the upgrade was refused: %d %s: %s", r.status, r.code, r.detail)
}

// parseAnswer parses the answer to a handshake at the beginning of b. A size of 0
// means that b does not have the whole answer yet. After a refusal the connection
// ends, so its size does not matter.
func parseAnswer(b []byte, nonce string, ended bool) (size int, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		switch {
		case len(b) > maxAnswer:
			return 0, fmt.Errorf("the answer to the handshake has more than %d bytes", maxAnswer)
		case ended:
			return 0, io.ErrUnexpectedEOF
		}
		return 0, nil
	}
	answer, err := http.ReadResponse(bufio.NewReaderSize(bytes.NewReader(b), 1024), nil) //nolint:bodyclose // the body is in memory
	if err != nil {
		return 0, fmt.Errorf("the answer to the handshake cannot be parsed: %w", err)
	}
	if answer.StatusCode == http.StatusSwitchingProtocols {
		if answer.Header.Get("Sec-WebSocket-Accept") != accepts(nonce) {
			return 0, errors.New("the answer to the handshake has a wrong Sec-WebSocket-Accept")
		}
		return end + 4, nil
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil && !ended && len(b) < maxAnswer {
		return 0, nil
	}
	r := &refusal{status: answer.StatusCode}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		r.retryAfter = time.Duration(seconds) * time.Second
	}
	var problem struct{ Code, Detail string }
	if json.Unmarshal(body, &problem) == nil {
		r.code, r.detail = problem.Code, problem.Detail
	}
	return 0, r
}

// closed is a close frame of the server.
type closed struct {
	code   int
	reason string
}

func (c *closed) Error() string {
	return fmt.Sprintf("the server closed the socket with %d %s", c.code, c.reason)
}

// take processes a frame. It returns the text of a complete message, or the frame with
// which to answer a control frame. An error ends the connection.
func (l *link) take(f frame) (text []byte, answer byte, err error) {
	switch f.opcode {
	case opPing:
		return nil, opPong, nil
	case opPong:
		return nil, 0, nil
	case opClose:
		c := &closed{code: 1005}
		if len(f.payload) >= 2 {
			c.code, c.reason = int(binary.BigEndian.Uint16(f.payload)), string(f.payload[2:])
		}
		return nil, 0, c
	case opContinuation:
		if !l.fragmented {
			return nil, 0, errors.New("a continuation frame without a message")
		}
	default:
		if l.fragmented {
			return nil, 0, errors.New("a new message before the last one ended")
		}
		if f.opcode == opBinary {
			return nil, 0, errors.New("a binary message")
		}
	}
	if !f.fin || l.fragmented {
		if len(l.message)+len(f.payload) > maxMessage {
			return nil, 0, fmt.Errorf("a message of more than %d bytes", maxMessage)
		}
		l.message = append(l.message, f.payload...)
		l.fragmented = !f.fin
		if !f.fin {
			return nil, 0, nil
		}
		f.payload, l.message = l.message, nil
	}
	if !utf8.Valid(f.payload) {
		return nil, 0, errors.New("a text message that is not UTF-8")
	}
	return f.payload, 0, nil
}
