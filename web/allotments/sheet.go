package allotments

import (
	"slices"
	"strings"

	"usher/booking"
	"usher/internal/csvsheet"
	"usher/internal/fault"
	"usher/internal/text"
)

// readSeats reads a CSV file with the columns seatNumber and allotment; other columns, as
// an export has them, are ignored. An empty allotment puts the seat on sale. Errors:
// invalid_request with the wrong lines.
func readSeats(file []byte) ([]booking.AllotSeat, error) {
	var want []booking.AllotSeat
	var seatAt, nameAt int
	lines := map[string]int{}
	columns := func(names []string) error {
		seatAt, nameAt = slices.Index(names, text.Fold("seatNumber")), slices.Index(names, "allotment")
		if seatAt < 0 || nameAt < 0 {
			return fault.New(fault.InvalidRequest, "the first line of the file must name the columns seatNumber and allotment; it is %.80q", strings.Join(names, ","))
		}
		return nil
	}
	err := csvsheet.Records(file, "seats", "no seat was moved", columns, func(r *csvsheet.Record) error {
		one := booking.AllotSeat{Number: plain(r.Cells[seatAt]), Allotment: plain(r.Cells[nameAt])}
		switch first := lines[one.Number]; {
		case one.Number == "":
			r.Wrong(seatAt, "the seat number is missing")
		case first > 0:
			r.Wrong(seatAt, "seat %.40s is named in line %d already", one.Number, first)
		default:
			lines[one.Number] = r.Line
		}
		if one.Allotment != "" {
			if err := booking.CheckAllotment(one.Allotment); err != nil {
				r.Wrong(nameAt, "the name of an allotment %v", err)
			}
		}
		if len(want) == booking.AllotmentsMax {
			return fault.New(fault.InvalidRequest, "a file may have at most %d rows; send the others in a second file", booking.AllotmentsMax)
		}
		want = append(want, one)
		return nil
	})
	return want, err
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
