package seatmap

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"usher/internal/csvsheet"
	"usher/internal/fault"
	"usher/internal/text"
)

// MaxSeats is the largest number of seats of a plan.
const MaxSeats = 200_000

const (
	maxPlanBytes  = 32 << 20
	maxRowsNamed  = 100              // problems named for one file; further ones are counted
	maxPrice      = 1_000_000_000_00 // minor units
	maxCoordinate = 1_000_000
	maxPlace      = 64 // characters of a section or a row
)

var (
	seatNumber = regexp.MustCompile(`^[A-Za-z0-9 ._-]{1,32}$`)
	// decimalPrice matches a price with decimals instead of minor units.
	decimalPrice = regexp.MustCompile(`^([0-9]{1,9})[.,]([0-9]{1,4})$`)
	planFields   = []string{"seatNumber", "category", "price", "section", "row", "x", "y", "status", "area", "capacity"}
	mustFields   = planFields[:3]
)

// typedPrice begins the name of a column with the prices of a type: "price:child".
const typedPrice = "price:"

// planRow is one seat, or one area, from one line of the file.
type planRow struct {
	Seat
	placed   bool   // the file contains the coordinates
	area     string // "": a seat
	capacity int    // of the area: how many units
}

// planReader reads the CSV of a plan and collects the problems.
type planReader struct {
	csv      *csvsheet.Sheet
	column   map[string]int // field → column, from 0
	types    []string       // the price types, in the order of their columns
	cells    int            // number of cells in the header
	width    int            // number of cells up to the last one with a name
	currency string         // of the prices
	problems []fault.Row
	dropped  int            // number of problems beyond maxRowsNamed
	lines    map[string]int // seat number → line
	areas    map[string]int // area → line
	units    int            // of all areas

	categories map[string]bool
}

// Read reads a seat plan from CSV as docs/operating.md describes, and lays out the seats
// that have no coordinates. An area becomes its units, in the place of its line. Prices
// are in minor units of the currency. Read returns all seats or none. Errors: too_large,
// invalid_request with Rows.
func Read(file io.Reader, currency string) ([]Seat, error) {
	rows, err := readPlan(file, currency)
	if err != nil {
		return nil, err
	}
	layOut(rows)
	placeAreas(rows)
	seats := make([]Seat, 0, len(rows))
	for i := range rows {
		if row := &rows[i]; row.area != "" {
			seats = appendUnits(seats, row.Seat, row.area, 1, row.capacity)
		} else {
			seats = append(seats, row.Seat)
		}
	}
	return seats, nil
}

// readPlan is Read without the layout.
func readPlan(file io.Reader, currency string) ([]planRow, error) {
	text, err := io.ReadAll(io.LimitReader(file, maxPlanBytes+1))
	if err != nil {
		return nil, fault.Wrap(fault.InvalidRequest, err, "reading the seat plan failed before its end: send the file again")
	}
	if len(text) > maxPlanBytes {
		return nil, fault.New(fault.TooLarge, "a seat plan is at most %d MiB", maxPlanBytes>>20)
	}
	p := &planReader{currency: currency, lines: map[string]int{}, areas: map[string]int{}, categories: map[string]bool{}}
	var rows []planRow
	if p.csv, err = csvsheet.Open(text); err == nil {
		rows = p.read()
	} else {
		p.broken(err)
	}
	if len(p.problems) == 0 && len(rows) == 0 {
		p.problem(1, 1, "the file has no seats")
	}
	if len(p.problems) == 0 {
		return rows, nil
	}
	f := fault.New(fault.InvalidRequest, "the seat plan has %d problems; nothing was imported", len(p.problems)+p.dropped)
	if len(p.problems)+p.dropped == 1 {
		f.Detail = "the seat plan has a problem; nothing was imported"
	}
	f.Rows = p.problems
	return nil, f
}

// problem appends a problem, unless there are too many already.
func (p *planReader) problem(line, column int, format string, args ...any) {
	if len(p.problems) >= maxRowsNamed {
		p.dropped++
		return
	}
	p.problems = append(p.problems, fault.Row{Line: line, Column: column, Problem: fmt.Sprintf(format, args...)})
}

