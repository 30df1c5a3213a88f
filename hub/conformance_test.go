package hub_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"usher/hub"
	"usher/internal/testkit"
)

// What RFC 6455 forbids a client, by its sections, and what we do beyond it.
// What it allows is in TestMessagesArriveHoweverTheirBytesDo.
func TestWhatAClientMustNotSendClosesItsSocket(t *testing.T) {
	cutShort := func(frame []byte) []byte { return frame[:len(frame)-1] }
	length64 := func(length uint64) []byte {
		return binary.BigEndian.AppendUint64([]byte{fin | text, 0x80 | 127}, length)
	}
	kibibyte := strings.Repeat("x", 1<<10)
	fragments := [][]byte{masked(text, kibibyte)}
	for range 7 {
		fragments = append(fragments, masked(continuation, kibibyte))
	}
	type test struct {
		name   string
		frames [][]byte
	}
	for _, group := range []struct {
		code   hub.CloseCode
		reason string
		tests  []test
	}{
		{hub.CloseProtocol, hub.ReasonProtocol, []test{
			{"5.1 no mask", [][]byte{{fin | text, 1, 'x'}}},
			{"5.1 no mask, and nothing to mask", [][]byte{{fin | text, 0}}},
			{"5.1 a ping without a mask", [][]byte{{fin | ping, 0}}},
			{"5.2 the first reserved bit", [][]byte{masked(fin|0x40|text, "x")}},
			{"5.2 the second", [][]byte{masked(fin|0x20|text, "x")}},
			{"5.2 the third", [][]byte{masked(fin|0x10|text, "x")}},
			{"5.2 a reserved bit of a ping", [][]byte{masked(fin|0x40|ping, "")}},
			{"5.2 a reserved bit of a close", [][]byte{masked(fin|0x10|closing, "")}},
			{"5.2 a reserved bit of a continuation", [][]byte{masked(text, "x"), masked(fin|0x40|continuation, "y")}},
			{"5.2 opcode 3", [][]byte{masked(fin|0x3, "x")}},
			{"5.2 opcode 7", [][]byte{masked(fin|0x7, "")}},
			{"5.2 opcode 11", [][]byte{masked(fin|0xB, "x")}},
			{"5.2 opcode 15", [][]byte{masked(fin|0xF, "")}},
			{"5.4 a continuation of nothing", [][]byte{masked(fin|continuation, "x")}},
			{"5.4 one that goes on", [][]byte{masked(continuation, "x")}},
			{"5.4 one of a finished message", [][]byte{masked(text, ""), masked(fin|continuation, ""), masked(fin|continuation, "x")}},
			{"5.4 a text within a message", [][]byte{masked(text, "x"), masked(fin|text, "y")}},
			{"5.4 a first fragment within a message", [][]byte{masked(text, "x"), masked(text, "y")}},
			{"5.4 binary data within a message", [][]byte{masked(text, "x"), masked(fin|binaryData, "y")}},
			{"5.5 a long ping", [][]byte{masked(fin|ping, strings.Repeat("x", 126))}},
			{"5.5 a long pong", [][]byte{masked(fin|pong, strings.Repeat("x", 126))}},
			{"5.5 a long close", [][]byte{masked(fin|closing, "\x03\xe8"+strings.Repeat("x", 124))}},
			{"5.5 the head of a ping beyond all", [][]byte{{fin | ping, 0x80 | 127}}},
			{"5.5 a ping in fragments", [][]byte{masked(ping, "x")}},
			{"5.5 a pong in fragments", [][]byte{masked(pong, "x")}},
			{"5.5 a close in fragments", [][]byte{masked(closing, "\x03\xe8")}},
			{"5.5.1 half a close code", [][]byte{masked(fin|closing, "x")}},
			{"5.5.1 a close reason that is not UTF-8", [][]byte{masked(fin|closing, "\x03\xe8\xff")}},
			{"5.5.1 one that ends within a letter", [][]byte{masked(fin|closing, "\x03\xe8\xc3")}},
		}},
		{hub.CloseInvalidText, hub.ReasonInvalidText, []test{
			{"8.1 not UTF-8", [][]byte{masked(fin|text, "a\xff")}},
			{"8.1 a letter cut off", [][]byte{masked(fin|text, "a\xe2\x82")}},
			{"8.1 an overlong letter", [][]byte{masked(fin|text, "\xc0\xaf")}},
			{"8.1 half a surrogate", [][]byte{masked(fin|text, "\xed\xa0\x80")}},
			{"8.1 beyond Unicode", [][]byte{masked(fin|text, "\xf4\x90\x80\x80")}},
			{"8.1 a letter cut off by the last fragment", [][]byte{masked(text, "\xc3"), masked(fin|continuation, "")}},
			{"8.1 two halves that do not fit", [][]byte{masked(text, "\xc3"), masked(fin|ping, ""), masked(fin|continuation, "a")}},
		}},
		{hub.CloseTooLarge, hub.ReasonTooLarge, []test{
			{"one byte too much, which never comes", [][]byte{cutShort(masked(fin|text, strings.Repeat("x", 8<<10+1)))}},
			{"the head alone of one byte too much", [][]byte{{fin | text, 0x80 | 126, 0x20, 0x01}}},
			{"a length of 4 GiB", [][]byte{length64(1 << 32)}},
			{"the longest length", [][]byte{length64(1<<63 - 1)}},
			{"a length with its first bit set", [][]byte{length64(1 << 63)}},
			{"all bits set", [][]byte{length64(1<<64 - 1)}},
			{"too much in fragments", append(fragments, masked(fin|continuation, "x"))},
			{"too much in fragments without an end", append(fragments, masked(continuation, "x"))},
		}},
		{hub.CloseUnsupported, hub.ReasonUnsupported, []test{
			{"binary data", [][]byte{masked(fin|binaryData, "x")}},
			{"a first fragment of it", [][]byte{masked(binaryData, "")}},
		}},
	} {
		for _, test := range group.tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
					n := start(t, hub.Options{})
					n.message = func(_ *hub.Socket, frame []byte) {
						if len(frame) > 0 {
							t.Errorf("the handler got %.100q", frame)
						}
					}
					c := n.dialRaw("ann", 1)
					c.want(fin|text, welcome)
					c.write(test.frames...)
					c.wantBye(group.reason)
					c.wantClose(group.code, group.reason)
					c.wantEnd()
					_ = c.conn.Close()
					n.wantClosed("ann", group.reason)
					testkit.Eventually(t, soon, "the close is counted", func() bool {
						return n.metric("usher_ws_closes_total", group.reason) == 1
					})
				})
			})
		}
	}
}

