package booking

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// taking is what one category brought in one currency.
type taking struct {
	category        Category
	currency        string
	seats, back     int   // sold, and of these given back
	gross, refunded int64 // minor units
}

// takings adds up the books. A season's currency may have been changed while
// nothing of it mattered; each sale counts in its own.
func (k *books) takings(ctx context.Context) ([]taking, error) {
	type key struct {
		category Category
		currency string
	}
	totals := map[key]*taking{}
	err := k.each(ctx, func(s *sale, _ time.Time) error {
		for i, l := range s.Lines {
			at := key{l.Category, s.Currency}
			t := totals[at]
			if t == nil {
				t = &taking{category: l.Category, currency: s.Currency}
				totals[at] = t
			}
			t.seats++
			t.gross += l.Price
			if k.back[ticketID(s, i)] {
				t.back++
				t.refunded += l.Price
			}
		}
		return nil
	})
	list := make([]taking, 0, len(totals))
	for _, t := range totals {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b taking) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), -cmp.Compare(a.category, b.category))
	})
	return list, err
}
