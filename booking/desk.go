package booking

import (
	"context"
	"encoding/json"
	"net/mail"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/text"
)

// The desk is the box office. Its staff sell seats to people in front of them, who need
// neither an account nor a place in the season: before the sale opens, while it is paused
// and after it has closed. A sale at the desk is an order like any other, with the same
// steps and documents. Three things differ: the seats are reserved without a cart, no
// payment provider is asked, and the order belongs to a user of its own who cannot sign in.

// DeskMethod is how a buyer at the desk pays.
type DeskMethod string

// The methods of payment at the desk.
const (
	DeskCash    DeskMethod = "cash"    // paid at the desk, in cash or by the desk's own card terminal
	DeskInvoice DeskMethod = "invoice" // to be paid later
	DeskFree    DeskMethod = "free"    // given away: the seats cost nothing, whatever their prices are
)

// DeskSale is what the books say about a sale at the desk.
type DeskSale struct {
	By        string // who sold: the e-mail address of the session, or the user's id
	Method    DeskMethod
	Reference string // the number of a receipt or an invoice, or why the seats are free; "": none
	Allotment string // whose seats were sold; "": seats on sale
	ListTotal int64  // what the seats cost that were given away; 0 for every other method
}

// DeskRequest asks to sell seats at the desk: named seats, places of areas, and the best of
// the other seats.
type DeskRequest struct {
	Season string
	Staff  string // the user id of who sells
	By     string // the same, as the books name who sold
	Key    string // the client's idempotency key, scoped to the season and to who sells

	Seats []string
	Types map[string]string // seat number → type of its price; a seat without an entry is sold at the normal price
	Areas []AreaCount
	Best  *Best // besides Seats and Areas; nil: none

	Holder    string // the name on the tickets; "": none
	Email     string // where the buyer gets mail; "": none
	Method    DeskMethod
	Reference string
	Allotment string
}

// DeskOffer is what a sale at the desk would sell.
type DeskOffer struct {
	Lines     []Line
	Total     int64
	ListTotal int64 // as in DeskSale
	Currency  string
}

// orderDesk is what an order stores of its sale at the desk.
type orderDesk struct {
	By        string     `bson:"by"`
	Staff     string     `bson:"staffId"`
	Method    DeskMethod `bson:"method"`
	Reference string     `bson:"reference,omitempty"`
	Allotment string     `bson:"allotment,omitempty"`
}

// deskRequest is the part of a request that only a sale at the desk has. Its JSON is part of
// the hash of the request.
type deskRequest struct {
	Areas []AreaCount
	Best  *Best
	Email string
	Sale  orderDesk
}

// atProvider reports whether a payment provider has, or had, to do with the order's money.
func (o *order) atProvider() bool { return o.Total > 0 && o.Desk == nil }

// givenAway reports whether the order's seats cost nothing whatever the plan says.
func (o *order) givenAway() bool { return o.Desk != nil && o.Desk.Method == DeskFree }

// listTotal is what the seats cost that an order gives away.
func (o *order) listTotal() (sum int64) {
	for _, l := range o.Lines {
		sum += l.ListPrice
	}
	return sum
}

// deskTransaction returns an order as the desk sees it. Tickets come without their codes,
// and pending purchases without their payment pages; see SeasonTransactions.
func (o *order) deskTransaction(t Transaction, decided []decidedRefund) DeskTransaction {
	t.Tickets = slices.Clone(t.Tickets)
	for i := range t.Tickets {
		t.Tickets[i].QRCode = ""
	}
	t.Next = nil // the page is the buyer's
	shown := DeskTransaction{Transaction: t, Holder: o.Holder, Email: o.Email}
	if o.Desk != nil {
		shown.Desk = &DeskSale{By: o.Desk.By, Method: o.Desk.Method, Reference: o.Desk.Reference, Allotment: o.Desk.Allotment, ListTotal: o.listTotal()}
	}
	for _, r := range decided {
		if r.counts() {
			shown.Refunded += r.Amount
		}
	}
	now := *o
	now.Moved = movesOf(decided) // o may be older than a move
	returned := returnedTickets(decided)
	for _, p := range now.places() {
		shown.Places = append(shown.Places, DeskPlace{Line: p.Line.line(), Returned: returned[p.ticket()], Moved: p.Gone})
	}
	return shown
}

// SellAtDesk sells free seats to a buyer at the desk. A repeat with the same key and request
// returns the same transaction. Errors: invalid_request, not_found, unknown_seat,
// seat_limit, key_reused, seat_taken, sold_out, no_adjacent_seats, unavailable, draining.
func (b *Booking) SellAtDesk(ctx context.Context, req DeskRequest) (DeskTransaction, error) {
	if IsShadow(req.Season) {
		return DeskTransaction{}, fault.New(fault.InvalidRequest, "a rehearsal has no desk")
	}
	t, err := b.Buy(ctx, req.purchase())
	if err != nil {
		return DeskTransaction{}, err
	}
	return b.DeskTransaction(ctx, t.ID)
}

