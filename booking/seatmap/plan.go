package seatmap

import (
	"crypto/sha256"
	"encoding/hex"
)

// Category is the category of a seat: any name, see CheckName.
type Category string

// The statuses of a seat.
const (
	Available     = "available"
	Unavailable   = "unavailable"   // blocked in the plan, or in an allotment
	InTransaction = "inTransaction" // held, or in a purchase that is not settled
	Booked        = "booked"
)

// Seat is one seat of a published plan, or a unit of an area. It is immutable.
type Seat struct {
	ID       string // see SeatID, in hexadecimal; "" for a unit, see Plan.IDOf
	Number   string // seatNumber, unique within the season
	Category Category
	Price    int64  // the normal price, in minor units
	Prices   Prices // the other prices, by type
	Blocked  bool   // not for sale in this version of the plan
	AreaLen  uint8  // of a unit: how many bytes of Number are the area's name; 0: a numbered seat
	Section  string
	Row      string
	X, Y     float64 // seat widths
	Index    int     // the bit of the seat in every bitmap, and its index in Plan.Seats
}

// Plan is a published seat plan. It is immutable, and every node keeps it in memory.
type Plan struct {
	Season   string
	Version  int64  // from 1; 0: no plan yet
	Currency string // of the prices; "": the currency of the season
	Seats    []Seat
	ByName   map[string]int // seat number → index
	Areas    []Area         // in the order of their first units; see Area

	Categories []Category // in the order of the seats
	prices     priceLists // complete: a plan in memory is only read
	geometry   *geometry  // for Search
}

// SeatID derives the id of a seat, an ObjectID, from the season and the seat number. So
// a repeated import makes the same documents.
func SeatID(season, number string) [12]byte {
	sum := sha256.Sum256([]byte("seat\x00" + season + "\x00" + number))
	return [12]byte(sum[:12])
}

// New makes a plan. New keeps the slice and sets Index and ID of each seat: the index is
// the position in the slice.
func New(season string, version int64, seats []Seat) *Plan {
	p := &Plan{Season: season, Version: version, Seats: seats, ByName: make(map[string]int, len(seats)), prices: priceLists{}}
	shared, known := map[string]string{}, map[Category]bool{}
	share := func(text string) string {
		if first, ok := shared[text]; ok {
			return first
		}
		shared[text] = text
		return text
	}
	for i := range p.Seats {
		seat := &p.Seats[i]
		if !known[seat.Category] {
			known[seat.Category] = true
			p.Categories = append(p.Categories, seat.Category)
		}
		if seat.Prices != "" {
			seat.Prices = p.prices.of(seat.Prices).text
		}
		seat.Index = i
		if seat.AreaLen == 0 {
			seat.ID = hexID(SeatID(season, seat.Number))
		}
		// A plan that was read from the store has a copy of each name for every seat.
		seat.Category, seat.Section, seat.Row = Category(share(string(seat.Category))), share(seat.Section), share(seat.Row)
		p.ByName[seat.Number] = i
	}
	p.Areas = areasOf(p)
	p.geometry = newGeometry(p)
	return p
}

// OffSale returns a bitmap of the blocked seats. The caller must not change it.
func (p *Plan) OffSale() []byte { return p.geometry.blocked }

// IDOf returns the id of the seat or unit with this index; see SeatID.
func (p *Plan) IDOf(index int) string {
	if seat := &p.Seats[index]; seat.ID == "" {
		return hexID(SeatID(p.Season, seat.Number))
	}
	return p.Seats[index].ID
}

func hexID(id [12]byte) string { return hex.EncodeToString(id[:]) }
