package seatmap

import (
	"cmp"
	"slices"
)

// Words for how many seats are left.
const (
	StockNone      = "none"      // there is no seat plan
	StockAvailable = "available" // a seat is free
	StockHeld      = "held"      // no seat is free, but some are in carts or being bought
	StockGone      = "gone"      // no seat is free, in a cart or being bought
)

// Stock counts the seats for sale. Seats that are not for sale count nowhere.
type Stock struct {
	Available int
	Held      int // in carts or being bought
	Total     int
}

// CategoryStock is the stock of a category and the range of its normal prices, in minor
// units.
type CategoryStock struct {
	Category Category
	Stock
	From, To int64
	Types    []TypePrices // sorted by type
}

// TypePrices is the range of the prices of one type in a category, in minor units.
type TypePrices struct {
	Type     string
	From, To int64
}

// SeasonStock is the stock of a season. Categories are in the order of the plan.
type SeasonStock struct {
	Stock
	Word       string // StockNone, StockAvailable, StockHeld or StockGone
	Categories []CategoryStock
}

// Stock counts the seats that are left. The caller must not change the result.
func (s *Snapshot) Stock() *SeasonStock {
	if s.counted == nil {
		return s.takeStock()
	}
	s.counted.stockOnce.Do(func() { s.counted.stock = s.takeStock() })
	return s.counted.stock
}

func (s *Snapshot) takeStock() *SeasonStock {
	all, index := &SeasonStock{Word: StockNone}, map[Category]int{}
	for i := range s.Plan.Seats {
		seat := &s.Plan.Seats[i]
		if seat.Blocked || Bit(s.Allotted, i) {
			continue
		}
		at, known := index[seat.Category]
		if !known {
			at = len(all.Categories)
			index[seat.Category] = at
			all.Categories = append(all.Categories, CategoryStock{Category: seat.Category, From: seat.Price, To: seat.Price})
		}
		c := &all.Categories[at]
		c.From, c.To = min(c.From, seat.Price), max(c.To, seat.Price)
		for kind, price := range s.Plan.PricesOf(i) {
			c.add(kind, price)
		}
		c.Total++
		switch s.Status(i) {
		case Available:
			c.Available++
		case InTransaction:
			c.Held++
		}
	}
	for _, c := range all.Categories {
		all.Available, all.Held, all.Total = all.Available+c.Available, all.Held+c.Held, all.Total+c.Total
	}
	switch {
	case len(s.Plan.Seats) == 0:
	case all.Available > 0:
		all.Word = StockAvailable
	case all.Held > 0:
		all.Word = StockHeld
	default:
		all.Word = StockGone
	}
	return all
}

// add counts a price of a type.
func (c *CategoryStock) add(kind string, price int64) {
	at, known := slices.BinarySearchFunc(c.Types, kind, func(t TypePrices, kind string) int { return cmp.Compare(t.Type, kind) })
	if !known {
		c.Types = slices.Insert(c.Types, at, TypePrices{kind, price, price})
	}
	t := &c.Types[at]
	t.From, t.To = min(t.From, price), max(t.To, price)
}

// AnyFree reports whether a seat is free. It compares eight seats at a time.
func (s *Snapshot) AnyFree() bool {
	seats := len(s.Plan.Seats)
	for i := range s.Booked {
		taken := s.Booked[i] | s.InTransaction[i] | s.Unavailable[i]
		if rest := seats - i*8; rest < 8 {
			taken |= 0xFF >> rest
		}
		if taken != 0xFF {
			return true
		}
	}
	return false
}
