package csvsheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// Sheet is a CSV file that is being read. Its first row is the header.
type Sheet struct {
	csv   *csv.Reader
	comma rune
}

// separators are those that spreadsheets write. Where the decimal sign is a comma
// they write semicolons; "Unicode text" has tabs.
const separators = ",;\t"

// Open begins to read a CSV file. Errors: *Problem.
func Open(file []byte) (*Sheet, error) {
	text, err := Text(file, "CSV UTF-8")
	if err != nil {
		return nil, err
	}
	comma := rune(0)
	// Excel's own first line, "sep=;", says how to split. It stays as an empty line,
	// so that lines count as they do in the file.
	if first, rest, _ := bytes.Cut(text, []byte("\n")); len(first) >= 5 && strings.EqualFold(string(first[:4]), "sep=") && strings.ContainsRune(separators, rune(first[4])) {
		comma = rune(first[4])
		text = append([]byte("\n"), rest...)
	}
	if comma == 0 {
		comma = separatorOf(text)
	}
	s := &Sheet{csv: csv.NewReader(bytes.NewReader(text)), comma: comma}
	s.csv.Comma = comma
	s.csv.FieldsPerRecord = -1 // the caller counts, so that it can tell of all lines
	s.csv.ReuseRecord = true
	return s, nil
}

// separatorOf is what splits the first line into the most fields.
func separatorOf(text []byte) rune {
	text = bytes.TrimLeft(text, "\r\n")
	best, most := ',', 0
	for _, comma := range separators {
		fields, quoted := 0, false
		for _, b := range text {
			if b == '"' {
				quoted = !quoted
			}
			if b == '\n' && !quoted {
				break
			}
			if rune(b) == comma && !quoted {
				fields++
			}
		}
		if fields > most {
			best, most = comma, fields
		}
	}
	return best
}

// Read returns the next row that has anything in it, valid until the next call.
// Errors: io.EOF at the end, *Problem.
func (s *Sheet) Read() ([]string, error) {
	for {
		row, err := s.csv.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case errors.As(err, &broken):
			return nil, &Problem{broken.Line, broken.Column, broken.Err.Error()}
		case err != nil:
			return nil, &Problem{1, 1, err.Error()}
		}
		if slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			return row, nil
		}
	}
}

// At is where a field of the last row begins.
func (s *Sheet) At(field int) (line, column int) { return s.csv.FieldPos(field) }

// DecimalComma reports whether a comma in a number can only be its decimal sign,
// because another sign separates the fields.
func (s *Sheet) DecimalComma() bool { return s.comma != ',' }
