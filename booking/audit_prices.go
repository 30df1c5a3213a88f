package booking

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// auditPrices checks that every captured order was charged what the version of the plan it
// was made from says for each seat and price type, that its total is the sum of its lines,
// that its tickets show the same prices, and that a refund returns what was paid.
func (b *Booking) auditPrices(ctx context.Context, a *audit, season string) error {
	plans := map[int64]*Plan{}
	for i := range a.orders {
		o := &a.orders[i]
		if d := a.decisions[o.ID]; d == nil || d.Outcome != captured || a.pending[o.ID] {
			continue
		}
		plan, err := b.planForAudit(ctx, plans, season, o.Plan)
		if err != nil {
			return err
		}
		a.orderPrices(o, plan)
	}
	given := map[bson.ObjectID]bool{}
	for i := range a.orders {
		given[a.orders[i].ID] = a.orders[i].givenAway()
	}
	for i := range a.refunds {
		r := &a.refunds[i]
		if r.Move == nil || !a.decisions[r.ID].voids() || a.pending[r.ID] || a.pending[r.Transaction] {
			continue
		}
		plan, err := b.planForAudit(ctx, plans, season, r.Move.Plan)
		if err != nil {
			return err
		}
		a.movePrice(r, plan, given[r.Transaction])
	}
	a.ticketPrices()
	return nil
}

// planForAudit returns a version of the plan; nil when it is not stored.
func (b *Booking) planForAudit(ctx context.Context, plans map[int64]*Plan, season string, version int64) (*Plan, error) {
	plan, known := plans[version]
	if known {
		return plan, nil
	}
	header, err := b.planHeader(ctx, season, version)
	if err != nil {
		return nil, err
	}
	if header != nil && header.Freezes == 0 {
		loaded, err := b.loadPlan(ctx, header)
		if err != nil {
			return nil, err
		}
		plan = loaded.Plan
	}
	plans[version] = plan
	return plan, nil
}

// orderPrices compares an order with its plan; nil when the plan is not stored.
func (a *audit) orderPrices(o *order, plan *Plan) {
	id, total := o.ID.Hex(), int64(0)
	if plan == nil {
		a.report("transaction %s is from version %d of the seat plan, which does not exist", id, o.Plan)
	}
	for _, l := range o.Lines {
		total += l.Price
		if plan == nil {
			continue
		}
		index, known := plan.ByName[l.SeatNumber]
		if !known {
			a.report("transaction %s has seat %s, which version %d of the seat plan does not have", id, l.SeatNumber, o.Plan)
			continue
		}
		price, has := plan.PriceOf(index, l.Type)
		if list := price; o.givenAway() {
			price = 0
			if l.ListPrice != list {
				a.report("transaction %s gives seat %s away with the list price %d, but version %d of the seat plan has %d", id, l.SeatNumber, l.ListPrice, o.Plan, list)
			}
		}
		if !has || price != l.Price {
			a.report("transaction %s charges %d for seat %s at the price type %q, but version %d of the seat plan has %d (%v)", id, l.Price, l.SeatNumber, l.Type, o.Plan, price, has)
		}
	}
	if total != o.Total {
		a.report("transaction %s charges %d, but its seats cost %d", id, o.Total, total)
	}
}

// ticketPrices compares tickets and refunds with the lines of their orders. Tickets issued
// by older versions have no price.
func (a *audit) ticketPrices() {
	lines := map[bson.ObjectID]orderLine{} // by ticket
	for i := range a.orders {
		for _, p := range a.orders[i].places() {
			lines[p.ticket()] = p.Line
		}
	}
	for i := range a.tickets {
		t := &a.tickets[i]
		l, known := lines[t.ID]
		if known && t.Currency != "" && (t.Price != l.Price || t.Type != l.Type) {
			a.report("ticket %s for seat %s shows %d (type %q), but transaction %s charged %d (type %q)", t.ID.Hex(), t.SeatNumber, t.Price, t.Type, t.Transaction.Hex(), l.Price, l.Type)
		}
	}
	for i := range a.refunds {
		r := &a.refunds[i]
		amount := int64(0)
		for j := range r.Lines {
			amount += lines[r.ticket(j)].Price
		}
		if r.Move != nil {
			amount -= r.Move.Line.Price
		}
		if amount != r.Amount {
			a.report("refund %s of transaction %s returns %d, but %d was paid for its seats", r.ID.Hex(), r.Transaction.Hex(), r.Amount, amount)
		}
	}
}
