package booking

import (
	"context"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

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

// auditOffice checks that every refund and every move by the box office, and every payment
// page that it ended, stands in the audit log with who did it and why, and that the audit
// log names no others.
func (b *Booking) auditOffice(ctx context.Context, a *audit, season string) error {
	logged := map[string]*auditRow{}
	for _, action := range []string{"refund", "move"} {
		rows, err := store.FindWith[auditRow](ctx, b.o.Mongo.Collection(auditName), season, "action", action)
		if err != nil {
			return err
		}
		for i := range rows {
			logged[rows[i].ID] = &rows[i]
		}
	}
	check := func(what string, id bson.ObjectID, by, why string, amount int64, counts bool) {
		row := logged[refundRow(id)]
		delete(logged, refundRow(id))
		switch {
		case a.pending[id]:
		case counts && row == nil:
			a.report("%s was made by %s of the box office, but the audit log does not say so", what, by)
		case !counts && row != nil:
			a.report("the audit log says that %s was made, but it does not count", what)
		case counts && (row.By != by || row.text("reason") != why || !row.says("refunded", amount)):
			a.report("%s was made by %s of the box office (%d, reason %q), but the audit log says otherwise", what, by, amount, why)
		}
	}
	for i := range a.refunds {
		if r := &a.refunds[i]; r.From.Cause == byDesk {
			check(r.describe(), r.ID, r.From.By, r.From.Reason, r.Amount, a.decisions[r.ID].voids())
		}
	}
	for i := range a.orders {
		if d := a.decisions[a.orders[i].ID]; d != nil && d.By != "" {
			check("the end of the payment page of transaction "+d.ID.Hex(), d.ID, d.By, d.Why, 0, true)
		}
	}
	for row := range logged {
		a.report("the audit log has %s, but there is no such change of a purchase", row)
	}
	return nil
}

// describe names a refund or a move in a finding.
func (r *refund) describe() string {
	kind := "refund"
	if r.Move != nil {
		kind = "move"
	}
	return kind + " " + r.ID.Hex() + " of transaction " + r.Transaction.Hex()
}

// text returns a text of the row's field after; "" for none.
func (r *auditRow) text(field string) string {
	for _, e := range r.After {
		if e.Key == field {
			text, _ := e.Value.(string)
			return text
		}
	}
	return ""
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
