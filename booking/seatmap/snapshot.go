package seatmap

import (
	"sync"
)

// Snapshot is every seat's status at one version. It is immutable. The bitmaps
// hold a bit per index, bit 7 of byte 0 being index 0.
type Snapshot struct {
	Plan    *Plan
	Version int64
	Acts    int64 // how many changes this node had made before the snapshot was read: all of them are in it

	Unavailable, InTransaction, Booked []byte

	counted *counted // nil: Counts counts each time
}

// Counts is how many seats of each category have each status.
type Counts map[Category]map[string]int

// NewSnapshot makes the snapshot of a plan and the bitmaps in Redis, which end
// after the last byte that was ever set. Each seat has at most one of its bits.
func NewSnapshot(plan *Plan, version int64, held, taken, booked string) *Snapshot {
	size := BitmapSize(len(plan.Seats))
	s := &Snapshot{
		Plan: plan, Version: version,
		Unavailable: make([]byte, size), InTransaction: make([]byte, size), Booked: make([]byte, size),
		counted: &counted{},
	}
	copy(s.Booked, booked)
	at := func(bitmap string, i int) byte {
		if i < len(bitmap) {
			return bitmap[i]
		}
		return 0
	}
	for i := range size {
		s.InTransaction[i] = (at(held, i) | at(taken, i)) &^ s.Booked[i]
		s.Unavailable[i] = plan.geometry.blocked[i] &^ s.Booked[i] &^ s.InTransaction[i]
	}
	return s
}

// Status returns the status of the seat with this index.
func (s *Snapshot) Status(index int) string {
	switch {
	case Bit(s.Booked, index):
		return Booked
	case Bit(s.InTransaction, index):
		return InTransaction
	case Bit(s.Unavailable, index):
		return Unavailable
	}
	return Available
}

// With is the same snapshot, known to contain more changes of this node.
func (s *Snapshot) With(acts int64) *Snapshot {
	same := *s
	same.Acts = acts
	return &same
}

// counted is what a snapshot's seats were counted to be, once for all who ask:
// anybody may.
type counted struct {
	once   sync.Once
	counts Counts
}

// Counts returns how many seats of each category have each status. The caller
// does not change it.
func (s *Snapshot) Counts() Counts {
	if s.counted == nil {
		return s.count()
	}
	s.counted.once.Do(func() { s.counted.counts = s.count() })
	return s.counted.counts
}

func (s *Snapshot) count() Counts {
	counts := Counts{}
	for i := range s.Plan.Seats {
		category := s.Plan.Seats[i].Category
		if counts[category] == nil {
			counts[category] = map[string]int{}
		}
		counts[category][s.Status(i)]++
	}
	return counts
}
