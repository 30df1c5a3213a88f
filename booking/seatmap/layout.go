package seatmap

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// layOut sets the coordinates of the seats that have none. Each section becomes a block
// of rows, one behind the other from the front, each row centred. The blocks form a grid
// that is about square, behind all seats with coordinates of their own.
func layOut(rows []planRow) {
	const gap = 2 // seat widths between blocks
	type block struct {
		rows  []*rowOfSeats
		width int
	}
	var order []string
	blocks := map[string]*block{}
	index := map[[2]string]*rowOfSeats{}
	front := math.Inf(-1)
	for i := range rows {
		seat := &rows[i].Seat
		if rows[i].area != "" {
			continue // see placeAreas
		}
		if rows[i].placed {
			front = max(front, seat.Y+gap)
			continue
		}
		b := blocks[seat.Section]
		if b == nil {
			b = &block{}
			blocks[seat.Section] = b
			order = append(order, seat.Section)
		}
		name := rowName(seat)
		r := index[[2]string{seat.Section, name}]
		if r == nil {
			r = &rowOfSeats{name: name}
			index[[2]string{seat.Section, name}] = r
			b.rows = append(b.rows, r)
		}
		r.seats = append(r.seats, seat)
		b.width = max(b.width, len(r.seats))
	}
	if len(order) == 0 {
		return
	}
	if math.IsInf(front, -1) {
		front = 0
	}
	across := int(math.Ceil(math.Sqrt(float64(len(order)))))
	for shelf := range slices.Chunk(order, across) {
		left, depth := 0, 0
		for _, section := range shelf {
			b := blocks[section]
			slices.SortStableFunc(b.rows, func(a, c *rowOfSeats) int { return naturally(a.name, c.name) })
			for y, r := range b.rows {
				slices.SortStableFunc(r.seats, func(a, c *Seat) int { return naturally(a.Number, c.Number) })
				indent := float64(b.width-len(r.seats)) / 2
				for x, seat := range r.seats {
					seat.X, seat.Y = float64(left)+indent+float64(x), front+float64(y)
				}
			}
			left += b.width + gap
			depth = max(depth, len(b.rows))
		}
		front += float64(depth + gap)
	}
}

type rowOfSeats struct {
	name  string
	seats []*Seat
}

// rowName returns the row of a seat: the row in the file, or else the part of the seat
// number before its last number ("A" in "A-14").
func rowName(s *Seat) string {
	if s.Row != "" {
		return s.Row
	}
	name := strings.TrimRight(s.Number, "0123456789")
	return strings.TrimRight(name, " ._-")
}

// warningsNamed is the number of pairs of seats that SharedPoints names.
const warningsNamed = 20

// SharedPoints returns warnings about seats with the same coordinates, because only one
// of them can be seen and pressed on the map.
func SharedPoints(seats []Seat) []string {
	warnings, more := []string{}, 0
	first := make(map[[2]float64]string, len(seats))
	for i := range seats {
		s := &seats[i]
		if s.AreaLen > 0 {
			continue // the units of an area are alike
		}
		at := [2]float64{s.X, s.Y}
		other, taken := first[at]
		switch {
		case !taken:
			first[at] = s.Number
		case len(warnings) < warningsNamed:
			warnings = append(warnings, fmt.Sprintf("seats %s and %s lie on one point (x %g, y %g): only one of them can be seen on the map", other, s.Number, s.X, s.Y))
		default:
			more++
		}
	}
	if more > 0 {
		warnings = append(warnings, fmt.Sprintf("%d more seats lie on the point of another seat", more))
	}
	return warnings
}
