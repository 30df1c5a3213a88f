package csvsheet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"usher/internal/fault"
	"usher/internal/text"
)

// maxWrong is how many wrong lines an error names.
const maxWrong = 20

// Record is a row below the header, with as many cells as the header.
type Record struct {
	Cells []string // valid until the next record
	Line  int

	sheet *Sheet
	wrong *[]fault.Row
}

// Wrong says what is wrong with a cell. The other lines are read, so that the error of
// Records names all wrong ones.
func (r *Record) Wrong(cell int, format string, args ...any) {
	if len(*r.wrong) < maxWrong {
		line, column := r.sheet.At(min(cell, len(r.Cells)-1))
		*r.wrong = append(*r.wrong, fault.Row{Line: line, Column: column, Problem: fmt.Sprintf(format, args...)})
	}
}

// Records reads a CSV file with a header. columns gets the names of the header, folded and
// without the spaces around them; record gets each row. An error of either ends the
// reading. In errors, what names the rows, for example "seats", and unchanged says that the
// file had no effect, for example "no seat was moved". Errors: invalid_request with the wrong lines.
func Records(file []byte, what, unchanged string, columns func(names []string) error, record func(*Record) error) error {
	sheet, err := Open(file)
	if err != nil {
		return refused(err)
	}
	head, err := sheet.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return refused(err)
	}
	head = slices.Clone(head)
	for i := range head {
		head[i] = text.Fold(strings.TrimSpace(head[i]))
	}
	if err := columns(head); err != nil {
		return err
	}
	var wrong []fault.Row
	rows := 0
	for ; ; rows++ {
		row, err := sheet.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return refused(err)
		}
		r := &Record{Cells: row, sheet: sheet, wrong: &wrong}
		r.Line, _ = sheet.At(0)
		if len(row) != len(head) {
			r.Wrong(0, "the line has %d fields, and the first line has %d", len(row), len(head))
			continue
		}
		if err := record(r); err != nil {
			return err
		}
	}
	switch {
	case len(wrong) > 0:
		f := fault.New(fault.InvalidRequest, "the file has wrong lines; %s", unchanged)
		f.Rows = wrong
		return f
	case rows == 0:
		return fault.New(fault.InvalidRequest, "the file has no %s below its first line", what)
	}
	return nil
}

// refused is the error about a file that is not CSV.
func refused(err error) error {
	var problem *Problem
	if !errors.As(err, &problem) {
		return fault.Wrap(fault.InvalidRequest, err, "the file is not CSV")
	}
	f := fault.New(fault.InvalidRequest, "%s", problem.What)
	if problem.Line > 0 {
		f.Rows = []fault.Row{{Line: problem.Line, Column: problem.Column, Problem: problem.What}}
	}
	return f
}