// wantBye reads up to the bye, past the pongs that come before it.
func (c *rawClient) wantBye(reason string) {
	c.t.Helper()
	for {
		first, payload, err := c.read()
		if err == nil && first == fin|pong {
			continue
		}
		if err != nil || first != fin|text || !strings.HasPrefix(payload, fmt.Sprintf(`{"type":"bye","reason":%q`, reason)) {
			c.t.Fatalf("read %#x %q, %v, want a bye with %q", first, payload, err, reason)
		}
		return
	}
}

// A client's close frame is answered with its own code where that code may stand
// on the wire (RFC 6455, section 7.4, and the registry that it opened).
func TestACloseCodeIsGivenBackIfItMayStandOnTheWire(t *testing.T) {
	n := start(t, hub.Options{})
	answer := func(user, payload string) (code hub.CloseCode, reason string) {
		c := n.dialRaw(user, 1)
		c.want(fin|text, welcome)
		c.write(masked(fin|closing, payload))
		for {
			first, payload, err := c.read()
			if err != nil || first == fin|closing && len(payload) < 2 {
				t.Fatalf("%s: answered %#x %q, %v", user, first, payload, err)
			}
			if first == fin|closing {
				c.wantEnd()
				return hub.CloseCode(binary.BigEndian.Uint16([]byte(payload))), payload[2:]
			}
		}
	}
	for _, code := range []uint16{
		1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
	} {
		payload := string(binary.BigEndian.AppendUint16(nil, code))
		if got, reason := answer(fmt.Sprint(code), payload); got != hub.CloseCode(code) || reason != hub.ReasonLeft {
			t.Errorf("%d is answered with %d %q", code, got, reason)
		}
	}
	for _, code := range []uint16{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		payload := string(binary.BigEndian.AppendUint16(nil, code))
		if got, reason := answer(fmt.Sprint(code), payload); got != hub.CloseProtocol || reason != hub.ReasonProtocol {
			t.Errorf("%d is answered with %d %q", code, got, reason)
		}
	}
	if got, _ := answer("the longest reason", "\x03\xe8"+strings.Repeat("x", 123)); got != 1000 {
		t.Errorf("a close of 125 bytes is answered with %d", got)
	}
}
