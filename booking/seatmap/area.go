package seatmap

import (
	"fmt"
	"math"
	"math/bits"
	"regexp"
	"slices"
	"strings"
)

// Area is a part of the house without numbered seats. Each of its places is a unit: a Seat
// of the plan with a number that the server chose ("Standing-0001"), so holds, claims and
// tickets treat it as a seat. Only lists, the map and the search for the best seats tell
// the two apart.
type Area struct {
	Name  string
	Spans []Span // indexes of the units, ascending
	offer int    // index of a unit that shows category, price and section: one for sale, if there is one
}

// Span is the indexes From ≤ i < To.
type Span struct{ From, To int }

// AreaStock is an area's offer and the units that are left, at one snapshot.
type AreaStock struct {
	Name      string
	Offer     *Seat // a unit: category, price and section are those of the area
	Capacity  int   // units for sale, free or not
	Available int
	Held      int // in carts or being bought
}

// Area returns the name of the area of a unit; "" for a numbered seat.
func (s *Seat) Area() string { return s.Number[:s.AreaLen] }

// Offer returns a unit of the area, which has its category, price and section.
func (p *Plan) Offer(a *Area) *Seat { return &p.Seats[a.offer] }

// AreaNamed returns the area with a name; nil when the plan has none.
func (p *Plan) AreaNamed(name string) *Area {
	for i := range p.Areas {
		if p.Areas[i].Name == name {
			return &p.Areas[i]
		}
	}
	return nil
}

// areasOf collects the areas of a plan from its units.
func areasOf(p *Plan) []Area {
	var areas []Area
	known := map[string]int{}
	for i := range p.Seats {
		seat := &p.Seats[i]
		if seat.AreaLen == 0 {
			continue
		}
		at, ok := known[seat.Area()]
		if !ok {
			at = len(areas)
			known[seat.Area()] = at
			areas = append(areas, Area{Name: seat.Area(), offer: i})
		}
		a := &areas[at]
		if last := len(a.Spans) - 1; last >= 0 && a.Spans[last].To == i {
			a.Spans[last].To = i + 1
		} else {
			a.Spans = append(a.Spans, Span{i, i + 1})
		}
		if !seat.Blocked && p.Seats[a.offer].Blocked {
			a.offer = i
		}
	}
	return areas
}

// placeAreas sets the corner of each area: the areas lie one behind the other, behind all
// seats.
func placeAreas(rows []planRow) {
	const gap = 2 // seat widths
	left, front := 0.0, 0.0
	for i := range rows {
		if rows[i].area == "" {
			left, front = min(left, rows[i].X), max(front, rows[i].Y+gap)
		}
	}
	for i := range rows {
		if row := &rows[i]; row.area != "" {
			row.X, row.Y = left, front
			across := math.Ceil(math.Sqrt(2 * float64(row.capacity)))
			front += math.Ceil(float64(row.capacity)/across) + gap
		}
	}
}

// appendUnits appends the units of an area with the ordinals first to last, which have
// everything but the number from offer, whose point is the corner of a block of units. Their numbers share one text.
func appendUnits(seats []Seat, offer Seat, area string, first, last int) []Seat {
	var text strings.Builder
	ends := make([]int, 0, last-first+1)
	for n := first; n <= last; n++ {
		fmt.Fprintf(&text, "%s-%04d", area, n)
		ends = append(ends, text.Len())
	}
	from, across := 0, int(math.Ceil(math.Sqrt(2*float64(last))))
	for i, end := range ends {
		unit := offer
		n := first - 1 + i
		unit.X, unit.Y = offer.X+float64(n%across), offer.Y+float64(n/across)
		unit.ID, unit.Number, unit.AreaLen = "", text.String()[from:end], uint8(len(area))
		seats = append(seats, unit)
		from = end
	}
	return seats
}

var unitNumber = regexp.MustCompile(`^(.+)-([0-9]{4}|[1-9][0-9]{4,5})$`)

// unitOf returns the area of which a unit could have this number.
func unitOf(number string) (area string, ok bool) {
	parts := unitNumber.FindStringSubmatch(number)
	if parts == nil {
		return "", false
	}
	return parts[1], true
}

