package crowd

import (
	"encoding/binary"
	"errors"
	"fmt"
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
	maxControl = 125     // bytes of payload of a control frame
	maxMessage = 4 << 20 // bytes of a message, enough for the seats of a stadium
)

// frame is one frame of the server. The payload is part of the bytes parsed.
type frame struct {
	fin     bool
	opcode  byte
	payload []byte
}

// parseFrame takes the first frame off b. A size of 0 means that b does not hold
// the whole frame yet.
func parseFrame(b []byte) (f frame, size int, err error) {
	if len(b) < 2 {
		return frame{}, 0, nil
	}
	f.fin, f.opcode = b[0]&0x80 != 0, b[0]&0x0F
	if b[0]&0x70 != 0 {
		return frame{}, 0, errors.New("a frame with reserved bits, although no extension was negotiated")
	}
	if b[1]&0x80 != 0 {
		return frame{}, 0, errors.New("a masked frame from a server")
	}
	control := f.opcode&0x8 != 0
	if f.opcode > opBinary && f.opcode < opClose || f.opcode > opPong {
		return frame{}, 0, fmt.Errorf("a frame of the unknown opcode %d", f.opcode)
	}
	length, header := uint64(b[1]&0x7F), 2
	switch {
	case control && (length > maxControl || !f.fin):
		return frame{}, 0, errors.New("a control frame that is longer than 125 bytes or in fragments")
	case length == 126:
		if len(b) < 4 {
			return frame{}, 0, nil
		}
		length, header = uint64(binary.BigEndian.Uint16(b[2:])), 4
	case length == 127:
		if len(b) < 10 {
			return frame{}, 0, nil
		}
		length, header = binary.BigEndian.Uint64(b[2:]), 10
	}
	if length > maxMessage {
		return frame{}, 0, fmt.Errorf("a frame of %d bytes", length)
	}
	if uint64(len(b)-header) < length {
		return frame{}, 0, nil
	}
	size = header + int(length)
	f.payload = b[header:size:size]
	return f, size, nil
}

// appendFrame appends one masked frame, as clients must send them.
func appendFrame(dst []byte, opcode byte, payload []byte, mask uint32) []byte {
	dst = append(dst, 0x80|opcode)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	case n < 1<<16:
		dst = append(dst, 0x80|126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, 0x80|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	var key [4]byte
	binary.BigEndian.PutUint32(key[:], mask)
	dst = append(dst, key[:]...)
	for i, b := range payload {
		dst = append(dst, b^key[i&3])
	}
	return dst
}