// OfferAtDesk returns what SellAtDesk would sell now, and sells nothing. The key and who
// sells are ignored. Errors: as SellAtDesk.
func (b *Booking) OfferAtDesk(ctx context.Context, req DeskRequest) (DeskOffer, error) {
	if req.Key == "" {
		req.Key = "offer"
	}
	p := req.purchase()
	if err := p.checkDesk(); err != nil {
		return DeskOffer{}, err
	}
	o, err := b.prepareAtDesk(ctx, p, bson.NewObjectID(), 1)
	if err != nil {
		return DeskOffer{}, store.Fault(err)
	}
	return DeskOffer{Lines: o.transaction(nil).Lines, Total: o.Total, ListTotal: o.listTotal(), Currency: o.Currency}, nil
}

// purchase translates a sale at the desk. Each sale has a user of its own, so that no limit
// of one fan counts several sales.
func (req *DeskRequest) purchase() PurchaseRequest {
	return PurchaseRequest{
		Season: req.Season, User: deriveID("desk", req.Season, req.Staff, req.Key).Hex(), Holder: req.Holder, Key: req.Key,
		Seats: req.Seats, Types: req.Types,
		desk: &deskRequest{Areas: req.Areas, Best: req.Best, Email: req.Email, Sale: orderDesk{
			By: req.By, Staff: req.Staff, Method: req.Method, Reference: req.Reference, Allotment: req.Allotment,
		}},
	}
}

const (
	deskText  = 200 // the most characters of a holder and of a reference
	deskEmail = 254 // the most bytes of an e-mail address
)

// checkDesk refuses invalid requests of the desk and sorts the seats.
func (req *PurchaseRequest) checkDesk() error {
	if err := checkKey(req.Key); err != nil {
		return err
	}
	count := len(req.Seats)
	for _, area := range req.desk.Areas {
		if area.Count < 1 || area.Count > seats.MostSeats {
			return fault.New(fault.InvalidRequest, "the count of the area %.40q is 1–%d, not %d", area.Area, seats.MostSeats, area.Count)
		}
		count += area.Count
	}
	if best := req.desk.Best; best != nil {
		if best.Swap {
			return fault.New(fault.InvalidRequest, "the desk has no cart whose seats could be swapped")
		}
		count += best.Count
	}
	if count < 1 || count > seats.MostSeats {
		return fault.New(fault.InvalidRequest, "%d seats to sell: a sale has 1–%d", count, seats.MostSeats)
	}
	if sale := &req.desk.Sale; !slices.Contains([]DeskMethod{DeskCash, DeskInvoice, DeskFree}, sale.Method) {
		return fault.New(fault.InvalidRequest, "payment.method must be %s, %s or %s, not %.40q", DeskCash, DeskInvoice, DeskFree, sale.Method)
	}
	if name := req.desk.Sale.Allotment; name != "" {
		if err := CheckAllotment(name); err != nil {
			return fault.New(fault.InvalidRequest, "the name of the allotment %.40q is invalid: %v", name, err)
		}
	}
	for _, field := range []struct{ name, value string }{{"holder", req.Holder}, {"payment.reference", req.desk.Sale.Reference}} {
		if err := text.CheckLabel(field.value, deskText); err != nil {
			return fault.New(fault.InvalidRequest, "%s %v", field.name, err)
		}
	}
	if email := req.desk.Email; email != "" {
		if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email || len(email) > deskEmail {
			return fault.New(fault.InvalidRequest, "email %.60q is not an e-mail address such as ada@example.org", email)
		}
	}
	return req.sortSeats()
}

// logDeskSale records a sale at the desk in the audit log. Repeating it changes nothing.
func (b *Booking) logDeskSale(ctx context.Context, o *order) error {
	if o.Desk == nil || o.Status != Completed {
		return nil
	}
	row := auditRow{
		ID: deskSaleRow(o.ID), At: *o.CompletedAt, By: o.Desk.By, Action: "desk_sale", Season: o.Season,
		After: bson.D{
			{Key: "transaction", Value: o.ID.Hex()},
			{Key: "seats", Value: o.seatNumbers()},
			{Key: "total", Value: o.Total},
			{Key: "listTotal", Value: o.listTotal()},
			{Key: "currency", Value: o.Currency},
			{Key: "method", Value: string(o.Desk.Method)},
			{Key: "reference", Value: o.Desk.Reference},
			{Key: "allotment", Value: o.Desk.Allotment},
		},
	}
	_, err := b.o.Mongo.Collection(auditName).InsertOne(ctx, row)
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}

func deskSaleRow(id bson.ObjectID) string { return "desk_sale/" + id.Hex() }

// MarshalJSON writes the fields that a repeat of the sale must have, too.
func (r *deskRequest) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{r.Areas, r.Best, r.Email, r.Sale.Staff, r.Sale.Method, r.Sale.Reference, r.Sale.Allotment})
}
