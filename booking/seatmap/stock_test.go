package seatmap

import (
	"reflect"
	"strings"
	"testing"
)

// seatsOf makes a plan from one letter for each seat: v, r and w are seats for sale of
// VIP, Regular and Regular at another price, x is not for sale.
func seatsOf(letters string) *Plan {
	var seats []Seat
	for i, letter := range letters {
		seat := Seat{Number: "S-" + string(rune('a'+i)), Category: "Regular", Price: 100}
		switch letter {
		case 'v':
			seat.Category, seat.Price = "VIP", 900
		case 'w':
			seat.Price = 250
		case 'x':
			seat.Blocked, seat.Price = true, 1
		}
		seats = append(seats, seat)
	}
	return New("demo", 1, seats)
}

// bitmapOf is a bitmap with a bit for each position of a letter.
func bitmapOf(states, letters string) string {
	bitmap := make([]byte, BitmapSize(len(states)))
	for i, state := range states {
		if strings.ContainsRune(letters, state) {
			SetBit(bitmap, i)
		}
	}
	return string(bitmap)
}

func TestStockCountsTheSeatsThatAreLeft(t *testing.T) {
	for _, c := range []struct {
		name, plan, states string // states: . free, h held, f in flight, b booked, a in an allotment
		want               SeasonStock
	}{
		{"no plan", "", "", SeasonStock{Word: StockNone}},
		{"all free", "vrw", "...", SeasonStock{Stock{3, 0, 3}, StockAvailable, []CategoryStock{{"VIP", Stock{1, 0, 1}, 900, 900, nil}, {"Regular", Stock{2, 0, 2}, 100, 250, nil}}}},
		{"one left", "rrrrrrrrv", "hfbhfbhf.", SeasonStock{Stock{1, 6, 9}, StockAvailable, []CategoryStock{{"Regular", Stock{0, 6, 8}, 100, 100, nil}, {"VIP", Stock{1, 0, 1}, 900, 900, nil}}}},
		{"all in carts or sold", "rv", "hb", SeasonStock{Stock{0, 1, 2}, StockHeld, []CategoryStock{{"Regular", Stock{0, 1, 1}, 100, 100, nil}, {"VIP", Stock{0, 0, 1}, 900, 900, nil}}}},
		{"all being bought", "r", "f", SeasonStock{Stock{0, 1, 1}, StockHeld, []CategoryStock{{"Regular", Stock{0, 1, 1}, 100, 100, nil}}}},
		{"gone, and one not for sale", "rx", "b.", SeasonStock{Stock{0, 0, 1}, StockGone, []CategoryStock{{"Regular", Stock{0, 0, 1}, 100, 100, nil}}}},
		{"none for sale", "xx", "..", SeasonStock{Word: StockGone}},
		{"allotted seats count nowhere", "vrr", "a.a", SeasonStock{Stock{1, 0, 1}, StockAvailable, []CategoryStock{{"Regular", Stock{1, 0, 1}, 100, 100, nil}}}},
		{"all sold but the allotted", "rrr", "bab", SeasonStock{Stock{0, 0, 2}, StockGone, []CategoryStock{{"Regular", Stock{0, 0, 2}, 100, 100, nil}}}},
		{"a blocked seat in a cart counts nowhere", "rx", "bh", SeasonStock{Stock{0, 0, 1}, StockGone, []CategoryStock{{"Regular", Stock{0, 0, 1}, 100, 100, nil}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSnapshot(seatsOf(c.plan), 7, Bitmaps{Held: bitmapOf(c.states, "hf"), Taken: bitmapOf(c.states, "fba"), Booked: bitmapOf(c.states, "b"), Allotted: bitmapOf(c.states, "a")})
			if got := s.Stock(); !reflect.DeepEqual(*got, c.want) {
				t.Errorf("got  %+v\nwant %+v", *got, c.want)
			}
			if got := s.AnyFree(); got != (c.want.Available > 0) {
				t.Errorf("AnyFree is %t", got)
			}
			if s.With(9).Stock() != s.Stock() {
				t.Error("a copy counts again")
			}
		})
	}
}
