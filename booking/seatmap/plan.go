package seatmap

import (
	"crypto/sha256"
	"encoding/hex"
)

// Category of a seat.
type Category string

// The categories of seats.
const (
	VIP     Category = "VIP"
	Regular Category = "Regular"
)

// Seat statuses.
const (
	Available     = "available"
	Unavailable   = "unavailable"
	InTransaction = "inTransaction"
	Booked        = "booked"
)

// Seat is one seat of a published plan. It is immutable.
type Seat struct {
	ID       string // 24 hex: derived from season and seat number
	Number   string // seatNumber, unique within the season
	Category Category
	Price    int64 // minor units
	Blocked  bool  // unavailable in the plan: never for sale
	Section  string
	Row      string
	X, Y     float64 // seat widths
	Index    int     // its bit in every bitmap; equal to its place in Plan.Seats
}

// Plan is a published seat plan, immutable, kept in memory by every node.
type Plan struct {
	Season   string
	Version  int64  // from 1; 0: no plan yet
	Currency string // of the prices; "": the season's
	Seats    []Seat
	ByName   map[string]int // seat number → index

	geometry *geometry // for the search for the best seats
}

// SeatID derives the id of a seat, an ObjectID, from season and seat number, so that
// importing a plan twice makes the same documents.
func SeatID(season, number string) [12]byte {
	sum := sha256.Sum256([]byte("seat\x00" + season + "\x00" + number))
	return [12]byte(sum[:12])
}

// New makes the plan of these seats, and keeps the slice: the order of the seats
// becomes their index.
func New(season string, version int64, seats []Seat) *Plan {
	p := &Plan{Season: season, Version: version, Seats: seats, ByName: make(map[string]int, len(seats))}
	for i := range p.Seats {
		p.Seats[i].Index = i
		p.Seats[i].ID = hexID(SeatID(season, p.Seats[i].Number))
		p.ByName[p.Seats[i].Number] = i
	}
	p.geometry = newGeometry(p)
	return p
}

func hexID(id [12]byte) string { return hex.EncodeToString(id[:]) }
