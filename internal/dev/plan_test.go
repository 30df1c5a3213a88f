package dev

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"
)

// planRows parses a plan strictly, without the header.
func planRows(t *testing.T, n int) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(SeatPlanCSV(n))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(rows[0]), "[seatNumber category price section row x y status]"; got != want {
		t.Fatalf("header %s, want %s", got, want)
	}
	return rows[1:]
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAPlanHasExactlyItsSeatsAndNoTwoInOnePlace(t *testing.T) {
	valid := regexp.MustCompile(`^[A-Za-z0-9 ._-]{1,32}$`)
	for _, n := range []int{1, 2, 50, 799, 1200, 5000, 50000} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			rows := planRows(t, n)
			if len(rows) != n {
				t.Fatalf("%d seats, want %d", len(rows), n)
			}
			names := map[string]bool{}
			type cell struct{ x, y int }
			near := map[cell][][2]float64{}
			for _, row := range rows {
				if names[row[0]] || !valid.MatchString(row[0]) {
					t.Fatalf("seat number %q is no good or there twice", row[0])
				}
				names[row[0]] = true
				x, y := number(t, row[5]), number(t, row[6])
				if x < 0 || y < 0 {
					t.Fatalf("%s lies at %v, %v", row[0], x, y)
				}
				at := cell{int(x), int(y)}
				for dx := -1; dx <= 1; dx++ {
					for dy := -1; dy <= 1; dy++ {
						for _, other := range near[cell{at.x + dx, at.y + dy}] {
							if d := math.Hypot(x-other[0], y-other[1]); d < 0.95 {
								t.Fatalf("%s is %.2f from its neighbour", row[0], d)
							}
						}
					}
				}
				near[at] = append(near[at], [2]float64{x, y})
			}
		})
	}
}

func TestTheDemoPlan(t *testing.T) {
	vip, blocked, sections := 0, 0, map[string]int{}
	seats := map[string][]string{}
	for _, row := range planRows(t, DefaultDemo().Seats) {
		seats[row[0]] = row
		sections[row[3]]++
		if row[1] == "VIP" {
			vip++
		}
		if row[7] == "unavailable" {
			blocked++
		}
	}
	if got := seats["A-14"]; got == nil || got[1] != "VIP" || got[2] != "4500" || got[7] != "available" {
		t.Errorf("A-14 is %v, want VIP at 4500", got)
	}
	for _, row := range seats {
		if vip := row[1] == "VIP"; vip != (row[2] == "4500") || (!vip && row[1] != "Regular") {
			t.Errorf("price does not fit the category: %v", row)
		}
	}
	if vip < 80 || vip > 120 {
		t.Errorf("%d VIP seats, want about a tenth", vip)
	}
	if blocked < 1 || blocked > 12 {
		t.Errorf("%d seats are not for sale, want a handful", blocked)
	}
	for _, section := range []string{"Parterre left", "Parterre centre", "Parterre right", "Balcony left", "Balcony centre", "Balcony right"} {
		if sections[section] < 50 {
			t.Errorf("%s has %d seats: %v", section, sections[section], sections)
		}
	}
	if !bytes.Equal(SeatPlanCSV(DefaultDemo().Seats), SeatPlanCSV(DefaultDemo().Seats)) {
		t.Error("the plan differs from one call to the next")
	}
}

func TestNeighboursInARowAreOneSeatApart(t *testing.T) {
	rows := planRows(t, DefaultDemo().Seats)
	aisles := 0
	for i := 1; i < len(rows); i++ {
		before, after := rows[i-1], rows[i]
		if before[4] != after[4] || before[3] != after[3] {
			aisles++
			continue
		}
		d := math.Hypot(number(t, after[5])-number(t, before[5]), number(t, after[6])-number(t, before[6]))
		if d > 1.1 {
			t.Errorf("%s and %s are %.2f apart", before[0], after[0], d)
		}
	}
	if aisles > 120 {
		t.Errorf("%d breaks in 1200 seats", aisles)
	}
}
