package booking

import (
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"usher/booking/seatmap"
	"usher/internal/xlsx"
)

// byteOrderMark begins every export as CSV. The files are for people, and Excel takes a
// CSV file without it for one in the local code page, which garbles every name
// that is not plain English; programs that read UTF-8 pass over it or are told to.
// A shop's program has the feed.
const byteOrderMark = "\ufeff"

// SheetFormat is a form of an export.
type SheetFormat string

// The forms. A spreadsheet that opens a CSV file makes dates and numbers of what
// looks like some (seat MAR-1, row 5E3, an id of digits); in a workbook text is text.
const (
	CSV  SheetFormat = "csv"  // as RFC 4180 has it
	XLSX SheetFormat = "xlsx" // Office Open XML
)

// ParseSheetFormat reads the name of a form.
func ParseSheetFormat(text string) (SheetFormat, error) {
	if format := SheetFormat(text); format == CSV || format == XLSX {
		return format, nil
	}
	return "", errors.New("the format is csv or xlsx")
}

// sheet writes an export, line by line.
type sheet struct {
	w      io.Writer
	begin  func()
	format SheetFormat
	csv    *csv.Writer
	book   *xlsx.Writer // with XLSX, once begun
	begun  bool
	head   []string
	wrong  error
}

// newSheet writes nothing yet: what fails before the first line can still be told
// in another way.
func newSheet(w io.Writer, format SheetFormat, begin func(), columns ...string) *sheet {
	s := &sheet{w: w, format: format, begin: begin, csv: csv.NewWriter(w), head: columns}
	s.csv.UseCRLF = true
	return s
}

func (s *sheet) start() {
	if s.begun {
		return
	}
	s.begun = true
	if s.begin != nil {
		s.begin()
	}
	if s.format == XLSX {
		s.book = xlsx.New(s.w)
		s.wrong = s.book.Row(s.head, func(int) bool { return false })
		return
	}
	if _, s.wrong = io.WriteString(s.w, byteOrderMark); s.wrong == nil {
		s.wrong = s.csv.Write(s.head)
	}
}

func (s *sheet) line(cells ...string) {
	if s.start(); s.wrong != nil {
		return
	}
	if s.book != nil {
		s.wrong = s.book.Row(cells, func(column int) bool { return isAmount(s.head[column]) })
		return
	}
	for i := range cells {
		cells[i] = inert(cells[i])
	}
	s.wrong = s.csv.Write(cells)
}

// isAmount reports whether a column holds numbers that people add up.
func isAmount(column string) bool {
	switch strings.TrimSuffix(column, "Decimal") {
	case "price", "seatsSold", "seatsRefunded", "gross", "refunded", "net":
		return true
	}
	return false
}

// err tells whether anything could not be written.
func (s *sheet) err() error { return s.wrong }

func (s *sheet) end() error {
	if s.start(); s.wrong != nil {
		return s.wrong
	}
	if s.book != nil {
		s.wrong = s.book.Close()
		return s.wrong
	}
	s.csv.Flush()
	s.wrong = s.csv.Error()
	return s.wrong
}

// formula is where a spreadsheet would take a cell's text for a formula: at its
// beginning, and after what some take for the end of a cell or a line. Where the
// decimal sign is a comma, Excel splits lines at semicolons and knows no quotes
// in the middle of what it takes for a cell.
var formula = regexp.MustCompile(`(^|[;\t\r\n])([ "]*)('*[=+\-@\t\r\n＝＋－＠])`)

// inert makes a spreadsheet take a cell for text where it would take it for a
// formula: a name that begins like one gets an apostrophe before it, and stays as
// readable as it was. One apostrophe before such a beginning is ours, so a reader
// can take it off and has every name back.
func inert(cell string) string {
	if !strings.ContainsAny(cell, "=+-@\t\r\n＝＋－＠") {
		return cell
	}
	return formula.ReplaceAllString(cell, "${1}${2}'${3}")
}

func sheetTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// decimal writes an amount of minor units, which is not negative, for people:
// 4500 EUR as 45.00.
func decimal(minor int64, currency string) string {
	digits := seatmap.MinorDigits(currency)
	text := strconv.FormatInt(minor, 10)
	if digits == 0 {
		return text
	}
	if len(text) <= digits {
		text = strings.Repeat("0", digits+1-len(text)) + text
	}
	return text[:len(text)-digits] + "." + text[len(text)-digits:]
}
