package booking

import (
	"context"
	"slices"
	"strconv"

	"usher/internal/store"
)

// auditDesk checks that every sale at the desk stands in the audit log with its total, and
// that the audit log names no other sales.
func (b *Booking) auditDesk(ctx context.Context, a *audit, season string) error {
	rows, err := store.FindWith[auditRow](ctx, b.o.Mongo.Collection(auditName), season, "action", "desk_sale")
	if err != nil {
		return err
	}
	logged := map[string]*auditRow{}
	for i := range rows {
		logged[rows[i].ID] = &rows[i]
	}
	for i := range a.orders {
		o := &a.orders[i]
		if o.Desk == nil {
			continue
		}
		id, row := o.ID.Hex(), logged[deskSaleRow(o.ID)]
		delete(logged, deskSaleRow(o.ID))
		if a.pending[o.ID] {
			continue
		}
		if !slices.Contains([]DeskMethod{DeskCash, DeskInvoice, DeskFree}, o.Desk.Method) {
			a.report("transaction %s was sold at the desk by the method %q, which does not exist", id, o.Desk.Method)
		}
		sold := a.decisions[o.ID] != nil && a.decisions[o.ID].Outcome == captured
		switch {
		case sold && row == nil:
			a.report("transaction %s was sold at the desk, but the audit log does not say so", id)
		case !sold && row != nil:
			a.report("the audit log says that transaction %s was sold at the desk, but it is not captured", id)
		case sold && !row.says("total", o.Total), sold && !row.says("listTotal", o.listTotal()), sold && row.By != o.Desk.By:
			a.report("transaction %s was sold at the desk by %s for %d (list price of free seats: %d), but the audit log says otherwise", id, o.Desk.By, o.Total, o.listTotal())
		}
	}
	for row := range logged {
		a.report("the audit log has the sale %s at the desk, whose transaction does not exist", row)
	}
	return nil
}

// says reports whether the row's field after has a number.
func (r *auditRow) says(field string, want int64) bool {
	for _, e := range r.After {
		if e.Key == field {
			number, is := e.Value.(int64)
			return is && number == want
		}
	}
	return false
}

// explainReserved adds the seats that sales at the desk have reserved and not claimed yet:
// their marks are older than their claims.
func (a *audit) explainReserved(explained map[string]bool) {
	for i := range a.reserving {
		for _, l := range a.reserving[i].Lines {
			explained[strconv.Itoa(l.Index)] = true
		}
	}
}
