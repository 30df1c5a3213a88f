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

// separators are those that spreadsheets write: commas, semicolons where the decimal
// sign is a comma, and tabs in "Unicode text".
const separators = ",;\t"

// Open begins to read a CSV file. Errors: *Problem.
func Open(file []byte) (*Sheet, error) {
	text, err := Text(file, "CSV UTF-8")
	if err != nil {
		return nil, err
	}
	comma := rune(0)
	// The first line "sep=;" of Excel names the separator. It stays as an empty line,
	// so that line numbers are those of the file.
	if first, rest, _ := bytes.Cut(text, []byte("\n")); len(first) >= 5 && strings.EqualFold(string(first[:4]), "sep=") && strings.ContainsRune(separators, rune(first[4])) {
		comma = rune(first[4])
		text = append([]byte("\n"), rest...)
	}
	if comma == 0 {
		comma = separatorOf(text)
	}
	s := &Sheet{csv: csv.NewReader(bytes.NewReader(text)), comma: comma}
	s.csv.Comma = comma
	s.csv.FieldsPerRecord = -1 // the caller counts the fields, so that it can report all wrong lines
	s.csv.ReuseRecord = true
	return s, nil
}

// separatorOf is the separator that splits the first line into the most fields.
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

// Read returns the next row that is not empty, valid until the next call.
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

// At returns the line and column at which a field of the last row begins.
func (s *Sheet) At(field int) (line, column int) { return s.csv.FieldPos(field) }

// DecimalComma reports whether a comma in a number is its decimal sign, because the
// separator is another.
func (s *Sheet) DecimalComma() bool { return s.comma != ',' }
