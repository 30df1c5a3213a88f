package booking

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/store"
)

// DeskTransaction is a purchase or a sale as the desk sees it.
type DeskTransaction struct {
	Transaction
	Holder string    // the buyer's name at the time of the purchase
	Email  string    // of the buyer at the desk; "": none, or a user bought
	Desk   *DeskSale // nil: a user bought

	Refunded int64       // of the total: what its refunds and moves returned
	Places   []DeskPlace // the seats that were bought, then those of its moves; without a payment, those that are wanted
}

// DeskPlace is a seat that a purchase has or had. The prices of the seats that were not
// returned are what is left of the total.
type DeskPlace struct {
	Line
	Returned bool // refunded or moved; the ticket of a guest whom a cancelled show paid back stays used
	Moved    bool // to another seat of the purchase
}

// TransactionFilter says which transactions of a season the desk wants. The zero value
// means all.
type TransactionFilter struct {
	Status TransactionStatus // "": every status
	// Text is the id of a transaction, of a ticket or of a user, a seat number, or a part of
	// a holder's name, of the e-mail address of a buyer at the desk, or of a reference.
	Text string
	// Users are users whose transactions fit Text, too: their accounts do.
	Users []string
}

// SeasonTransactions returns a season's purchases, newest first, and the cursor of the next
// page, "" at the end. Refused attempts without effect are omitted. A limit below 1 means
// 20, one above 100 means 100. Errors: invalid_request.
//
// Tickets come without their codes, and pending purchases without their payment pages: a
// reader of all orders must not be able to enter with another user's ticket, or to answer
// for the buyer.
func (b *Booking) SeasonTransactions(ctx context.Context, season string, want TransactionFilter, limit int, cursor string) ([]DeskTransaction, string, error) {
	filter := bson.D{{Key: "season", Value: season}}
	if want.Status != "" {
		if !slices.Contains([]TransactionStatus{Pending, Completed, Cancelled}, want.Status) {
			return nil, "", fault.New(fault.InvalidRequest, "status must be one of pending, completed, cancelled")
		}
		filter = append(filter, bson.E{Key: "status", Value: want.Status})
	}
	filter = append(filter, bson.E{Key: "reason", Value: bson.D{{Key: "$nin", Value: refusalReasons}}})
	if want.Text != "" {
		fits, err := b.fits(ctx, want)
		if err != nil {
			return nil, "", store.Fault(err)
		}
		// A list, because the cursor adds another $or.
		filter = append(filter, bson.E{Key: "$and", Value: bson.A{bson.D{{Key: "$or", Value: fits}}}})
	}
	orders, next, err := b.orderPage(ctx, filter, limit, cursor)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	list, err := b.withAllTickets(ctx, orders)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	decided, err := b.allDecidedRefunds(ctx, orders)
	if err != nil {
		return nil, "", store.Fault(err)
	}
	desk := make([]DeskTransaction, len(list))
	for i := range list {
		desk[i] = orders[i].deskTransaction(list[i], decided[orders[i].ID])
	}
	return desk, next, nil
}

// fits returns the conditions of which a transaction that fits a search has one.
func (b *Booking) fits(ctx context.Context, want TransactionFilter) (bson.A, error) {
	text := strings.TrimSpace(want.Text)
	part := bson.D{{Key: "$regex", Value: regexp.QuoteMeta(text)}, {Key: "$options", Value: "i"}}
	fits := bson.A{
		bson.D{{Key: "lines.seatNumber", Value: bson.D{{Key: "$in", Value: []string{text, strings.ToUpper(text)}}}}},
		bson.D{{Key: "moved.line.seatNumber", Value: bson.D{{Key: "$in", Value: []string{text, strings.ToUpper(text)}}}}},
		bson.D{{Key: "holder", Value: part}},
		bson.D{{Key: "email", Value: part}},
		bson.D{{Key: "desk.reference", Value: part}},
	}
	var users []bson.ObjectID
	for _, user := range want.Users {
		if id, err := bson.ObjectIDFromHex(user); err == nil {
			users = append(users, id)
		}
	}
	if id, err := bson.ObjectIDFromHex(text); err == nil {
		users = append(users, id)
		fits = append(fits, bson.D{{Key: "_id", Value: id}})
		t, err := b.findTicket(ctx, id)
		if err != nil {
			return nil, err
		}
		if t != nil {
			fits = append(fits, bson.D{{Key: "_id", Value: t.Transaction}})
		}
	}
	if users != nil {
		fits = append(fits, bson.D{{Key: "userId", Value: bson.D{{Key: "$in", Value: users}}}})
	}
	return fits, nil
}

