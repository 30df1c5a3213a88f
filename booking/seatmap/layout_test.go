package seatmap

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// planCSV returns the CSV of a plan with one letter per seat: v VIP, r Regular, x blocked.
func planCSV(rows ...string) string {
	var csv strings.Builder
	csv.WriteString("seatNumber,category,price,row,x,y,status\n")
	for y, row := range rows {
		name, number := string(rune('A'+y)), 0
		for x, letter := range row {
			category, status := "VIP", "available"
			switch letter {
			case ' ':
				continue
			case 'r':
				category = "Regular"
			case 'x':
				status = "unavailable"
			}
			number++
			fmt.Fprintf(&csv, "%s-%d,%s,4500,%s,%d,%d,%s\n", name, number, category, name, x, y, status)
		}
	}
	return csv.String()
}

// stadium returns the CSV of a large plan.
func stadium(seats int) string {
	var text strings.Builder
	text.WriteString("seatNumber,category,price,section,row\n")
	for i := range seats {
		fmt.Fprintf(&text, "%d-%d-%d,Regular,2500,S%d,%d\n", i/2000, i/50%40, i%50, i/2000, i/50%40)
	}
	return text.String()
}

func TestAPlanIsLaidOut(t *testing.T) {
	text := "seatNumber,category,price,section,row\n"
	for _, seat := range []string{"A-2,VIP,1,Left,A", "A-10,VIP,1,Left,A", "A-1,VIP,1,Left,A", "B-1,VIP,1,Left,B", "R1,VIP,1,Right,", "R2,VIP,1,Right,"} {
		text += seat + "\n"
	}
	rows, err := readPlan(strings.NewReader(text), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	layOut(rows)
	got := map[string][2]float64{}
	for _, row := range rows {
		got[row.Number] = [2]float64{row.X, row.Y}
	}
	want := map[string][2]float64{"A-1": {0, 0}, "A-2": {1, 0}, "A-10": {2, 0}, "B-1": {1, 1}, "R1": {5, 0}, "R2": {6, 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNamesSortNaturally(t *testing.T) {
	sorted := []string{"1", "2", "10", "A", "A-01", "A-1", "A-2", "A-10", "B", "Z", "AA", "AB1", "AB2"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := BySeat(a, b); got < 0 != (i < j) || got == 0 != (i == j) {
				t.Errorf("%s and %s compare as %d", a, b, got)
			}
		}
	}
}
