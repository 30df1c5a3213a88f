package allotments

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"usher/booking"
	"usher/internal/csvsheet"
	"usher/internal/fault"
	"usher/internal/text"
)

const maxRows = 20 // wrong lines that an answer names

// readSeats reads a CSV file with the columns seatNumber and allotment; other columns, as
// an export has them, are ignored. An empty allotment puts the seat on sale. Errors:
// invalid_request with the wrong lines.
func readSeats(file []byte) ([]booking.AllotSeat, error) {
	sheet, err := csvsheet.Open(file)
	if err != nil {
		return nil, refused(err)
	}
	head, err := sheet.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, refused(err)
	}
	head = slices.Clone(head)
	for i := range head {
		head[i] = text.Fold(strings.TrimSpace(head[i]))
	}
	seatAt, nameAt := slices.Index(head, text.Fold("seatNumber")), slices.Index(head, "allotment")
	if seatAt < 0 || nameAt < 0 {
		return nil, fault.New(fault.InvalidRequest, "the first line of the file must name the columns seatNumber and allotment; it is %.80q", strings.Join(head, ","))
	}
	var want []booking.AllotSeat
	var wrong []fault.Row
	lines := map[string]int{}
	for {
		row, err := sheet.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, refused(err)
		}
		problem := func(field int, format string, args ...any) {
			if len(wrong) < maxRows {
				line, column := sheet.At(min(field, len(row)-1))
				wrong = append(wrong, fault.Row{Line: line, Column: column, Problem: fmt.Sprintf(format, args...)})
			}
		}
		if len(row) != len(head) {
			problem(0, "the line has %d fields, and the first line has %d", len(row), len(head))
			continue
		}
		one := booking.AllotSeat{Number: plain(row[seatAt]), Allotment: plain(row[nameAt])}
		line, _ := sheet.At(seatAt)
		switch first := lines[one.Number]; {
		case one.Number == "":
			problem(seatAt, "the seat number is missing")
		case first > 0:
			problem(seatAt, "seat %.40s is named in line %d already", one.Number, first)
		default:
			lines[one.Number] = line
		}
		if one.Allotment != "" {
			if err := booking.CheckAllotment(one.Allotment); err != nil {
				problem(nameAt, "the name of an allotment %v", err)
			}
		}
		want = append(want, one)
		if len(want) > booking.AllotmentsMax {
			return nil, fault.New(fault.InvalidRequest, "a file may have at most %d rows; send the others in a second file", booking.AllotmentsMax)
		}
	}
	if len(wrong) > 0 {
		f := fault.New(fault.InvalidRequest, "the file has wrong lines; no seat was moved")
		f.Rows = wrong
		return nil, f
	}
	if len(want) == 0 {
		return nil, fault.New(fault.InvalidRequest, "the file has no seats below its first line")
	}
	return want, nil
}

// plain returns a cell without the spaces around it, and without the apostrophe that an
// export puts before what a spreadsheet would take for a formula.
func plain(cell string) string {
	cell = strings.TrimSpace(cell)
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte("=+-@", cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}

// refused is the error about a file that is not CSV.
func refused(err error) error {
	var problem *csvsheet.Problem
	if !errors.As(err, &problem) {
		return fault.Wrap(fault.InvalidRequest, err, "the file is not CSV")
	}
	f := fault.New(fault.InvalidRequest, "%s", problem.What)
	if problem.Line > 0 {
		f.Rows = []fault.Row{{Line: problem.Line, Column: problem.Column, Problem: problem.What}}
	}
	return f
}
