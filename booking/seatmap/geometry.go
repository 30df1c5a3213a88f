package seatmap

import (
	"math"
	"slices"
)

// aisle is the distance between neighbours, in seat widths, beyond which they do not sit
// side by side.
const aisle = 1.6

// geometry is computed from a plan once, for Search and for snapshots. A bank is a run of
// seats side by side in one row, without an aisle.
type geometry struct {
	banks    [][]int   // indexes of the seats of each bank, in order
	distance []float64 // by index: how far a seat is from the best position
	blocked  []byte    // bitmap of the blocked seats
}

// newGeometry computes the geometry of a plan.
func newGeometry(p *Plan) *geometry {
	g := &geometry{distance: make([]float64, len(p.Seats)), blocked: make([]byte, BitmapSize(len(p.Seats)))}
	type row struct{ section, name string }
	var order []row
	rows := map[row][]int{}
	var sections []string
	boxes := map[string]*box{}
	var all box
	for i := range p.Seats {
		s := &p.Seats[i]
		if s.AreaLen > 0 {
			continue // the search for the best seats offers no units
		}
		at := row{s.Section, rowName(s)}
		if _, ok := rows[at]; !ok {
			order = append(order, at)
		}
		rows[at] = append(rows[at], i)
		b := boxes[s.Section]
		if b == nil {
			b = &box{}
			boxes[s.Section] = b
			sections = append(sections, s.Section)
		}
		b.add(s.X, s.Y)
		all.add(s.X, s.Y)
	}
	// The stage is in the middle of the front (least y). The focal point of a section is
	// the middle of the section's front. The distance of a seat is the way from the stage
	// to the focal point and from there to the seat.
	// So a section far from the stage gains nothing from having a front of its own.
	stageX, stageY := all.front()
	away := map[string]float64{}
	for _, name := range sections {
		x, y := boxes[name].front()
		away[name] = math.Hypot(x-stageX, y-stageY)
	}
	for i := range p.Seats {
		s := &p.Seats[i]
		if s.Blocked {
			SetBit(g.blocked, i)
		}
		if s.AreaLen > 0 {
			continue
		}
		x, y := boxes[s.Section].front()
		g.distance[i] = away[s.Section] + math.Hypot(s.X-x, s.Y-y)
	}
	for _, at := range order {
		g.banks = append(g.banks, banksOf(p, rows[at])...)
	}
	return g
}

// banksOf sorts the seats of a row along the row, horizontal or vertical, and splits the
// row at its aisles.
func banksOf(p *Plan, row []int) [][]int {
	var b box
	for _, i := range row {
		b.add(p.Seats[i].X, p.Seats[i].Y)
	}
	upright := b.maxY-b.minY > b.maxX-b.minX
	slices.SortStableFunc(row, func(i, j int) int {
		dx, dy := p.Seats[i].X-p.Seats[j].X, p.Seats[i].Y-p.Seats[j].Y
		if upright {
			dx = dy
		}
		switch {
		case dx < 0:
			return -1
		case dx > 0:
			return 1
		}
		return naturally(p.Seats[i].Number, p.Seats[j].Number)
	})
	var banks [][]int
	start := 0
	for k := 1; k <= len(row); k++ {
		if k < len(row) {
			a, c := &p.Seats[row[k-1]], &p.Seats[row[k]]
			if math.Hypot(c.X-a.X, c.Y-a.Y) <= aisle {
				continue
			}
		}
		banks = append(banks, row[start:k])
		start = k
	}
	return banks
}

// box is the smallest rectangle around points.
type box struct {
	some                   bool
	minX, maxX, minY, maxY float64
}

func (b *box) add(x, y float64) {
	if !b.some {
		*b = box{true, x, x, y, y}
		return
	}
	b.minX, b.maxX = min(b.minX, x), max(b.maxX, x)
	b.minY, b.maxY = min(b.minY, y), max(b.maxY, y)
}

// front returns the middle of the front edge (least y).
func (b *box) front() (x, y float64) { return (b.minX + b.maxX) / 2, b.minY }