// read reads the header and all lines.
func (p *planReader) read() []planRow {
	header, ok := p.record()
	if !ok || !p.readHeader(header) {
		return nil
	}
	var rows []planRow
	for {
		record, ok := p.record()
		if !ok {
			p.refuseUnitNames()
			return rows
		}
		if row, ok := p.readRow(record); ok && len(p.problems) == 0 {
			rows = append(rows, row)
		}
		if len(p.lines)+p.units > MaxSeats {
			line, _ := p.csv.At(0)
			p.problem(line, 1, "a plan has at most %d seats", MaxSeats)
			return nil
		}
	}
}

// record reads the fields of the next line. False means the end of the file, or a line
// after which reading cannot continue.
func (p *planReader) record() ([]string, bool) {
	record, err := p.csv.Read()
	switch {
	case err == nil:
		return record, true
	case errors.Is(err, io.EOF):
		if p.column == nil {
			p.problem(1, 1, "the file is empty; its first line names the columns: %s", strings.Join(planFields, ","))
		}
	default:
		p.broken(err)
	}
	return nil, false
}

// broken appends the problem of a file or a line that cannot be read.
func (p *planReader) broken(err error) {
	problem := &csvsheet.Problem{Line: 1, Column: 1, What: err.Error()}
	_ = errors.As(err, &problem)
	p.problem(problem.Line, problem.Column, "%s", problem.What)
}

// readHeader reads the names of the columns. False means that the header has problems.
func (p *planReader) readHeader(header []string) bool {
	p.column, p.cells = map[string]int{}, len(header)
	for i, name := range header {
		line, column := p.csv.At(i)
		if name = strings.TrimSpace(name); name == "" {
			continue // spreadsheets save emptied columns
		}
		p.width = i + 1
		known := slices.Contains(planFields, name)
		kind, typed := strings.CutPrefix(name, typedPrice)
		if typed {
			kind = strings.TrimSpace(kind)
			name = typedPrice + kind
		}
		_, twice := p.column[name]
		switch {
		case typed && CheckName(kind) != nil:
			p.problem(line, column, "the price type in column %.60q %v", name, CheckName(kind))
		case !known && !typed:
			p.problem(line, column, "unknown column %q; the columns are %s, and %sTYPE for the prices of a type", name, strings.Join(planFields, ", "), typedPrice)
		case typed && !twice && len(p.types) == MaxTypes:
			p.problem(line, column, "a plan has at most %d price types", MaxTypes)
		case typed && !twice:
			p.types = append(p.types, kind)
			p.column[name] = i
		case twice:
			p.problem(line, column, "column %s appears twice", name)
		default:
			p.column[name] = i
		}
	}
	for _, name := range mustFields {
		if _, ok := p.column[name]; !ok {
			p.problem(1, 1, "column %s is missing", name)
		}
	}
	return len(p.problems) == 0
}

