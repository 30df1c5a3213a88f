package seatmap

import "math/bits"

// Delta is the seats that changed between two snapshots: their status, or their offer in
// the plan (see sameOffer).
type Delta struct {
	Version int64
	Plan    int64             // the plan's version if it changed; 0: the plan is the same
	Seats   map[string]string // seat number → new status
	Areas   []AreaStock       // the areas of which the offer or a count changed, as they are now
}

// Since returns the seats that changed since an earlier snapshot, nil if there are none.
// A seat that is no longer in the plan is reported as unavailable, for clients that still
// show the seat.
func (s *Snapshot) Since(before *Snapshot) *Delta {
	changed, plan := map[string]string{}, int64(0)
	var areas []AreaStock
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
		areas = s.areasSince(before, nil)
	} else {
		touched := map[string]bool{} // areas with a changed unit
		for i := range s.Booked {
			// In Go, ^ and | have the same precedence, so the parentheses matter.
			differ := (s.Booked[i] ^ before.Booked[i]) |
				(s.InTransaction[i] ^ before.InTransaction[i]) |
				(s.Unavailable[i] ^ before.Unavailable[i])
			for differ != 0 {
				lead := bits.LeadingZeros8(differ)
				index := i*8 + lead
				seat := &s.Plan.Seats[index]
				changed[seat.Number] = s.Status(index)
				if seat.AreaLen > 0 {
					touched[seat.Area()] = true
				}
				differ &^= 1 << (7 - lead)
			}
		}
		if len(touched) > 0 {
			areas = s.areasSince(before, touched)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return &Delta{Version: s.Version, Plan: plan, Seats: changed, Areas: areas}
}

// sameSeat reports whether a seat is the same to a fan who holds it. Coordinates do not
// count: a plan without coordinates is laid out again when seats are added.
func sameSeat(a, b *Seat) bool {
	return a.Blocked == b.Blocked && sameOffer(a, b)
}

// sameOffer reports whether number, category, prices, section and row are the same. It
// ignores Blocked, which shows in the status of the seat.
func sameOffer(a, b *Seat) bool {
	return a.AreaLen == b.AreaLen && a.Number == b.Number && a.Category == b.Category && a.Price == b.Price && a.Prices == b.Prices && a.Section == b.Section && a.Row == b.Row
}

// SeatsChanged returns a bitmap of the seats that are not the same in a later plan. See
// sameSeat.
func SeatsChanged(before, after *Plan) []byte {
	changed := make([]byte, BitmapSize(len(before.Seats)))
	for i := range before.Seats {
		if i >= len(after.Seats) || before.Currency != after.Currency || !sameSeat(&before.Seats[i], &after.Seats[i]) {
			SetBit(changed, i)
		}
	}
	return changed
}
