package booking

import (
	"cmp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// moves checks that an order shows exactly its moves that count.
func (a *audit) moves() {
	decided := map[bson.ObjectID][]*refund{}
	for i := range a.refunds {
		if r := &a.refunds[i]; r.Move != nil && a.decisions[r.ID].voids() {
			decided[r.Transaction] = append(decided[r.Transaction], r)
		}
	}
	for i := range a.orders {
		o := &a.orders[i]
		if a.pending[o.ID] {
			continue
		}
		want := decided[o.ID]
		slices.SortFunc(want, func(a, b *refund) int { return cmp.Compare(a.Number, b.Number) })
		same := len(want) == len(o.Moved) && len(want) == o.Moves
		for j := 0; same && j < len(want); j++ {
			same = want[j].moved() == o.Moved[j]
		}
		if !same {
			a.report("transaction %s shows %d moves, which are not the %d that were decided", o.ID.Hex(), len(o.Moved), len(want))
		}
	}
}

// movePrice compares the seat of a move with the plan it was made from; nil when the plan is
// not stored. Of a ticket that was given away the list prices are compared.
func (a *audit) movePrice(r *refund, plan *Plan, given bool) {
	id, l := r.ID.Hex(), r.Move.Line
	if plan == nil {
		a.report("move %s is from version %d of the seat plan, which does not exist", id, r.Move.Plan)
		return
	}
	index, known := plan.ByName[l.SeatNumber]
	if !known {
		a.report("move %s goes to seat %s, which version %d of the seat plan does not have", id, l.SeatNumber, r.Move.Plan)
		return
	}
	shown, paid := l.Price, int64(0)
	if len(r.Lines) == 1 {
		paid = r.Lines[0].Price
		if given {
			shown, paid = l.ListPrice, r.Lines[0].ListPrice
		}
	}
	if price, has := plan.PriceOf(index, l.Type); !has || price != shown || given && l.Price != 0 {
		a.report("move %s takes seat %s at %d for the price type %q, but version %d of the seat plan has %d (%v)", id, l.SeatNumber, shown, l.Type, r.Move.Plan, price, has)
	}
	if shown > paid {
		a.report("move %s goes to seat %s for %d, which is more than the %d of the seat before", id, l.SeatNumber, shown, paid)
	}
}