// AreaStocks counts the units of each area. The caller must not change the result.
func (s *Snapshot) AreaStocks() []AreaStock {
	if s.counted == nil {
		return s.countAreas()
	}
	s.counted.areasOnce.Do(func() { s.counted.areas = s.countAreas() })
	return s.counted.areas
}

func (s *Snapshot) countAreas() []AreaStock {
	stocks := make([]AreaStock, len(s.Plan.Areas))
	for n := range s.Plan.Areas {
		a := &s.Plan.Areas[n]
		stock := AreaStock{Name: a.Name, Offer: s.Plan.Offer(a)}
		for _, span := range a.Spans {
			stock.Capacity += span.To - span.From
			taken := countIn(span, func(i int) byte { return s.Booked[i] | s.InTransaction[i] | s.Unavailable[i] })
			stock.Available += span.To - span.From - taken
			stock.Held += countIn(span, func(i int) byte { return s.InTransaction[i] })
			// A unit that is sold and went off sale since then counts as sold.
			stock.Capacity -= countIn(span, func(i int) byte { return s.Unavailable[i] })
		}
		stocks[n] = stock
	}
	return stocks
}

// countIn counts the bits that are set within a span, of a bitmap given by its bytes.
func countIn(span Span, at func(i int) byte) int {
	n := 0
	for i := span.From / 8; i*8 < span.To; i++ {
		n += bits.OnesCount8(within(span, i, at(i)))
	}
	return n
}

// within clears the bits of byte i of a bitmap that are not within a span.
func within(span Span, i int, b byte) byte {
	if before := span.From - i*8; before > 0 {
		b &= 0xFF >> before
	}
	if after := i*8 + 8 - span.To; after > 0 {
		b &= 0xFF << after
	}
	return b
}

// areasSince returns the areas that differ from those of an earlier snapshot; with only,
// at most the named ones. An area that is no longer in the plan has no places.
func (s *Snapshot) areasSince(before *Snapshot, only map[string]bool) (changed []AreaStock) {
	was := map[string]AreaStock{}
	for _, stock := range before.AreaStocks() {
		was[stock.Name] = stock
	}
	for _, stock := range s.AreaStocks() {
		old, known := was[stock.Name]
		delete(was, stock.Name)
		if only != nil && !only[stock.Name] {
			continue
		}
		if !known || old.Capacity != stock.Capacity || old.Available != stock.Available || old.Held != stock.Held || !sameUnitOffer(old.Offer, stock.Offer) {
			changed = append(changed, stock)
		}
	}
	if only != nil {
		return changed
	}
	gone := make([]AreaStock, 0, len(was))
	for _, stock := range was {
		gone = append(gone, AreaStock{Name: stock.Name, Offer: stock.Offer})
	}
	slices.SortFunc(gone, func(a, b AreaStock) int { return strings.Compare(a.Name, b.Name) })
	return append(changed, gone...)
}

// sameUnitOffer reports whether two units of an area are offered alike.
func sameUnitOffer(a, b *Seat) bool {
	other := *b
	other.Number = a.Number
	return sameOffer(a, &other)
}

// FreeUnits returns the indexes of up to most free units of an area, from the unit after
// which start units of the area come, and on from the area's first unit. Callers choose
// start at random, so that few of them choose the same units.
func (s *Snapshot) FreeUnits(a *Area, most, start int) (free []int) {
	all := 0
	for _, span := range a.Spans {
		all += span.To - span.From
	}
	if all == 0 {
		return nil
	}
	start %= all
	var head, tail []Span // the units before start, and the others
	for _, span := range a.Spans {
		size := span.To - span.From
		switch {
		case start >= size:
			head = append(head, span)
			start -= size
		case start > 0:
			head, tail = append(head, Span{span.From, span.From + start}), append(tail, Span{span.From + start, span.To})
			start = 0
		default:
			tail = append(tail, span)
		}
	}
	for _, span := range slices.Concat(tail, head) {
		for i := span.From / 8; i*8 < span.To; i++ {
			for b := within(span, i, ^(s.Booked[i] | s.InTransaction[i] | s.Unavailable[i])); b != 0; {
				if len(free) == most {
					return free
				}
				lead := bits.LeadingZeros8(b)
				free = append(free, i*8+lead)
				b &^= 1 << (7 - lead)
			}
		}
	}
	return free
}
