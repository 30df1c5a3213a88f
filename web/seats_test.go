package web

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"testing"

	"usher/booking"
	"usher/internal/wire"
)

// snapshotOf is a snapshot of n Regular seats, of which the named indexes are booked,
// held and unavailable.
func snapshotOf(version int64, n int, booked, held, unavailable []int) *booking.Snapshot {
	plan := &booking.Plan{Season: "demo", Version: 1, ByName: map[string]int{}}
	for i := range n {
		number := "S-" + string(rune('a'+i))
		plan.Seats = append(plan.Seats, booking.Seat{Number: number, Category: "Regular", Price: 100, Index: i})
		plan.ByName[number] = i
	}
	bitmap := func(indexes []int) []byte {
		bits := make([]byte, (n+7)/8)
		for _, i := range indexes {
			bits[i/8] |= 0x80 >> (i % 8)
		}
		return bits
	}
	return &booking.Snapshot{Plan: plan, Version: version, Booked: bitmap(booked), InTransaction: bitmap(held), Unavailable: bitmap(unavailable)}
}

// TestTheSnapshotOfAStadiumIsSmall: three full bitmaps would make a stadium's
// snapshot too large for each fan who enters. So each bitmap ends after its last seat.
func TestTheSnapshotOfAStadiumIsSmall(t *testing.T) {
	t.Parallel()
	const seats = 50_000
	every := func(from, to, step int) (some []int) {
		for i := from; i < to; i += step {
			some = append(some, i)
		}
		return some
	}
	desk := every(1500, 1506, 1)
	for _, c := range []struct {
		name                      string
		booked, held, unavailable []int
		most                      int // bytes of the frame
	}{
		{"at the opening", nil, nil, desk, 500},
		{"a rush for the front rows", every(0, 5000, 2), every(1, 8000, 9), desk, 3000},
		{"sold here and there", every(0, seats, 3), every(1, seats, 50), desk, 18_000},
		{"sold out", every(0, seats, 1), nil, desk, 9000},
		{"all kinds up to the last row", every(0, seats, 3), every(1, seats, 50), every(2, seats, 999), 25_500},
	} {
		s := snapshotOf(1, seats, c.booked, c.held, c.unavailable)
		frame := wire.Encode(seatsMessage(wire.Request{Format: wire.FormatBitmap}, s))
		t.Logf("%s: %d bytes", c.name, len(frame))
		if bytes.Contains(frame, []byte("null")) {
			t.Errorf("%s: a bitmap is missing: %.200s", c.name, frame)
		}
		if len(frame) > c.most {
			t.Errorf("%s: %d bytes, want at most %d", c.name, len(frame), c.most)
		}
		var got struct{ Unavailable, InTransaction, Booked []byte }
		must(t, json.Unmarshal(frame, &got))
		for _, pair := range [][2][]byte{{got.Unavailable, s.Unavailable}, {got.InTransaction, s.InTransaction}, {got.Booked, s.Booked}} {
			if !bytes.Equal(padded(pair[0], seats), pair[1]) {
				t.Errorf("%s: a bitmap differs from the snapshot", c.name)
			}
		}
	}
	for _, seats := range []int{30, 1200, 35_000} {
		frame := wire.Encode(seatsMessage(wire.Request{Format: wire.FormatBitmap}, snapshotOf(1, seats, []int{0}, nil, nil)))
		var got struct{ Booked []byte }
		must(t, json.Unmarshal(frame, &got))
		if len(got.Booked) != (seats+7)/8 {
			t.Errorf("a plan of %d seats has a bitmap of %d bytes", seats, len(got.Booked))
		}
	}
}

func TestTagsMatchAsTheStandardSays(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		`W/"a"`: true, `"a"`: true, `"b", W/"a"`: true, `*`: true, `"b"`: false, ``: false, `a`: false,
	} {
		if got := matches([]string{header}, `W/"a"`); got != want {
			t.Errorf("%s: got %v", header, got)
		}
	}
}

func TestGzipIsSentOnlyWhenAccepted(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"gzip": true, "br, gzip;q=0.5": true, "*": true, "GZIP": true,
		"": false, "br": false, "gzip;q=0": false, "gzip; q=0.0": false, "identity, *;q=0": false,
	} {
		r := httptest.NewRequest("GET", "/seats", nil)
		r.Header.Set("Accept-Encoding", header)
		if got := acceptsGzip(r); got != want {
			t.Errorf("%q: got %v", header, got)
		}
	}
}
