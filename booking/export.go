package booking

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/booking/seatmap"
	"usher/internal/store"
	"usher/internal/wire"
	"usher/internal/xlsx"
)

// salesReport is a season's sales by its decisions, not by its projections. The decisions
// are read first, and other documents only add to them; so the report is of one moment,
// even while the sale continues.
type salesReport struct {
	b           *Booking
	season      string
	captured    map[bson.ObjectID]time.Time    // order → when it was captured
	refunded    map[bson.ObjectID]bool         // refunded and moved tickets
	differences map[bson.ObjectID]int64        // moved ticket → how much less the new seat costs
	used        map[bson.ObjectID]*ticketState // used tickets
}

func (b *Booking) readSalesReport(ctx context.Context, season string) (*salesReport, error) {
	if _, err := b.Season(ctx, season); err != nil {
		return nil, err
	}
	r := &salesReport{
		b: b, season: season,
		captured: map[bson.ObjectID]time.Time{}, refunded: map[bson.ObjectID]bool{}, differences: map[bson.ObjectID]int64{}, used: map[bson.ObjectID]*ticketState{},
	}
	decisions, err := b.decisionsOf(ctx, season)
	if err != nil {
		return nil, err
	}
	refunds, err := store.FindAll[refund](ctx, b.o.Mongo.Collection(refundsName), season)
	if err != nil {
		return nil, err
	}
	for i := range refunds {
		d := decisions[refunds[i].ID]
		if !d.voids() {
			continue
		}
		for j := range refunds[i].Seats {
			r.refunded[refunds[i].ticket(j)] = true
		}
		if d.Outcome == moved {
			r.differences[refunds[i].ticket(0)] = refunds[i].Amount
		}
	}
	for id, d := range decisions {
		if d.Outcome == captured {
			r.captured[id] = d.At
		}
	}
	states, err := store.FindAll[ticketState](ctx, b.o.Mongo.Collection(checkinsName), season)
	for i := range states {
		if states[i].Status == ticketUsed {
			r.used[states[i].Ticket] = &states[i]
		}
	}
	return r, err
}

// eachOrder calls do with every captured order, the oldest first.
func (r *salesReport) eachOrder(ctx context.Context, do func(o *order, at time.Time) error) error {
	found, err := r.b.o.Mongo.Collection(transactionsName).Find(ctx, bson.D{{Key: "season", Value: r.season}},
		options.Find().SetSort(bson.D{{Key: "createdAt", Value: 1}, {Key: "_id", Value: 1}}).SetBatchSize(1000))
	if err != nil {
		return err
	}
	defer func(found *mongo.Cursor) { _ = found.Close(context.WithoutCancel(ctx)) }(found)
	for found.Next(ctx) {
		var o order
		if err := found.Decode(&o); err != nil {
			return err
		}
		if at, sold := r.captured[o.ID]; sold {
			if err := do(&o, at); err != nil {
				return err
			}
		}
	}
	return found.Err()
}

