package seatmap

import (
	"fmt"
	"maps"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// seatsIn returns the bitmap of some seats as Redis stores it: without zeros at the end.
func seatsIn(indexes []int) string {
	var bitmap []byte
	for _, i := range indexes {
		for len(bitmap) <= i/8 {
			bitmap = append(bitmap, 0)
		}
		SetBit(bitmap, i)
	}
	return string(bitmap)
}

// snapshotOf returns a snapshot of seats in the given states: 0 free, 1 blocked by the
// plan, 2 held, 3 taken, 4 booked, 5 blocked and booked, 6 blocked and held.
func snapshotOf(version, plan int64, names []string, states []int) *Snapshot {
	seats := make([]Seat, len(states))
	var held, taken, booked []int
	for i, state := range states {
		seats[i] = Seat{Number: names[i], Category: "VIP", Blocked: state == 1 || state >= 5, X: float64(i)}
		switch state {
		case 2, 6:
			held = append(held, i)
		case 3:
			taken = append(taken, i)
		case 4, 5:
			taken, booked = append(taken, i), append(booked, i)
		}
	}
	return NewSnapshot(New("s", plan, seats), version, Bitmaps{Held: seatsIn(held), Taken: seatsIn(taken), Booked: seatsIn(booked)})
}

// statuses returns the status of every seat.
func (s *Snapshot) statuses() map[string]string {
	all := map[string]string{}
	for i := range s.Plan.Seats {
		all[s.Plan.Seats[i].Number] = s.Status(i)
	}
	return all
}

// naive is Since, computed seat by seat.
func naive(before, after *Snapshot) map[string]string {
	was, is := before.statuses(), after.statuses()
	changed := map[string]string{}
	for seat, status := range is {
		if old, known := was[seat]; !known || old != status {
			changed[seat] = status
		}
	}
	for seat := range was {
		if _, stays := is[seat]; !stays {
			changed[seat] = Unavailable
		}
	}
	return changed
}

func wantSince(t interface{ Fatalf(string, ...any) }, before, after *Snapshot) {
	want := naive(before, after)
	delta := after.Since(before)
	if delta == nil {
		delta = &Delta{Version: after.Version}
	}
	if !maps.Equal(delta.Seats, want) || delta.Version != after.Version {
		t.Fatalf("from %v to %v the delta is %v, want %v", before.statuses(), after.statuses(), delta, want)
	}
}

// numbered returns n seat numbers.
func numbered(from, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprint("A-", from+i))
	}
	return names
}

func TestTheDeltaOfEveryPairOfStates(t *testing.T) {
	t.Parallel()
	for was := range 7 {
		for is := range 7 {
			// Within one version of a plan, Blocked does not change.
			if (was == 1 || was >= 5) == (is == 1 || is >= 5) {
				wantSince(t, snapshotOf(1, 1, numbered(1, 1), []int{was}), snapshotOf(2, 1, numbered(1, 1), []int{is}))
			}
			wantSince(t, snapshotOf(1, 1, numbered(1, 1), []int{was}), snapshotOf(2, 2, numbered(1, 1), []int{is}))
		}
	}
}

func TestTheDeltaOfAnyTwoSnapshots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "seats")
		was := rapid.SliceOfN(rapid.IntRange(0, 6), n, n).Draw(t, "was")
		is := make([]int, n)
		for i, state := range was {
			some := []int{0, 2, 3, 4}
			if state == 1 || state >= 5 {
				some = []int{1, 5, 6}
			}
			is[i] = rapid.SampledFrom(some).Draw(t, "is")
		}
		wantSince(t, snapshotOf(1, 1, numbered(1, n), was), snapshotOf(2, 1, numbered(1, n), is))
		// Another plan, with some of the seats.
		other := rapid.SliceOfN(rapid.IntRange(0, 6), 1, 40).Draw(t, "another plan")
		from := rapid.IntRange(1, n+1).Draw(t, "from")
		wantSince(t, snapshotOf(1, 1, numbered(1, n), was), snapshotOf(2, 2, numbered(from, len(other)), other))
	})
}

// Any client may ask for the counts at any time, so the seats are counted once per
// snapshot.
func TestSeatsAreCountedOncePerSnapshot(t *testing.T) {
	t.Parallel()
	s := snapshotOf(1, 1, numbered(1, 4), []int{0, 1, 2, 4})
	same := s.With(7)
	first := s.Counts()
	if first["VIP"][Available] != 1 || first["VIP"][Unavailable] != 1 || first["VIP"][InTransaction] != 1 || first["VIP"][Booked] != 1 {
		t.Errorf("counted %v", first)
	}
	for _, again := range []Counts{s.Counts(), same.Counts()} {
		if reflect.ValueOf(again).Pointer() != reflect.ValueOf(first).Pointer() {
			t.Error("the seats were counted again")
		}
	}
	if next := snapshotOf(2, 1, numbered(1, 4), []int{0, 1, 2, 2}); next.Counts()["VIP"][InTransaction] != 2 {
		t.Errorf("the next snapshot counts %v", next.Counts())
	}
}
