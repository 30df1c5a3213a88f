package allotments

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"usher/booking"
	"usher/internal/fault"
)

func TestReadingAFileOfSeats(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, want, detail string
		rows               []fault.Row
	}{
		"two columns":               {"seatNumber,allotment\nA-1,Promoter\n A-2 ,\n", "[{A-1 Promoter} {A-2 }]", "", nil},
		"an export":                 {"seatNumber,section,allotment\r\nA-1,Stalls,'=press\r\n'-2,,press\r\n", "[{A-1 =press} {-2 press}]", "", nil},
		"semicolons, other capital": {"ALLOTMENT;SeatNumber\npress;A-1\n", "[{A-1 press}]", "", nil},
		"no header":                 {"A-1,press\n", "", "must name the columns", nil},
		"no rows":                   {"seatNumber,allotment\n", "", "no seats", nil},
		"empty":                     {"", "", "must name", nil},
		"not text":                  {"PK\x03\x04zip", "", "Excel", nil},
		"too many":                  {"seatNumber,allotment\n" + strings.Repeat("A-1,x\n", booking.AllotmentsMax+1), "", "at most", nil},
		"wrong lines": {"seatNumber,allotment\n,press\nA-1,press\nA-1,press\nA-2,a,b\nA-3," + strings.Repeat("x", 33) + "\n", "", "no seat was moved", []fault.Row{
			{Line: 2, Column: 1, Problem: "the seat number is missing"},
			{Line: 4, Column: 1, Problem: "seat A-1 is named in line 3 already"},
			{Line: 5, Column: 1, Problem: "the line has 3 fields, and the first line has 2"},
			{Line: 6, Column: 5, Problem: "the name of an allotment has more than 32 characters"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readSeats([]byte(c.file))
			if c.want != "" {
				if err != nil || fmt.Sprint(got) != c.want {
					t.Errorf("%v %v", got, err)
				}
				return
			}
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.InvalidRequest || !strings.Contains(f.Detail, c.detail) || c.rows != nil && fmt.Sprint(f.Rows) != fmt.Sprint(c.rows) {
				t.Errorf("%v %+v", got, f)
			}
		})
	}
}
