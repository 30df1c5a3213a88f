package seatmap

import "math/bits"

// Delta are the seats whose status, or whose price or place in the plan, differs
// between two versions.
type Delta struct {
	Version int64
	Plan    int64             // the plan's version when that is another one than before, else 0
	Seats   map[string]string // seat number → status now
}

// Since returns the seats whose status, or with another plan whose price or place in
// it, is not what it was in an earlier snapshot, nil when there are none. A seat that is
// no longer in the plan can no longer be had: it is unavailable to those who still show it.
func (s *Snapshot) Since(before *Snapshot) *Delta {
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
	return &Delta{Version: s.Version, Plan: plan, Seats: changed}
}

// sameSeat reports whether a seat is to its fan what it was. Where it is drawn may
// change: a file without coordinates is laid out afresh around new seats.
func sameSeat(a, b *Seat) bool {
	return a.Blocked == b.Blocked && sameOffer(a, b)
}

// sameOffer is sameSeat but for whether the seat is on sale, which its status says.
func sameOffer(a, b *Seat) bool {
	return a.Number == b.Number && a.Category == b.Category && a.Price == b.Price && a.Section == b.Section && a.Row == b.Row
}

// SeatsChanged returns a bitmap of the seats that are another thing in a later plan.
func SeatsChanged(before, after *Plan) []byte {
	changed := make([]byte, BitmapSize(len(before.Seats)))
	for i := range before.Seats {
		if i >= len(after.Seats) || before.Currency != after.Currency || !sameSeat(&before.Seats[i], &after.Seats[i]) {
			SetBit(changed, i)
		}
	}
	return changed
}
