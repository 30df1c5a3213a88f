package seatmap

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// checkerboard returns a snapshot in which every second seat is held: no two free seats
// are side by side.
func checkerboard(t testing.TB, seats int) *Snapshot {
	t.Helper()
	rows, err := readPlan(strings.NewReader(stadium(seats)), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	layOut(rows)
	all := make([]Seat, len(rows))
	for i := range rows {
		all[i] = rows[i].Seat
	}
	bitmap := make([]byte, BitmapSize(seats))
	for i := 0; i < seats; i += 2 {
		SetBit(bitmap, i)
	}
	return NewSnapshot(New("checkerboard", 1, all), 1, Bitmaps{Held: string(bitmap)})
}

// A search looks at every seat once to find the runs, and once more at the seats of runs
// that are long enough, for any number of seats.
func TestASearchLooksAtEachSeatTwiceAtMost(t *testing.T) {
	t.Parallel()
	s := checkerboard(t, 50_000)
	for _, best := range []Best{{Count: 1}, {Count: 2}, {Count: 64}, {Count: 100}, {Count: 64, Categories: []Category{"Regular"}}, {Count: 64, Adjacent: true}} {
		found, groups, err := s.Search(t.Context(), best, 32)
		if err != nil || len(groups) > 0 == best.Adjacent {
			t.Fatal(best, len(groups), err)
		}
		if found.Visited > 2*50_000 {
			t.Errorf("%+v looked at %d seats", best, found.Visited)
		}
	}
}

func TestASearchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	found, groups, err := checkerboard(t, 50_000).Search(ctx, Best{Count: 1}, 32)
	if !errors.Is(err, context.Canceled) || groups != nil || found.Visited > 2*checkEvery {
		t.Fatal(err, groups, found.Visited)
	}
}
