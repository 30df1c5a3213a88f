package dev

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// The rows of the demo plan are arcs around the stage. All lengths are in seat widths.
const (
	firstRow   = 9.5  // radius of the front row
	rowPitch   = 1.15 // from row to row
	tierGap    = 4.0  // added between a tier and the next one
	seatPitch  = 1.02 // from seat to seat, along the chord
	opening    = 2.2  // the angle that a row spans, seen from the stage, in radians
	aisle      = 1.6  // between two blocks of a row
	blockWidth = 34.0 // the widest a block may be on average
)

// Prices in minor units.
const (
	priceVIP      = 4500
	priceParterre = 3500
	priceBalcony  = 3000
	priceBehind   = 2500
)

// tier is one level of the hall. In the parterre a row is numbered through all
// blocks. In the other tiers each block has a code and numbers its rows from 1.
type tier struct {
	name, code string
	rows       int
	price      int
}

func tierAt(level int) tier {
	tiers := []tier{
		{"Parterre", "", 18, priceParterre},
		{"Balcony", "B", 14, priceBalcony},
		{"Upper balcony", "U", 20, priceBehind},
		{"Gallery", "G", 26, priceBehind},
	}
	if level < len(tiers) {
		return tiers[level]
	}
	number := strconv.Itoa(level + 1)
	return tier{"Tier " + number, "T" + number + ".", 30, priceBehind}
}

// place is one seat.
type place struct {
	number, section, row string
	price                int
	vip, blocked         bool
	x, y                 float64
}

// SeatPlanCSV is a plausible seat plan of n seats, the same for the same n. It has
// tiers of curved rows around a stage, and aisles between the blocks of a row. VIP
// seats are in front and Regular ones behind; the sound desk takes a few seats, which
// are not for sale. A seat number is A-14 in the parterre and begins with the block
// elsewhere (BL-A-14). The stage is at y = 0; x grows to the right as seen from the
// seats.
func SeatPlanCSV(n int) []byte {
	places := layOut(n)
	left := math.Inf(1)
	for _, p := range places {
		left = min(left, p.x)
	}
	var text bytes.Buffer
	text.WriteString("seatNumber,category,price,section,row,x,y,status\n")
	for _, p := range places {
		category, status := "Regular", "available"
		if p.vip {
			category = "VIP"
		}
		if p.blocked {
			status = "unavailable"
		}
		fmt.Fprintf(&text, "%s,%s,%d,%s,%s,%.2f,%.2f,%s\n",
			p.number, category, p.price, p.section, p.row, p.x-left+1, p.y, status)
	}
	return text.Bytes()
}

// layOut places n seats, row by row from the stage.
func layOut(n int) []place {
	places := make([]place, 0, max(n, 0))
	radius := firstRow
	for level := 0; len(places) < n; level++ {
		t := tierAt(level)
		blocks := blocksOf(radius + rowPitch*float64(t.rows)/2)
		for row := 0; row < t.rows && len(places) < n; row++ {
			seats := layRow(t, blocks, row, radius, n-len(places))
			// A tenth of the seats is VIP: at least the front row, at most eight rows.
			if level == 0 && (row == 0 || row < 8 && len(places)+len(seats) <= n/10) {
				for i := range seats {
					seats[i].vip, seats[i].price = true, priceVIP
				}
			}
			// The sound desk takes the middle of a row near the end of the parterre.
			if level == 0 && row == t.rows-3 {
				for i := len(seats)/2 - 3; i < len(seats)/2+3; i++ {
					if i >= 0 && i < len(seats) {
						seats[i].blocked = true
					}
				}
			}
			places = append(places, seats...)
			radius += rowPitch
		}
		radius += tierGap
	}
	return places
}

// blocksOf is the number of blocks of a tier, from the radius of its middle row.
func blocksOf(radius float64) int {
	return max(3, int(math.Round(opening*radius/blockWidth)))
}

// layRow places the seats of one row, from left to right. Of a row longer than most
// it keeps the middle.
func layRow(t tier, blocks, row int, radius float64, most int) []place {
	step := 2 * math.Asin(seatPitch/2/radius) // the angle of one seat
	gap := aisle / radius
	each := int((opening - gap*float64(blocks-1)) / step / float64(blocks))
	letter := rowLetter(row)
	var seats []place
	for block := range blocks {
		name, code := blockName(t, block, blocks)
		for i := range each {
			// The seats and aisles between the middle of the row and the middle of this seat.
			angle := (float64(block*each+i)+0.5-float64(blocks*each)/2)*step +
				(float64(block)-float64(blocks-1)/2)*gap
			number := letter + "-" + strconv.Itoa(i+1)
			if code == "" {
				number = letter + "-" + strconv.Itoa(block*each+i+1)
			} else {
				number = code + "-" + number
			}
			seats = append(seats, place{
				number: number, section: name, row: letter, price: t.price,
				x: radius * math.Sin(angle), y: radius * math.Cos(angle),
			})
		}
	}
	if extra := len(seats) - most; extra > 0 {
		seats = seats[extra/2 : extra/2+most]
	}
	return seats
}

// blockName returns the name of a block and the code with which its seat numbers begin.
func blockName(t tier, block, blocks int) (name, code string) {
	sides := [][2]string{{"left", "L"}, {"centre", "C"}, {"right", "R"}}
	side := [2]string{strconv.Itoa(block + 1), strconv.Itoa(block + 1)}
	if blocks == len(sides) {
		side = sides[block]
	}
	if t.code == "" {
		return t.name + " " + side[0], ""
	}
	return t.name + " " + side[0], t.code + side[1]
}

// rowLetter is A … Z, AA, AB ….
func rowLetter(row int) string {
	if row >= 26 {
		return rowLetter(row/26-1) + rowLetter(row%26)
	}
	return string(rune('A' + row))
}