// ExportSold writes one line for every ticket that a season has sold; refunded and moved tickets
// have the status void, but a used ticket that a cancelled show paid back stays used. begin is called once, before the first byte; from then on only the
// stores and w can fail. begin may be nil. Errors: not_found.
func (b *Booking) ExportSold(ctx context.Context, season string, format SheetFormat, w io.Writer, begin func()) error {
	r, err := b.readSalesReport(ctx, season)
	if err != nil {
		return store.Fault(err)
	}
	plan, err := b.plan(ctx, season)
	if err != nil {
		return store.Fault(err)
	}
	out := newSheet(w, format, begin,
		"seatNumber", "section", "row", "category", "price", "priceDecimal", "currency", "holder",
		"transactionId", "ticketId", "status", "soldAt", "checkedInAt", "gate", "byHand", "type",
		"soldBy", "method", "reference", "allotment", "listPrice", "paidBack")
	err = r.eachOrder(ctx, func(o *order, at time.Time) error {
		for _, p := range o.places() {
			l := p.Line
			var section, row string
			if index, known := plan.ByName[l.SeatNumber]; known {
				section, row = plan.Seats[index].Section, plan.Seats[index].Row
			}
			id := p.ticket()
			status, checkedIn, gate, byHand, paidBack := ticketValid, "", "", "", ""
			switch use := r.used[id]; {
			case use != nil:
				status, checkedIn, gate = ticketUsed, sheetTime(use.At), use.Gate
				if use.ByHand {
					byHand = "yes"
				}
				if r.refunded[id] {
					paidBack = "yes"
				}
			case r.refunded[id]:
				status = ticketVoid
			}
			soldBy, method, reference, listPrice := "", "", "", ""
			if o.Desk != nil {
				soldBy, method, reference = o.Desk.By, string(o.Desk.Method), o.Desk.Reference
				if o.givenAway() {
					listPrice = strconv.FormatInt(l.ListPrice, 10)
				}
			}
			out.line(l.SeatNumber, section, row, string(l.Category),
				strconv.FormatInt(l.Price, 10), decimal(l.Price, o.Currency), o.Currency, o.Holder,
				o.ID.Hex(), id.Hex(), status, sheetTime(at), checkedIn, gate, byHand, l.Type,
				soldBy, method, reference, l.Allotment, listPrice, paidBack)
		}
		return out.err()
	})
	if err == nil {
		err = out.end()
	}
	return store.Fault(err)
}

// ExportTakings writes a season's takings, one line per category and price type: captured,
// refunded, and the difference. begin is as in ExportSold. Errors: not_found.
func (b *Booking) ExportTakings(ctx context.Context, season string, format SheetFormat, w io.Writer, begin func()) error {
	r, err := b.readSalesReport(ctx, season)
	if err != nil {
		return store.Fault(err)
	}
	totals, err := r.takings(ctx)
	if err != nil {
		return store.Fault(err)
	}
	out := newSheet(w, format, begin,
		"category", "seatsSold", "seatsRefunded", "gross", "refunded", "net", "currency",
		"grossDecimal", "refundedDecimal", "netDecimal", "type")
	for _, t := range totals {
		net := t.gross - t.refunded
		out.line(string(t.category), strconv.Itoa(t.seatsSold), strconv.Itoa(t.seatsRefunded),
			strconv.FormatInt(t.gross, 10), strconv.FormatInt(t.refunded, 10), strconv.FormatInt(net, 10), t.currency,
			decimal(t.gross, t.currency), decimal(t.refunded, t.currency), decimal(net, t.currency), t.kind)
	}
	return store.Fault(out.end())
}

// byteOrderMark begins every CSV export. Excel reads a CSV file without the mark in a local
// code page, which garbles names with letters beyond ASCII. Programs that read UTF-8 skip
// the mark; shops' programs use the feed.
const byteOrderMark = "\ufeff"

// SheetFormat is the file format of an export.
type SheetFormat string

// A spreadsheet that opens a CSV file turns some texts into dates and numbers (seat MAR-1,
// row 5E3, an id of digits); in a workbook text stays text.
const (
	CSV  SheetFormat = "csv"  // as RFC 4180 has it
	XLSX SheetFormat = "xlsx" // Office Open XML
)

// ParseSheetFormat parses "csv" or "xlsx".
func ParseSheetFormat(text string) (SheetFormat, error) {
	if format := SheetFormat(text); format == CSV || format == XLSX {
		return format, nil
	}
	return "", errors.New("the format is csv or xlsx")
}

// sheet writes an export line by line.
type sheet struct {
	w      io.Writer
	begin  func()
	format SheetFormat
	csv    *csv.Writer
	book   *xlsx.Writer // with XLSX, once begun
	begun  bool
	head   []string
	failed error
}

// newSheet writes nothing, so that an error before the first line can still be answered
// with a status code.
func newSheet(w io.Writer, format SheetFormat, begin func(), columns ...string) *sheet {
	s := &sheet{w: w, format: format, begin: begin, csv: csv.NewWriter(w), head: columns}
	s.csv.UseCRLF = true
	return s
}

