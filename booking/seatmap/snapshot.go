package seatmap

import (
	"sync"
)

// Snapshot is the status of every seat at one version. It is immutable.
type Snapshot struct {
	Plan    *Plan
	Version int64
	Acts    int64 // number of changes that this node made before it read the snapshot, which contains them all

	// Bitmaps, see Bit. A seat is in at most one of them.
	Unavailable, InTransaction, Booked []byte
	Allotted                           []byte // part of Unavailable: the seats in allotments

	counted *counted // nil: Counts counts each time
}

// Counts are the numbers of seats by category and status.
type Counts map[Category]map[string]int

// Bitmaps are the bitmaps of a season's seats in Redis. They end after the last byte that
// was ever set.
type Bitmaps struct {
	Held     string // in a cart
	Taken    string // claimed: by an order or an allotment
	Booked   string // sold. Part of Taken
	Allotted string // in an allotment. Part of Taken
}

// NewSnapshot makes a snapshot from a plan and the bitmaps in Redis. Booked has precedence
// over allotted, this over held or taken, and these over blocked.
func NewSnapshot(plan *Plan, version int64, in Bitmaps) *Snapshot {
	size := BitmapSize(len(plan.Seats))
	s := &Snapshot{
		Plan: plan, Version: version,
		Unavailable: make([]byte, size), InTransaction: make([]byte, size), Booked: make([]byte, size), Allotted: make([]byte, size),
		counted: &counted{},
	}
	copy(s.Booked, in.Booked)
	at := func(bitmap string, i int) byte {
		if i < len(bitmap) {
			return bitmap[i]
		}
		return 0
	}
	for i := range size {
		s.Allotted[i] = at(in.Allotted, i) &^ s.Booked[i]
		s.InTransaction[i] = (at(in.Held, i) | at(in.Taken, i)) &^ s.Booked[i] &^ s.Allotted[i]
		s.Unavailable[i] = (plan.geometry.blocked[i] | s.Allotted[i]) &^ s.Booked[i] &^ s.InTransaction[i]
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

// With returns the snapshot with another number of Acts: the node knows that the snapshot
// contains more changes of its own.
func (s *Snapshot) With(acts int64) *Snapshot {
	same := *s
	same.Acts = acts
	return &same
}

// counted caches Counts and Stock, because any client may ask for them at any time.
type counted struct {
	once   sync.Once
	counts Counts

	stockOnce sync.Once
	stock     *SeasonStock

	areasOnce sync.Once
	areas     []AreaStock
}

// Counts returns the numbers of seats by category and status. The caller must not change
// the map.
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
