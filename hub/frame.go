package hub

import (
	"encoding/binary"
	"unicode/utf8"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

const (
	maxHeader  = 14  // a client's frame: two bytes, eight of length, four of mask
	maxControl = 125 // payload of a control frame
)

// frame is one frame of a client, unmasked.
type frame struct {
	fin     bool
	opcode  byte
	payload []byte
}

func (f frame) control() bool { return f.opcode&0x8 != 0 }

// counts reports whether a frame counts against the rate limit. A fragment is
// part of a message already counted, but an empty one would be free without end;
// a close frame is the last of all, and no flood.
func (f frame) counts() bool {
	switch f.opcode {
	case opContinuation:
		return len(f.payload) == 0
	case opClose:
		return false
	default:
		return true
	}
}

// breach is why a client's bytes are not taken; the socket closes with it.
type breach struct {
	code   CloseCode
	reason string
}

func (b *breach) Error() string { return b.reason }

var (
	errProtocol = &breach{CloseProtocol, ReasonProtocol}
	errTooLarge = &breach{CloseTooLarge, ReasonTooLarge}
)

// parseFrame takes the first frame off b and unmasks it in place. A size of 0
// means that b does not hold all of it yet. limit bounds a data frame's payload,
// and is checked before the payload is there.
func parseFrame(b []byte, limit int64) (f frame, size int, err error) {
	if len(b) < 2 {
		return frame{}, 0, nil
	}
	f.fin, f.opcode = b[0]&0x80 != 0, b[0]&0x0F
	switch f.opcode {
	case opContinuation, opText, opBinary, opClose, opPing, opPong:
	default:
		return frame{}, 0, errProtocol
	}
	// No extension was agreed, so reserved bits are an error; so is a client's
	// frame without a mask.
	if b[0]&0x70 != 0 || b[1]&0x80 == 0 {
		return frame{}, 0, errProtocol
	}
	length, at := uint64(b[1]&0x7F), 2
	if f.control() && (!f.fin || length > maxControl) {
		return frame{}, 0, errProtocol
	}
	switch length {
	case 126:
		if len(b) < at+2 {
			return frame{}, 0, nil
		}
		length, at = uint64(binary.BigEndian.Uint16(b[at:])), at+2
	case 127:
		if len(b) < at+8 {
			return frame{}, 0, nil
		}
		length, at = binary.BigEndian.Uint64(b[at:]), at+8
	}
	if length > uint64(limit) && !f.control() {
		return frame{}, 0, errTooLarge
	}
	size = at + 4 + int(length)
	if len(b) < size {
		return frame{}, 0, nil
	}
	f.payload = b[at+4 : size : size]
	unmask(f.payload, [4]byte(b[at:]))
	return f, size, nil
}

func unmask(payload []byte, key [4]byte) {
	word := uint64(binary.LittleEndian.Uint32(key[:]))
	word |= word << 32
	for len(payload) >= 8 {
		binary.LittleEndian.PutUint64(payload, binary.LittleEndian.Uint64(payload)^word)
		payload = payload[8:]
	}
	for i := range payload {
		payload[i] ^= key[i&3]
	}
}

// appendFrame appends a whole frame of ours: final and unmasked.
func appendFrame(to []byte, opcode byte, payload []byte) []byte {
	return append(appendHeader(to, opcode, len(payload)), payload...)
}

func appendHeader(to []byte, opcode byte, length int) []byte {
	to = append(to, 0x80|opcode)
	switch {
	case length < 126:
		return append(to, byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(to, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(to, 127), uint64(length))
	}
}

// closeFrame returns a close frame; a reason too long for one is cut.
func closeFrame(code CloseCode, reason string) []byte {
	if len(reason) > maxControl-2 {
		reason = reason[:maxControl-2]
		for !utf8.ValidString(reason) {
			reason = reason[:len(reason)-1]
		}
	}
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return appendFrame(nil, opClose, append(payload, reason...))
}

// closeOf reads a client's close payload. It may be empty, else it holds a code
// that may stand on the wire and a reason in UTF-8.
func closeOf(payload []byte) (CloseCode, error) {
	if len(payload) == 0 {
		return closeNone, nil
	}
	if len(payload) < 2 || !utf8.Valid(payload[2:]) {
		return 0, errProtocol
	}
	code := CloseCode(binary.BigEndian.Uint16(payload))
	switch {
	case code >= 3000 && code <= 4999:
	case code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006:
	default:
		return 0, errProtocol
	}
	return code, nil
}
