package seatmap

import (
	"regexp"
	"slices"
	"strconv"
)

// maxAreaName is the most characters of an area's name: with "-" and the digits of a unit
// it is a seat number.
const maxAreaName = 24

var areaName = regexp.MustCompile(`^[A-Za-z0-9 ._-]{1,24}$`)

// readArea reads what a line says of an area, and reports whether the line is one of an
// area: its seatNumber is empty, and it names an area.
func (p *planReader) readArea(row *planRow, line int, field func(string) (string, func(string, ...any))) bool {
	name, wrong := field("area")
	capacity, wrongCapacity := field("capacity")
	if name == "" && capacity == "" {
		return false
	}
	if row.Number != "" {
		if name == "" {
			wrong = wrongCapacity
		}
		wrong("the line has the seatNumber %.40q and an area or a capacity: a seat has neither, and an area has no seatNumber", row.Number)
		return true
	}
	row.area = name
	if !areaName.MatchString(name) {
		wrong("area must be 1–%d letters, digits, spaces, '.', '_' or '-', not %.40q", maxAreaName, name)
	} else if name == "." || name == ".." {
		wrong("area %q has another meaning in a path: choose another name", name)
	} else if first, twice := p.areas[name]; twice {
		wrong("area %s is already on line %d", name, first)
	} else {
		p.areas[name] = line
	}
	units, err := strconv.Atoi(capacity)
	if err != nil || units < 1 || units > MaxSeats {
		wrongCapacity("capacity must be a whole number of places from 1 to %d, not %.40q", MaxSeats, capacity)
	} else {
		row.capacity = units
		p.units += units
	}
	for _, name := range []string{"row", "x", "y"} {
		if text, wrong := field(name); text != "" {
			wrong("an area has no %s: leave the field empty", name)
		}
	}
	return true
}

// refuseUnitNames refuses seats that have the name of a unit of an area of the same file.
// A later version of the plan may have more units, so the capacity does not matter.
func (p *planReader) refuseUnitNames() {
	type clash struct {
		line         int
		number, area string
	}
	var clashes []clash
	for number, line := range p.lines {
		if area, ok := unitOf(number); ok && p.areas[area] > 0 {
			clashes = append(clashes, clash{line, number, area})
		}
	}
	slices.SortFunc(clashes, func(a, b clash) int { return a.line - b.line })
	for _, c := range clashes {
		p.problem(c.line, 1, "seat %s has the name of a place of the area %s: give the seat or the area another name", c.number, c.area)
	}
}
