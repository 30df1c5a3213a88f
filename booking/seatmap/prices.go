package seatmap

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/internal/text"
)

const (
	// MaxName is the most characters of the name of a category or a price type.
	MaxName = 32
	// MaxCategories and MaxTypes bound what every page of a sale shows.
	MaxCategories = 100
	MaxTypes      = 20
)

// CheckName returns why a text is not the name of a category or a price type: 1–32
// printable characters without a space at either end.
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("is empty; a name has 1–%d characters", MaxName)
	case strings.TrimSpace(name) != name:
		return errors.New("begins or ends with a space")
	}
	return text.CheckLabel(name, MaxName)
}

// Prices are the prices of a seat besides its normal one: a JSON object from price type to
// minor units, sorted by type, or "" for none. Equal prices are equal texts, so that seats
// can be compared.
type Prices string

// NewPrices writes a list of prices by type.
func NewPrices(byType map[string]int64) Prices {
	if len(byType) == 0 {
		return ""
	}
	written, err := json.Marshal(byType) // sorts the types
	if err != nil {
		panic("seatmap: names and numbers always encode: " + err.Error())
	}
	return Prices(written)
}

// ByType reads the list. The result is nil for no prices.
func (p Prices) ByType() map[string]int64 {
	if p == "" {
		return nil
	}
	var byType map[string]int64
	if err := json.Unmarshal([]byte(p), &byType); err != nil {
		return nil // NewPrices alone writes it
	}
	return byType
}

// priceLists keeps each list of prices of a plan once, and read.
type priceLists map[Prices]*priceList

type priceList struct {
	text   Prices
	byType map[string]int64
}

// of returns the list with this text.
func (l priceLists) of(text Prices) *priceList {
	list := l[text]
	if list == nil {
		list = &priceList{text, text.ByType()}
		l[text] = list
	}
	return list
}

// PriceOf returns the price of the seat with this index for a type, "" being the normal
// price; false when the seat has no such price.
func (p *Plan) PriceOf(index int, kind string) (int64, bool) {
	seat := &p.Seats[index]
	if kind == "" {
		return seat.Price, true
	}
	price, has := p.PricesOf(index)[kind]
	return price, has
}

// PricesOf returns the prices of a seat by type, besides the normal one; nil for none. The
// caller must not change the map.
func (p *Plan) PricesOf(index int) map[string]int64 {
	if list := p.prices[p.Seats[index].Prices]; list != nil {
		return list.byType
	}
	return nil
}

// Types returns the price types of the plan, sorted.
func (p *Plan) Types() []string {
	types := map[string]bool{}
	for _, list := range p.prices {
		for kind := range list.byType {
			types[kind] = true
		}
	}
	return slices.Sorted(maps.Keys(types))
}

// HasCategory reports whether a seat of the plan has the category.
func (p *Plan) HasCategory(category Category) bool {
	return slices.Contains(p.Categories, category)
}

// CategoryNames lists the categories for people.
func (p *Plan) CategoryNames() string {
	names := make([]string, len(p.Categories))
	for i, category := range p.Categories {
		names[i] = string(category)
	}
	return strings.Join(names, ", ")
}

// similarCategories returns warnings about categories whose names differ only in case or
// in spaces: one of them may be a typing mistake.
func similarCategories(seats []Seat) []string {
	var warnings []string
	known, first := map[Category]bool{}, map[string]Category{}
	for i := range seats {
		category := seats[i].Category
		if known[category] {
			continue
		}
		known[category] = true
		folded := strings.ToLower(strings.Join(strings.Fields(string(category)), " "))
		if other, similar := first[folded]; similar {
			warnings = append(warnings, fmt.Sprintf("categories %q and %q differ only in case or spaces: they count as two categories", other, category))
		} else {
			first[folded] = category
		}
	}
	return warnings
}

// Warnings returns what an organiser should check in a plan that can be imported.
func Warnings(seats []Seat) []string {
	return append(SharedPoints(seats), similarCategories(seats)...)
}