func (s *sheet) start() {
	if s.begun {
		return
	}
	s.begun = true
	if s.begin != nil {
		s.begin()
	}
	if s.format == XLSX {
		s.book = xlsx.New(s.w)
		s.failed = s.book.Row(s.head, func(int) bool { return false })
		return
	}
	if _, s.failed = io.WriteString(s.w, byteOrderMark); s.failed == nil {
		s.failed = s.csv.Write(s.head)
	}
}

func (s *sheet) line(cells ...string) {
	if s.start(); s.failed != nil {
		return
	}
	if s.book != nil {
		s.failed = s.book.Row(cells, func(column int) bool { return isAmount(s.head[column]) })
		return
	}
	for i := range cells {
		cells[i] = escapeFormula(cells[i])
	}
	s.failed = s.csv.Write(cells)
}

// isAmount reports whether a column contains numbers to add up.
func isAmount(column string) bool {
	switch strings.TrimSuffix(column, "Decimal") {
	case "price", "listPrice", "seatsSold", "seatsRefunded", "gross", "refunded", "net":
		return true
	}
	return false
}

// err returns the first error of writing.
func (s *sheet) err() error { return s.failed }

func (s *sheet) end() error {
	if s.start(); s.failed != nil {
		return s.failed
	}
	if s.book != nil {
		s.failed = s.book.Close()
		return s.failed
	}
	s.csv.Flush()
	s.failed = s.csv.Error()
	return s.failed
}

// formula matches where a spreadsheet would read a cell's text as a formula: at its
// beginning, and after characters that some programs take for the end of a cell or a line.
// Excel splits lines at semicolons where the decimal sign is a comma, and ignores quotes in
// the middle of a cell.
var formula = regexp.MustCompile(`(^|[;\t\r\n])([ "]*)('*[=+\-@\t\r\n＝＋－＠])`)

// escapeFormula makes a spreadsheet read a cell as text: it puts an apostrophe before each
// beginning of a formula. A reader gets the original text back by removing one apostrophe
// at each such place.
func escapeFormula(cell string) string {
	if !strings.ContainsAny(cell, "=+-@\t\r\n＝＋－＠") {
		return cell
	}
	return formula.ReplaceAllString(cell, "${1}${2}'${3}")
}

// Amount writes an amount in minor units for people: 4500 EUR as "45.00 EUR". The amount
// is not negative.
func Amount(minor int64, currency string) string { return decimal(minor, currency) + " " + currency }

func sheetTime(t time.Time) string { return wire.At(t).String() }

// decimal formats an amount in minor units for people: 4500 EUR as 45.00. The amount is not
// negative.
func decimal(minor int64, currency string) string {
	digits := seatmap.MinorDigits(currency)
	text := strconv.FormatInt(minor, 10)
	if digits == 0 {
		return text
	}
	if len(text) <= digits {
		text = strings.Repeat("0", digits+1-len(text)) + text
	}
	return text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// taking is the sum of one category and price type in one currency.
type taking struct {
	category                 Category
	kind                     string // the price type; "": the normal price
	currency                 string
	seatsSold, seatsRefunded int   // sold, and refunded of those
	gross, refunded          int64 // minor units
}

// takings adds up the report. A season's currency may have changed before its first
// purchase; each order counts in its own currency.
func (r *salesReport) takings(ctx context.Context) ([]taking, error) {
	type key struct {
		category Category
		kind     string
		currency string
	}
	totals := map[key]*taking{}
	err := r.eachOrder(ctx, func(o *order, _ time.Time) error {
		for _, p := range o.places() {
			l := p.Line
			at := key{l.Category, l.Type, o.Currency}
			t := totals[at]
			if t == nil {
				t = &taking{category: l.Category, kind: l.Type, currency: o.Currency}
				totals[at] = t
			}
			if difference, gone := r.differences[p.ticket()]; gone {
				// The money went with the ticket to the category of the new seat, but for
				// what was returned.
				t.gross += difference
				t.refunded += difference
				continue
			}
			t.seatsSold++
			t.gross += l.Price
			if r.refunded[p.ticket()] {
				t.seatsRefunded++
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
		return cmp.Or(cmp.Compare(a.currency, b.currency), -cmp.Compare(a.category, b.category), cmp.Compare(a.kind, b.kind))
	})
	return list, err
}
