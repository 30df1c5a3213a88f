package presale

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"usher/internal/fault"
)

func TestReadingCodes(t *testing.T) {
	for name, c := range map[string]struct {
		file, want, detail string
		rows               []fault.Row
	}{
		"two columns":           {"code,uses\nFan-1,1\n fan-2 ,20\n", "[{fan-1 1} {fan-2 20}]", "", nil},
		"one column":            {"Code\nabcd\n", "[{abcd 1}]", "", nil},
		"semicolons, no number": {"code;uses\r\nabcd;\r\n", "[{abcd 1}]", "", nil},
		"no header":             {"abcd,1\n", "", "must be code,uses", nil},
		"no codes":              {"code,uses\n", "", "no codes", nil},
		"empty":                 {"", "", "", nil},
		"another column":        {"code,name\nabcd,Ann\n", "", "must be code,uses", nil},
		"wrong lines": {"code,uses\nabc,1\nabcd,0\nefgh,x\nABCD ,1\n", "", "no code was stored", []fault.Row{
			{Line: 2, Column: 1, Problem: "a code has 4 to 64 characters, not 3"},
			{Line: 3, Column: 6, Problem: `uses is a whole number from 1 to 100000, not "0"`},
			{Line: 4, Column: 6, Problem: `uses is a whole number from 1 to 100000, not "x"`},
			{Line: 5, Column: 1, Problem: "the code is the one of line 3; case and surrounding spaces make no difference"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readCodes([]byte(c.file))
			if c.want != "" {
				if err != nil || fmt.Sprint(got) != c.want {
					t.Errorf("%v %v", got, err)
				}
				return
			}
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.InvalidRequest || !strings.Contains(f.Detail, c.detail) || fmt.Sprint(f.Rows) != fmt.Sprint(c.rows) && c.rows != nil {
				t.Errorf("%v %+v", got, err)
			}
		})
	}
}
