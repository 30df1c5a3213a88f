package seatplan

import (
	"math"
	"strconv"
	"strings"

	"usher/booking"
	"usher/internal/wire"
)

// thousandths is how many units of a coordinate a seat width has.
const thousandths = 1000

// columnsOf writes a plan in columns. Seats in one row have the same section, category,
// price and prefix, and follow each other at equal distances, so runs and differences
// leave little to transfer.
func columnsOf(plan *booking.Plan) wire.SeatPlan {
	n := len(plan.Seats)
	var categories, sections, rows, prefixes table[string]
	var prices table[int64]
	var lists table[booking.Prices]
	p := wire.SeatPlan{
		Season: plan.Season, Version: plan.Version, Count: n,
		Category: []int{}, Price: []int{}, Section: []int{}, Row: []int{}, Prefix: []int{},
		Number: make([]int, 0, n), X: make([]int, 0, n), Y: make([]int, 0, n),
	}
	areas := table[string]{values: []string{""}, known: map[string]int{"": 0}}
	var number, x, y int
	differ := func(column *[]int, last *int, value int) {
		*column = append(*column, value-*last)
		*last = value
	}
	for i := range plan.Seats {
		seat := &plan.Seats[i]
		prefix, digits := split(seat.Number)
		run(&p.Category, categories.index(string(seat.Category)))
		run(&p.Price, prices.index(seat.Price))
		run(&p.List, lists.index(seat.Prices))
		run(&p.Section, sections.index(seat.Section))
		run(&p.Row, rows.index(seat.Row))
		run(&p.Prefix, prefixes.index(prefix))
		run(&p.Area, areas.index(seat.Area()))
		differ(&p.Number, &number, digits)
		differ(&p.X, &x, int(math.Round(seat.X*thousandths)))
		differ(&p.Y, &y, int(math.Round(seat.Y*thousandths)))
	}
	p.Categories, p.Prices, p.Sections, p.Rows, p.Prefixes = categories.list(), prices.list(), sections.list(), rows.list(), prefixes.list()
	for _, list := range lists.values {
		byType := list.ByType()
		if byType == nil {
			byType = map[string]int64{}
		}
		p.Lists = append(p.Lists, byType)
	}
	if len(lists.values) == 1 && lists.values[0] == "" {
		p.Lists, p.List = nil, nil
	}
	if p.Areas = areas.values[1:]; len(p.Areas) == 0 {
		p.Area = nil
	}
	return p
}

// table numbers the values of a column in the order in which they come.
type table[V comparable] struct {
	values []V
	known  map[V]int
}

func (t *table[V]) index(value V) int {
	at, ok := t.known[value]
	if !ok {
		if t.known == nil {
			t.known = map[V]int{}
		}
		at = len(t.values)
		t.known[value] = at
		t.values = append(t.values, value)
	}
	return at
}

func (t *table[V]) list() []V { return append([]V{}, t.values...) } // never null in JSON

// run appends a value to a column of runs: value, length, value, length.
func run(column *[]int, value int) {
	c := *column
	if len(c) > 0 && c[len(c)-2] == value {
		c[len(c)-1]++
		return
	}
	*column = append(c, value, 1)
}

// split parts a seat number into a prefix and the whole number at its end; -1 when there
// is none that would be written the same again.
func split(number string) (prefix string, digits int) {
	const most = 9 // digits that every client can read as a whole number
	prefix = strings.TrimRight(number, "0123456789")
	if len(number)-len(prefix) > most {
		prefix = number[:len(number)-most]
	}
	for len(prefix) < len(number)-1 && number[len(prefix)] == '0' { // "A-07" is the prefix "A-0" and 7
		prefix = number[:len(prefix)+1]
	}
	digits, err := strconv.Atoi(number[len(prefix):])
	if err != nil {
		return number, -1
	}
	return prefix, digits
}
