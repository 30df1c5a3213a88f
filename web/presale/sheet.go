package presale

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"usher/internal/csvsheet"
	"usher/internal/fault"
	codes "usher/internal/presale"
	"usher/internal/text"
	"usher/internal/wire"
)

const (
	maxCodes = 200_000
	maxRows  = 20 // wrong lines that an answer names
	// minCode is how long a code is at least. Of six letters and digits there are two
	// billion; a user may try five a minute.
	minCode = 4
)

// readCodes reads a CSV file with the columns code and uses. A line without uses has 1.
// Errors: invalid_request with the wrong lines.
func readCodes(file []byte) ([]codes.Code, error) {
	sheet, err := csvsheet.Open(file)
	if err != nil {
		return nil, refused(err)
	}
	head, err := sheet.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, refused(err)
	}
	for i := range head {
		head[i] = text.Fold(strings.TrimSpace(head[i]))
	}
	head = slices.Clone(head)
	codeAt, usesAt := slices.Index(head, "code"), slices.Index(head, "uses")
	if codeAt < 0 || len(head) > 2 || len(head) == 2 && usesAt < 0 {
		return nil, fault.New(fault.InvalidRequest, "the first line of the file must be code,uses; it is %.80q", strings.Join(head, ","))
	}
	var out []codes.Code
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
		one := codes.Code{Text: codes.Normal(row[codeAt]), Uses: 1}
		line, _ := sheet.At(codeAt)
		switch n := utf8.RuneCountInString(one.Text); {
		case n < minCode || n > wire.MaxCode:
			problem(codeAt, "a code has %d to %d characters, not %d", minCode, wire.MaxCode, n)
		case lines[one.Text] > 0:
			problem(codeAt, "the code is the one of line %d; case and surrounding spaces make no difference", lines[one.Text])
		case len(out) == maxCodes:
			return nil, fault.New(fault.TooLarge, "a file may have at most %d codes; send the others in a second file", maxCodes)
		default:
			lines[one.Text] = line
		}
		if usesAt >= 0 && strings.TrimSpace(row[usesAt]) != "" {
			if one.Uses, err = strconv.Atoi(strings.TrimSpace(row[usesAt])); err != nil || one.Uses < 1 || one.Uses > codes.MaxUses {
				problem(usesAt, "uses is a whole number from 1 to %d, not %.40q", codes.MaxUses, row[usesAt])
			}
		}
		out = append(out, one)
	}
	if len(wrong) > 0 {
		f := fault.New(fault.InvalidRequest, "the file has wrong lines; no code was stored")
		f.Rows = wrong
		return nil, f
	}
	if len(out) == 0 {
		return nil, fault.New(fault.InvalidRequest, "the file has no codes below its first line")
	}
	return out, nil
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
