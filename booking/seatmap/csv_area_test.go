package seatmap

import (
	"errors"
	"strings"
	"testing"

	"usher/internal/fault"
)

func TestWrongAreasAreNamedWithTheirLines(t *testing.T) {
	t.Parallel()
	const header = "seatNumber,category,price,area,capacity,row,x,y\n"
	for name, c := range map[string]struct {
		lines, want string
		line        int
	}{
		"a seat with an area":     {"A-1,VIP,1,Standing,4,,,\n", "a seat has neither", 2},
		"a seat with a capacity":  {"A-1,VIP,1,,4,,,\n", "a seat has neither", 2},
		"a capacity without name": {",VIP,1,,4,,,\n", "area must be 1–24", 2},
		"a long name":             {",VIP,1," + strings.Repeat("x", 25) + ",4,,,\n", "area must be 1–24", 2},
		"a path":                  {",VIP,1,..,4,,,\n", "another meaning", 2},
		"an area twice":           {",VIP,1,Floor,4,,,\n,VIP,1,Floor,5,,,\n", "already on line 2", 3},
		"no capacity":             {",VIP,1,Floor,,,,\n", "capacity must be", 2},
		"no places":               {",VIP,1,Floor,0,,,\n", "capacity must be", 2},
		"a row":                   {",VIP,1,Floor,4,B,,\n", "an area has no row", 2},
		"a place in the drawing":  {",VIP,1,Floor,4,,1,1\n", "an area has no x", 2},
		"a seat named as a place": {"Floor-0007,VIP,1,,,,,\n,VIP,1,Floor,4,,,\n", "the name of a place of the area Floor", 2},
	} {
		_, err := Read(strings.NewReader(header+c.lines), "EUR")
		var f *fault.Error
		if !errors.As(err, &f) || len(f.Rows) == 0 || f.Rows[0].Line != c.line || !strings.Contains(f.Rows[0].Problem, c.want) {
			t.Errorf("%s: got %v, want %q in line %d", name, err, c.want, c.line)
		}
	}
	seats, err := Read(strings.NewReader(header+"Floor-7,VIP,1,,,,,\n,VIP,1,Floor,2,,,\n"), "EUR")
	if err != nil || len(seats) != 3 || seats[1].Number != "Floor-0001" || seats[2].Number != "Floor-0002" {
		t.Errorf("got %+v, %v", seats, err)
	}
}
