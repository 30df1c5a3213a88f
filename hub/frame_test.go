package hub_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"usher/hub"
)

// FuzzFrames takes any bytes apart: it never fails but with an error, asks for
// more exactly while a frame is not whole, and stays within the limit.
func FuzzFrames(f *testing.F) {
	const limit = 8 << 10
	f.Add(masked(fin|text, "hello"))
	f.Add(masked(fin|text, strings.Repeat("x", 200)))
	f.Add(masked(text, strings.Repeat("x", 1<<16)))
	f.Add(append(masked(text, "a"), masked(fin|continuation, "b")...))
	f.Add(masked(fin|closing, "\x03\xe8"))
	f.Add([]byte{fin | text, 0x80 | 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole := slices.Clone(stream)
		payload, size, err := hub.ParseFrame(whole, limit)
		if size > len(stream) || len(payload) > limit || err != nil && size != 0 {
			t.Fatalf("size %d of %d, payload %d, %v", size, len(stream), len(payload), err)
		}
		if size == 0 {
			return
		}
		for _, part := range []int{1, size / 2, size - 1} {
			if _, early, err := hub.ParseFrame(slices.Clone(stream[:part]), limit); early != 0 || err != nil {
				t.Fatalf("%d bytes of %d give a frame of %d, %v", part, size, early, err)
			}
		}
		again := masked(stream[0], string(payload))
		back, _, err := hub.ParseFrame(again, limit)
		if err != nil || !bytes.Equal(back, payload) {
			t.Fatalf("%q comes back as %q, %v", payload, back, err)
		}
	})
}