// DeskTransaction returns one transaction as the desk sees it. Errors: not_found.
func (b *Booking) DeskTransaction(ctx context.Context, id string) (DeskTransaction, error) {
	o, t, err := b.orderAtDesk(ctx, id)
	if err != nil {
		return DeskTransaction{}, err
	}
	decided, err := b.decidedRefunds(ctx, o.ID)
	return o.deskTransaction(t, decided), store.Fault(err)
}

// allDecidedRefunds is decidedRefunds for many orders, with two queries for each number that
// a refund of theirs has.
func (b *Booking) allDecidedRefunds(ctx context.Context, orders []order) (map[bson.ObjectID][]decidedRefund, error) {
	all := map[bson.ObjectID][]decidedRefund{}
	var open []bson.ObjectID // orders that may have a refund with the next number
	for i := range orders {
		if orders[i].captured() {
			open = append(open, orders[i].ID)
		}
	}
	for number := 1; len(open) > 0; number++ {
		ids := make([]bson.ObjectID, len(open))
		for i, id := range open {
			ids[i] = refundID(id, number)
		}
		refunds, err := store.FindIDs[refund](ctx, b.o.Mongo.Collection(refundsName), ids)
		if err != nil || len(refunds) == 0 {
			return all, err
		}
		decisions, err := store.FindIDs[decision](ctx, b.o.Mongo.Collection(decisionsName), ids)
		if err != nil {
			return nil, err
		}
		by := map[bson.ObjectID]*decision{}
		for i := range decisions {
			by[decisions[i].ID] = &decisions[i]
		}
		open = open[:0]
		for i := range refunds {
			if r, d := &refunds[i], by[refunds[i].ID]; d != nil {
				all[r.Transaction] = append(all[r.Transaction], decidedRefund{r, d})
				open = append(open, r.Transaction)
			}
		}
	}
	return all, nil
}

func (b *Booking) orderAtDesk(ctx context.Context, id string) (*order, Transaction, error) {
	missing := fault.New(fault.NotFound, "transaction not found")
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return nil, Transaction{}, missing
	}
	o, err := b.findOrder(ctx, oid)
	if err != nil {
		return nil, Transaction{}, store.Fault(err)
	}
	if o == nil {
		return nil, Transaction{}, missing
	}
	t, err := b.withTickets(ctx, o)
	return o, t, store.Fault(err)
}

// TicketsAtDesk returns the tickets of any transaction with their codes, so that the desk
// can print them for the buyer. The audit log records who had them. Errors: not_found.
func (b *Booking) TicketsAtDesk(ctx context.Context, id, by string) (Transaction, error) {
	o, t, err := b.orderAtDesk(ctx, id)
	if err != nil || len(t.Tickets) == 0 {
		return t, err
	}
	at := store.NowMilli()
	err = b.insertAudit(ctx, auditRow{
		ID: fmt.Sprintf("tickets_shown/%s/%d/%s", id, at.UnixMilli(), by), At: at, By: by, Action: "tickets_shown", Season: o.Season,
		After: bson.D{{Key: "transaction", Value: id}, {Key: "seats", Value: t.Seats}},
	})
	if err != nil {
		return Transaction{}, store.Fault(err) // no codes without a row
	}
	return t, nil
}
