package seats

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"usher/booking/seatmap"
)

// mostClasses bounds the classes of a plan, because the queue counts the free seats of
// each.
const mostClasses = 256

// class is the seats of one category and of one normal price, or of neighboring prices
// where a plan has very many.
type class struct {
	category string
	price    int64 // the highest
	seats    []int // indexes
}

// classesOf returns the classes of a plan for the queue, which admits users with a wish by
// them: a text and a bitmap of each class, all seats of the plan included. The text begins
// with a tag that differs between plans with different classes; "price/category/seats" of
// each class follow, with spaces between, the category query-escaped.
func classesOf(plan *seatmap.Plan) (text string, bitmaps []string) {
	type key struct {
		category string
		price    int64
	}
	found := map[key]*class{}
	var classes []*class
	for i := range plan.Seats {
		seat := &plan.Seats[i]
		k := key{string(seat.Category), seat.Price}
		if found[k] == nil {
			found[k] = &class{category: k.category, price: k.price}
			classes = append(classes, found[k])
		}
		found[k].seats = append(found[k].seats, i)
	}
	slices.SortFunc(classes, func(a, b *class) int {
		return cmp.Or(strings.Compare(a.category, b.category), cmp.Compare(a.price, b.price))
	})
	classes = fewer(classes)
	hash := sha256.New()
	for _, c := range classes {
		fmt.Fprintf(hash, "%d/%s\n", c.price, c.category)
		text += fmt.Sprintf(" %d/%s/%d", c.price, url.QueryEscape(c.category), len(c.seats))
		bitmap := make([]byte, slices.Max(c.seats)/8+1)
		for _, i := range c.seats {
			bitmap[i/8] |= 128 >> (i % 8)
		}
		bitmaps = append(bitmaps, string(bitmap))
	}
	return hex.EncodeToString(hash.Sum(nil)[:6]) + text, bitmaps
}

// fewer joins classes of one category and of neighboring prices until there are at most
// mostClasses, or one for each category. A joined class counts at its highest price, so no
// wish is met by a seat that costs more.
func fewer(classes []*class) []*class {
	for len(classes) > mostClasses {
		var joined []*class
		excess, before := len(classes)-mostClasses, (*class)(nil) // before can be joined with the next
		for _, c := range classes {
			if excess > 0 && before != nil && before.category == c.category {
				c.seats = append(before.seats, c.seats...)
				joined[len(joined)-1], before = c, nil
				excess--
				continue
			}
			joined, before = append(joined, c), c
		}
		if len(joined) == len(classes) {
			break
		}
		classes = joined
	}
	return classes
}
