package presale

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"usher/internal/csvsheet"
	"usher/internal/fault"
	codes "usher/internal/presale"
	"usher/internal/wire"
)

const (
	maxCodes = 200_000
	// minCode is how long a code is at least. Of six letters and digits there are two
	// billion; a user may try five a minute.
	minCode = 4
)

// readCodes reads a CSV file with the columns code and uses. A line without uses has 1.
// Errors: invalid_request with the wrong lines.
func readCodes(file []byte) ([]codes.Code, error) {
	var out []codes.Code
	var codeAt, usesAt int
	lines := map[string]int{}
	columns := func(names []string) error {
		codeAt, usesAt = slices.Index(names, "code"), slices.Index(names, "uses")
		if codeAt < 0 || len(names) > 2 || len(names) == 2 && usesAt < 0 {
			return fault.New(fault.InvalidRequest, "the first line of the file must be code,uses; it is %.80q", strings.Join(names, ","))
		}
		return nil
	}
	err := csvsheet.Records(file, "codes", "no code was stored", columns, func(r *csvsheet.Record) error {
		one := codes.Code{Text: codes.Normal(r.Cells[codeAt]), Uses: 1}
		switch n := utf8.RuneCountInString(one.Text); {
		case n < minCode || n > wire.MaxCode:
			r.Wrong(codeAt, "a code has %d to %d characters, not %d", minCode, wire.MaxCode, n)
		case lines[one.Text] > 0:
			r.Wrong(codeAt, "the code is the one of line %d; case and surrounding spaces make no difference", lines[one.Text])
		case len(out) == maxCodes:
			return fault.New(fault.TooLarge, "a file may have at most %d codes; send the others in a second file", maxCodes)
		default:
			lines[one.Text] = r.Line
		}
		if usesAt >= 0 && strings.TrimSpace(r.Cells[usesAt]) != "" {
			uses, err := strconv.Atoi(strings.TrimSpace(r.Cells[usesAt]))
			if err != nil || uses < 1 || uses > codes.MaxUses {
				r.Wrong(usesAt, "uses is a whole number from 1 to %d, not %.40q", codes.MaxUses, r.Cells[usesAt])
			}
			one.Uses = uses
		}
		out = append(out, one)
		return nil
	})
	return out, err
}
