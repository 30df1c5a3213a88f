package seatmap

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"usher/internal/fault"
)

func TestReadingAPlan(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []planRow
	}{
		{"the least", "seatNumber,category,price\nA-1,VIP,4500\n", []planRow{{Seat: Seat{Number: "A-1", Category: "VIP", Price: 4500}}}},
		{"no newline at the end", "seatNumber,category,price\nA-1,VIP,0", []planRow{{Seat: Seat{Number: "A-1", Category: "VIP"}}}},
		{"a byte order mark and CRLF", "\ufeffseatNumber,category,price\r\nA-1,Regular,1\r\n", []planRow{{Seat: Seat{Number: "A-1", Category: "Regular", Price: 1}}}},
		{
			"quoted fields and columns in any order", "section,price,\"category\",seatNumber,row\n\"Left, front\",1,VIP,\"A 1\",\"the \"\"first\"\"\"\n",
			[]planRow{{Seat: Seat{Number: "A 1", Category: "VIP", Price: 1, Section: "Left, front", Row: `the "first"`}}},
		},
		{
			"everything", "seatNumber,category,price,section,row,x,y,status\nA-1,VIP,1,S,R,1.5,-2,unavailable\nA-2,VIP,1,S,R,,,available\n",
			[]planRow{
				{Seat: Seat{Number: "A-1", Category: "VIP", Price: 1, Section: "S", Row: "R", X: 1.5, Y: -2, Blocked: true}, placed: true},
				{Seat: Seat{Number: "A-2", Category: "VIP", Price: 1, Section: "S", Row: "R"}},
			},
		},
		{
			"blank lines between", "seatNumber,category,price\n\nA-1,VIP,1\n\n\nA-2,VIP,1\n",
			[]planRow{{Seat: Seat{Number: "A-1", Category: "VIP", Price: 1}}, {Seat: Seat{Number: "A-2", Category: "VIP", Price: 1}}},
		},
		{
			"semicolons, decimal commas, nameless columns and empty rows", "\ufeffseatNumber;category;price;;x;y;\r\nA-1;VIP;4500;a note;1,5;-2,25;\r\nA-2;VIP;4500;;;;\r\n;;;;;;\r\n;;;;;;\r\n",
			[]planRow{{Seat: Seat{Number: "A-1", Category: "VIP", Price: 4500, X: 1.5, Y: -2.25}, placed: true}, {Seat: Seat{Number: "A-2", Category: "VIP", Price: 4500}}},
		},
		{
			"tabs, and commas in quotes", "seatNumber\tcategory\tprice\t\"section\"\r\nA-1\tVIP\t1\tLeft, front; low\r\n\t\t\t\r\n",
			[]planRow{{Seat: Seat{Number: "A-1", Category: "VIP", Price: 1, Section: "Left, front; low"}}},
		},
		{"Excel's own first line", "sep=;\r\nseatNumber;category;price\r\nA-1;VIP;1\r\n", []planRow{{Seat: Seat{Number: "A-1", Category: "VIP", Price: 1}}}},
		{"lines of an old Mac", "seatNumber,category,price\rA-1,VIP,1\rA-2,VIP,1\r", []planRow{{Seat: Seat{Number: "A-1", Category: "VIP", Price: 1}}, {Seat: Seat{Number: "A-2", Category: "VIP", Price: 1}}}},
		{
			"prices of types, and seats without some of them", "seatNumber,category,price,price:child,price:Ü 60\nA-1,Loge,4500,2000,3000\nA-2,Loge,4500,,0\nA-3,Loge,4500,,\n",
			[]planRow{
				{Seat: Seat{Number: "A-1", Category: "Loge", Price: 4500, Prices: `{"child":2000,"Ü 60":3000}`}},
				{Seat: Seat{Number: "A-2", Category: "Loge", Price: 4500, Prices: `{"Ü 60":0}`}},
				{Seat: Seat{Number: "A-3", Category: "Loge", Price: 4500}},
			},
		},
		{"fewer empty fields at the end of a line", "seatNumber,category,price,,\nA-1,VIP,1\nA-2,VIP,1,,,,,\n", []planRow{{Seat: Seat{Number: "A-1", Category: "VIP", Price: 1}}, {Seat: Seat{Number: "A-2", Category: "VIP", Price: 1}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readPlan(strings.NewReader(c.text), "EUR")
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestAWrongPlanIsNamedByLineAndColumn(t *testing.T) {
	const header = "seatNumber,category,price,x,y,status\n"
	at := func(line, column int, problem string) fault.Row {
		return fault.Row{Line: line, Column: column, Problem: problem}
	}
	for _, c := range []struct {
		name, text string
		want       []fault.Row // Problem: what it must contain
	}{
		{"an empty file", "", []fault.Row{at(1, 1, "empty")}},
		{"names with another meaning in a URL", "seatNumber,category,price\n.,VIP,1\n..,VIP,1\n...,VIP,1\n", []fault.Row{at(2, 1, "another meaning"), at(3, 1, "another meaning")}},
		{"a header alone", header, []fault.Row{at(1, 1, "no seats")}},
		{"a missing column", "seatNumber,price\nA-1,1\n", []fault.Row{at(1, 1, "category is missing")}},
		{"an unknown column", "seatNumber,category,price,colour\n", []fault.Row{at(1, 27, `"colour"`)}},
		{"a column twice", "seatNumber,category,price,price\n", []fault.Row{at(1, 27, "twice")}},
		{"a seat twice", header + "A-1,VIP,1,,,\nA-1,VIP,1,,,\n", []fault.Row{at(3, 1, "on line 2")}},
		{"bad categories, by their column", header + "A-1,,1,,,\nA-2," + strings.Repeat("x", 33) + ",1,,,\nA-3,a\u202eb,1,,,\n", []fault.Row{at(2, 5, "is empty"), at(3, 5, "more than 32"), at(4, 5, "U+202E")}},
		{"columns of prices without a type, of one type twice, and of too many", "seatNumber,category,price,price:,price:child,price: child\n", []fault.Row{at(1, 27, "is empty"), at(1, 46, "column price:child appears twice")}},
		{"a bad price of a type", "seatNumber,category,price,price:child\nA-1,VIP,1,2.50\nA-2,VIP,1,x\n", []fault.Row{at(2, 11, "price:child is in minor units: write 250"), at(3, 11, "price:child must be")}},
		{
			"bad prices", header + "A-1,VIP,-1,,,\nA-2,VIP,1.5,,,\nA-3,VIP,,,,\nA-4,VIP,99999999999999999999,,,\nA-5,VIP,+1,,,\n",
			[]fault.Row{at(2, 9, "price"), at(3, 9, "price"), at(4, 9, "price"), at(5, 9, "price"), at(6, 9, "price")},
		},
		{
			"bad seat numbers", header + ",VIP,1,,,\nA/1,VIP,1,,,\n" + strings.Repeat("x", 33) + ",VIP,1,,,\nÄ-1,VIP,1,,,\n",
			[]fault.Row{at(2, 1, "seatNumber"), at(3, 1, "seatNumber"), at(4, 1, "seatNumber"), at(5, 1, "seatNumber")},
		},
		{
			"several in one line", header + "A/1,,x,1,,gone\n",
			[]fault.Row{at(2, 1, "seatNumber"), at(2, 5, "category"), at(2, 6, "price"), at(2, 11, "status"), at(2, 10, "x is given and y is not")},
		},
		{"bad coordinates", header + "A-1,VIP,1,NaN,Inf,\n", []fault.Row{at(2, 11, "x must be a number"), at(2, 15, "y must be a number")}},
		{"too few fields, and the next line is still read", header + "A-1,VIP\nA-2,,1,,,\n", []fault.Row{at(2, 1, "2 fields"), at(3, 5, "category")}},
		{"prices as people write them", header + "A-1,VIP,45.00,,,\nA-2,VIP,\"1234,50\",,,\nA-3,VIP,0.00,,,\n", []fault.Row{at(2, 9, "write 4500 for 45.00"), at(3, 9, "write 123450 for 1234,50"), at(4, 9, "write 0 for 0.00")}},
		{"a decimal comma where commas separate", header + "A-1,VIP,1,\"1,5\",2,\n", []fault.Row{at(2, 11, "x must be a number")}},
		{"lines after Excel's own first line", "sep=;\r\nseatNumber;category;price\r\nA-1;VIP;x\r\n", []fault.Row{at(3, 9, "price")}},
		{"Windows-1252", "seatNumber,category,price,section\nA-1,VIP,1,Loge\nA-2,VIP,1,Empor\xe4\n", []fault.Row{at(3, 16, "line 3 is not UTF-8: save as CSV UTF-8")}},
		{"UTF-16", "\xff\xfes\x00e\x00a\x00t\x00", []fault.Row{at(1, 1, "the file is UTF-16")}},
		{"UTF-16, the other way round", "\xfe\xff\x00s\x00e", []fault.Row{at(1, 1, "the file is UTF-16")}},
		{"UTF-16 without a mark", "s\x00e\x00a\x00t\x00N\x00", []fault.Row{at(1, 1, "the file is UTF-16")}},
		{"a workbook", "PK\x03\x04\x14\x00[Content_Types].xml", []fault.Row{at(1, 1, ".xlsx")}},
		{"an OpenDocument sheet", "PK\x03\x04\x14\x00mimetypeapplication/vnd.oasis.opendocument.spreadsheet", []fault.Row{at(1, 1, ".ods")}},
		{"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", []fault.Row{at(1, 1, ".xls")}},
		{"a web page", "\n<!DOCTYPE html><html>", []fault.Row{at(1, 1, "HTML")}},
		{"a value beyond the header", header + "A-1,VIP,1,,,,x\n", []fault.Row{at(2, 1, "7 fields")}},
		{"a quote that never ends", header + "\"A-1,VIP,1,,,\n", []fault.Row{at(2, 15, "quote")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := readPlan(strings.NewReader(c.text), "EUR")
			var f *fault.Error
			if rows != nil || !errors.As(err, &f) || f.Code != fault.InvalidRequest {
				t.Fatalf("got %v, %v", rows, err)
			}
			if len(f.Rows) != len(c.want) {
				t.Fatalf("got %+v, want %+v", f.Rows, c.want)
			}
			for i, want := range c.want {
				if got := f.Rows[i]; got.Line != want.Line || got.Column != want.Column || !strings.Contains(got.Problem, want.Problem) {
					t.Errorf("got %+v, want %+v", got, want)
				}
			}
		})
	}
}

// The price that a problem suggests depends on the currency. A user who follows the
// suggestion must not sell a seat for a tenth or for a hundred times its price.
func TestAdviceAboutAPriceFollowsTheCurrency(t *testing.T) {
	for _, c := range []struct{ currency, price, want string }{
		{"EUR", "10.50", "write 1050 for 10.50"},
		{"EUR", "10.500", "minor units of EUR (4500 for 45.00)"},
		{"KWD", "10.500", "write 10500 for 10.500"},
		{"KWD", "10.50", "minor units of KWD (45000 for 45.000)"},
		{"JPY", "10.50", "minor units of JPY (4500)"},
		{"JPY", "1.000", "minor units of JPY (4500)"},
	} {
		_, err := readPlan(strings.NewReader("seatNumber,category,price\nA-1,VIP,"+c.price+"\n"), c.currency)
		var f *fault.Error
		if !errors.As(err, &f) || len(f.Rows) != 1 || !strings.Contains(f.Rows[0].Problem, c.want) {
			t.Errorf("%s in %s: got %v, want %q", c.price, c.currency, err, c.want)
		}
	}
}

func TestOnlySomeOfManyProblemsAreNamed(t *testing.T) {
	var text strings.Builder
	text.WriteString("seatNumber,category,price\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "A-%d,,1\n", i)
	}
	_, err := readPlan(strings.NewReader(text.String()), "EUR")
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Rows) != maxRowsNamed || !strings.Contains(f.Detail, "5000") {
		t.Fatal(err)
	}
}

func FuzzReadPlan(f *testing.F) {
	f.Add([]byte("seatNumber,category,price\nA-1,VIP,4500\n"))
	f.Add([]byte("\ufeffprice,category,seatNumber,x,y\r\n1,Regular,\"A 1\",1,2\r\n"))
	f.Add([]byte("seatNumber,category,price\n\"A-1,VIP\n"))
	f.Add([]byte("seatNumber,category,price,status\nA-1,VIP,1,unavailable\nA-1,VIP,1,\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := readPlan(bytes.NewReader(text), "EUR")
		if err != nil {
			var problem *fault.Error
			if !errors.As(err, &problem) || rows != nil {
				t.Fatal("want seats or a *fault.Error, got neither:", err)
			}
			for _, row := range problem.Rows {
				if row.Line < 1 || row.Column < 1 || row.Problem == "" {
					t.Fatalf("a problem without a position or a text: %+v", row)
				}
			}
			return
		}
		seen := map[string]bool{}
		for _, row := range rows {
			if !seatNumber.MatchString(row.Number) || seen[row.Number] || row.Price < 0 || CheckName(string(row.Category)) != nil {
				t.Fatalf("accepted %+v", row)
			}
			seen[row.Number] = true
		}
		again, err := readPlan(strings.NewReader(written(rows)), "EUR")
		if err != nil || !slices.Equal(again, rows) {
			t.Fatalf("%+v was written and read again as %+v, %v", rows, again, err)
		}
		layOut(rows)
		type point struct{ x, y float64 }
		laid := map[point]string{}
		for _, row := range rows {
			if row.placed {
				continue
			}
			at := point{row.X, row.Y}
			if other, taken := laid[at]; taken {
				t.Fatalf("%q and %q are both at %v", other, row.Number, at)
			}
			laid[at] = row.Number
		}
	})
}

// written returns the CSV of a plan.
func written(rows []planRow) string {
	var text strings.Builder
	w := csv.NewWriter(&text)
	_ = w.Write([]string{"seatNumber", "category", "price", "section", "row", "x", "y", "status"}) // a Builder never fails
	for _, row := range rows {
		x, y, status := "", "", Available
		if row.placed {
			x, y = strconv.FormatFloat(row.X, 'f', -1, 64), strconv.FormatFloat(row.Y, 'f', -1, 64)
		}
		if row.Blocked {
			status = Unavailable
		}
		_ = w.Write([]string{row.Number, string(row.Category), strconv.FormatInt(row.Price, 10), row.Section, row.Row, x, y, status})
	}
	w.Flush()
	return text.String()
}