// readRow reads one seat. False means that the line has problems.
func (p *planReader) readRow(record []string) (planRow, bool) {
	line, _ := p.csv.At(0)
	if len(record) < p.width {
		p.problem(line, 1, "the line has %d fields, the header %d", len(record), p.width)
		return planRow{}, false
	}
	if more := record[min(p.cells, len(record)):]; slices.ContainsFunc(more, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		p.problem(line, 1, "the line has %d fields, the header %d", len(record), p.cells)
		return planRow{}, false
	}
	before := len(p.problems) + p.dropped
	// field returns the text of a field and a function that appends a problem with the
	// field. The text of a missing column is "".
	field := func(name string) (string, func(string, ...any)) {
		i, ok := p.column[name]
		if !ok {
			return "", func(format string, args ...any) { p.problem(line, 1, format, args...) }
		}
		at, column := p.csv.At(i)
		return strings.TrimSpace(record[i]), func(format string, args ...any) { p.problem(at, column, format, args...) }
	}

	var row planRow
	number, wrong := field("seatNumber")
	row.Number = number
	if p.readArea(&row, line, field) {
		// A line of an area has no seat number.
	} else if number == "." || number == ".." {
		wrong("seatNumber %q has another meaning in a URL: GET /seats/%s cannot name the seat", number, number)
	} else if !seatNumber.MatchString(number) {
		wrong("seatNumber must be 1–32 letters, digits, spaces, '.', '_' or '-', not %.40q", number)
	} else if first, twice := p.lines[number]; twice {
		wrong("seat %s is already on line %d", number, first)
	} else {
		p.lines[number] = line
	}
	category, wrong := field("category")
	row.Category = Category(category)
	if err := CheckName(category); err != nil {
		wrong("category %.40q %v", category, err)
	} else if !p.categories[category] {
		p.categories[category] = true
		if len(p.categories) == MaxCategories+1 {
			wrong("a plan has at most %d categories; %.40q is one more", MaxCategories, category)
		}
	}
	price, wrong := field("price")
	row.Price = p.readPrice("price", price, wrong)
	row.Prices = p.readPrices(field)
	section, wrong := field("section")
	row.Section = readPlace("section", section, wrong)
	inRow, wrong := field("row")
	row.Row = readPlace("row", inRow, wrong)
	status, wrong := field("status")
	switch status {
	case "", Available:
	case Unavailable:
		row.Blocked = true
	default:
		wrong("status must be available or unavailable, not %.40q", status)
	}
	x, wrongX := field("x")
	y, wrongY := field("y")
	switch {
	case x == "" && y == "":
	case x == "":
		wrongX("y is given and x is not; give both or none")
	case y == "":
		wrongY("x is given and y is not; give both or none")
	default:
		row.X, row.Y, row.placed = p.readCoordinate("x", x, wrongX), p.readCoordinate("y", y, wrongY), true
	}
	return row, len(p.problems)+p.dropped == before
}

// readPrices reads the prices of a seat besides the normal one. An empty cell means that
// the seat has no such price.
func (p *planReader) readPrices(field func(string) (string, func(string, ...any))) Prices {
	var byType map[string]int64
	for _, kind := range p.types {
		name := typedPrice + kind
		text, wrong := field(name)
		if text == "" {
			continue
		}
		if byType == nil {
			byType = make(map[string]int64, len(p.types))
		}
		byType[kind] = p.readPrice(name, text, wrong)
	}
	return NewPrices(byType)
}

// readPrice parses a price in minor units. If the price has decimals, the problem names
// the right price.
func (p *planReader) readPrice(name, text string, wrong func(string, ...any)) int64 {
	whole := text != ""
	for i := range len(text) {
		whole = whole && kindOf(text[i]) == digits
	}
	price, err := strconv.ParseInt(text, 10, 64)
	digits := MinorDigits(p.currency)
	// Suggest a price only if it has all minor digits: 1.000 may mean a thousand or one.
	if money := decimalPrice.FindStringSubmatch(text); money != nil && len(money[2]) == digits {
		wrong("%s is in minor units: write %s for %s", name, cmp.Or(strings.TrimLeft(money[1]+money[2], "0"), "0"), text)
		return 0
	}
	if !whole || err != nil || price > maxPrice {
		example := "4500"
		if digits > 0 {
			noughts := strings.Repeat("0", digits)
			example = "45" + noughts + " for 45." + noughts
		}
		wrong("%s must be a whole number in minor units of %s (%s), 0 to %d, not %.40q", name, p.currency, example, int64(maxPrice), text)
		return 0
	}
	return price
}

// readPlace checks the name of a section or a row.
func readPlace(name, written string, wrong func(string, ...any)) string {
	if err := text.CheckLabel(written, maxPlace); err != nil {
		wrong("%s %v; it is at most %d printable characters", name, err, maxPlace)
	}
	return written
}

// readCoordinate parses a coordinate in seat widths.
func (p *planReader) readCoordinate(name, text string, wrong func(string, ...any)) float64 {
	number := text
	if p.csv.DecimalComma() {
		number = strings.Replace(text, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > maxCoordinate {
		wrong("%s must be a number of seat widths, not %.40q", name, text)
		return 0
	}
	return v
}
