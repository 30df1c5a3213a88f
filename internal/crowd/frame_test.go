package crowd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// serverFrame is a frame as a server sends it.
func serverFrame(fin bool, opcode byte, payload []byte) []byte {
	first := opcode
	if fin {
		first |= 0x80
	}
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// readAll takes messages off bytes that come in pieces of a size, as Pool does.
func readAll(b []byte, piece int) (messages [][]byte, err error) {
	var l link
	var in []byte
	for len(b) > 0 {
		n := min(piece, len(b))
		in, b = append(in, b[:n]...), b[n:]
		for {
			f, size, err := parseFrame(in)
			if err != nil {
				return messages, err
			}
			if size == 0 {
				break
			}
			text, _, err := l.take(f)
			if err != nil {
				return messages, err
			}
			if text != nil {
				messages = append(messages, bytes.Clone(text))
			}
			in = in[size:]
		}
	}
	return messages, nil
}

func TestFramesOfEverySize(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 65535, 65536, 1 << 20} {
		payload := bytes.Repeat([]byte("x"), n)
		for _, piece := range []int{7, 1 << 21} {
			if n > 1<<16 && piece == 7 {
				continue
			}
			got, err := readAll(serverFrame(true, opText, payload), piece)
			if err != nil || len(got) != 1 || !bytes.Equal(got[0], payload) {
				t.Errorf("%d bytes in pieces of %d: %d messages, %v", n, piece, len(got), err)
			}
		}
		sent := appendFrame(nil, opText, payload, 0xA1B2C3D4)
		header := len(sent) - n
		for i := range n {
			if sent[header+i]^sent[header-4+i&3] != 'x' {
				t.Fatalf("byte %d of %d is masked wrongly", i, n)
			}
		}
	}
}

func TestFragmentsAroundAPing(t *testing.T) {
	b := serverFrame(false, opText, []byte("one, "))
	b = append(b, serverFrame(true, opPing, []byte("?"))...)
	b = append(b, serverFrame(false, opContinuation, nil)...)
	b = append(b, serverFrame(true, opContinuation, []byte("message"))...)
	got, err := readAll(b, 3)
	if err != nil || len(got) != 1 || string(got[0]) != "one, message" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAServersBadFrames(t *testing.T) {
	for name, b := range map[string][]byte{
		"masked":                   {0x81, 0x80, 1, 2, 3, 4},
		"reserved bits":            {0xC1, 0},
		"an unknown opcode":        {0x83, 0},
		"a long ping":              {0x89, 126, 0, 126},
		"a ping in fragments":      {0x09, 0},
		"a message without an end": {0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0},
		"a length with the sign":   {0x81, 127, 0xFF, 0, 0, 0, 0, 0, 0, 0},
		"a lone continuation":      serverFrame(true, opContinuation, nil),
		"two beginnings":           append(serverFrame(false, opText, nil), serverFrame(true, opText, nil)...),
		"binary":                   serverFrame(true, opBinary, nil),
		"not UTF-8":                serverFrame(true, opText, []byte{0xFF}),
	} {
		if _, err := readAll(b, len(b)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, err := readAll(serverFrame(true, opClose, []byte("\x0f\xa8slow")), 100)
	if c := (*closed)(nil); !errors.As(err, &c) || c.code != 4008 || c.reason != "slow" {
		t.Errorf("a close frame is read as %v", err)
	}
}

// FuzzFrames: whatever a server sends, reading it in pieces gives what reading it
// whole does, and nothing panics.
func FuzzFrames(f *testing.F) {
	f.Add(serverFrame(true, opText, []byte(`{"type":"pong"}`)), uint8(1))
	f.Add(append(serverFrame(false, opText, []byte("a")), serverFrame(true, opContinuation, []byte("b"))...), uint8(3))
	f.Add(serverFrame(true, opClose, []byte{0x0F, 0xA1}), uint8(2))
	f.Add([]byte{0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, uint8(4))
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		whole, wholeErr := readAll(b, len(b)+1)
		parts, partsErr := readAll(b, int(piece)+1)
		if (wholeErr == nil) != (partsErr == nil) || !bytes.Equal(bytes.Join(whole, []byte{0}), bytes.Join(parts, []byte{0})) {
			t.Errorf("whole: %q, %v; in pieces: %q, %v", whole, wholeErr, parts, partsErr)
		}
		for _, text := range whole {
			_, _ = ParseMessage(text)
		}
		_, _ = parseAnswer(b, "x", false)
	})
}
