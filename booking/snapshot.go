package booking

import (
	"math/bits"
	"sync"
)

// Counts is how many seats of each category have each status.
type Counts map[Category]map[string]int

// bitmapSize is how many bytes a bit per seat takes.
func bitmapSize(seats int) int { return (seats + 7) / 8 }

// bit reports the bit of an index; index 0 is bit 7 of byte 0.
func bit(bitmap []byte, index int) bool {
	return index/8 < len(bitmap) && bitmap[index/8]>>(7-index%8)&1 == 1
}

// setBit sets the bit of an index.
func setBit(bitmap []byte, index int) { bitmap[index/8] |= 1 << (7 - index%8) }

func countBits(bitmap string) int {
	n := 0
	for i := range len(bitmap) {
		n += bits.OnesCount8(bitmap[i])
	}
	return n
}

// newSnapshot makes the snapshot of a plan and the bitmaps in Redis, which end
// after the last byte that was ever set. Each seat has at most one of its bits.
func newSnapshot(plan *Plan, version int64, held, taken, booked string) *Snapshot {
	size := bitmapSize(len(plan.Seats))
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
		s.Unavailable[i] = plan.house.blocked[i] &^ s.Booked[i] &^ s.InTransaction[i]
	}
	return s
}

// Status returns the status of the seat with this index.
func (s *Snapshot) Status(index int) string {
	switch {
	case bit(s.Booked, index):
		return Booked
	case bit(s.InTransaction, index):
		return InTransaction
	case bit(s.Unavailable, index):
		return Unavailable
	}
	return Available
}

// with is the same snapshot, known to contain more changes of this node.
func (s *Snapshot) with(acts int64) *Snapshot {
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

// since returns the seats whose status, or with another plan whose price or place in
// it, is not what it was in an earlier snapshot, nil when there are none. A seat that is
// no longer in the plan can no longer be had: it is unavailable to those who still show it.
func (s *Snapshot) since(before *Snapshot) *Changes {
	changed, plan := map[string]string{}, int64(0)
	if s.Plan.Version != before.Plan.Version {
		for i := range s.Plan.Seats {
			number := s.Plan.Seats[i].Number
			was, known := before.Plan.ByName[number]
			if status := s.Status(i); !known || before.Status(was) != status || !sameOffer(&s.Plan.Seats[i], &before.Plan.Seats[was]) {
				changed[number] = status
			}
		}
		plan = s.Plan.Version
		for number := range before.Plan.ByName {
			if _, stays := s.Plan.ByName[number]; !stays {
				changed[number] = Unavailable
			}
		}
	} else {
		for i := range s.Booked {
			// In Go ^ and | bind equally; the parentheses matter.
			differ := (s.Booked[i] ^ before.Booked[i]) |
				(s.InTransaction[i] ^ before.InTransaction[i]) |
				(s.Unavailable[i] ^ before.Unavailable[i])
			for differ != 0 {
				lead := bits.LeadingZeros8(differ)
				index := i*8 + lead
				changed[s.Plan.Seats[index].Number] = s.Status(index)
				differ &^= 1 << (7 - lead)
			}
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return &Changes{Version: s.Version, Plan: plan, Seats: changed}
}
