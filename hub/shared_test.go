package hub

import (
	"bytes"
	"testing"
)

// TestASharedFrameIsNotCopied: each burst writes the bytes of the one frame, in the
// order in which it was queued.
func TestASharedFrameIsNotCopied(t *testing.T) {
	h := New(Options{})
	for _, size := range []int{1, 125, 126, 1 << 12, 1 << 17} {
		message := bytes.Repeat([]byte("x"), size)
		shared := NewShared(message)
		want := appendFrame(nil, opText, message)
		if !bytes.Equal(shared.frame, want) || !bytes.Equal(shared.Frame(), message) {
			t.Fatalf("a message of %d bytes has the frame %.20q", size, shared.frame)
		}
		b := newBurst()
		h.add(b, entry{frame: []byte("before")})
		h.add(b, entry{update: shared})
		h.add(b, entry{frame: []byte("after")})
		var written []byte
		seen := false
		for rest := b.rest(); rest != nil; rest = b.rest() {
			seen = seen || &rest[0] == &shared.frame[0]
			n := min(len(rest), 1000) // in pieces, as a slow connection takes them
			written = append(written, rest[:n]...)
			b.wrote(n)
		}
		if !seen {
			t.Error("the frame was copied")
		}
		all := append(append(appendFrame(nil, opText, []byte("before")), want...), appendFrame(nil, opText, []byte("after"))...)
		if !bytes.Equal(written, all) {
			t.Errorf("%d bytes were written instead of %d", len(written), len(all))
		}
		b.reset()
		if b.longs = b.longs[:1]; b.longs[0].message != nil {
			t.Error("a pooled burst keeps the message")
		}
	}
}

func TestTellingAllocatesNothingForEachSocket(t *testing.T) {
	h := New(Options{})
	shared, b := NewShared([]byte(`{"type":"sale"}`)), newBurst()
	if n := testing.AllocsPerRun(100, func() {
		b.reset()
		h.add(b, entry{update: shared})
		for rest := b.rest(); rest != nil; rest = b.rest() {
			b.wrote(len(rest))
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
