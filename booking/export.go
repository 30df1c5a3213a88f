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

// salesReport are what a season's sales come to, by what was decided and not by what is
// shown. The decisions are read first, and what else is read is only asked about
// them: so the books are of one moment, though the sale goes on.
type salesReport struct {
	b        *Booking
	season   string
	captured map[bson.ObjectID]time.Time    // captured sales: when
	refunded map[bson.ObjectID]bool         // tickets given back
	used     map[bson.ObjectID]*ticketState // tickets used
}

func (b *Booking) readSalesReport(ctx context.Context, season string) (*salesReport, error) {
	if _, err := b.Season(ctx, season); err != nil {
		return nil, err
	}
	r := &salesReport{
		b: b, season: season,
		captured: map[bson.ObjectID]time.Time{}, refunded: map[bson.ObjectID]bool{}, used: map[bson.ObjectID]*ticketState{},
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
		if d := decisions[refunds[i].ID]; d == nil || d.Outcome != refunded {
			continue
		}
		for _, seat := range refunds[i].Seats {
			r.refunded[ticketIDOf(refunds[i].Transaction, seat)] = true
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

// eachOrder calls do with every sale that was captured, the oldest first.
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

// ExportSold writes every seat that was ever sold in a season, one line a
// ticket: given back ones have the status void. begin is called once, before the
// first byte, when nothing but the stores and w can fail any more; nil is fine.
// Errors: not_found.
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
		"transactionId", "ticketId", "status", "soldAt", "checkedInAt", "gate", "byHand")
	err = r.eachOrder(ctx, func(o *order, at time.Time) error {
		for i, l := range o.Lines {
			var section, row string
			if index, known := plan.ByName[l.SeatNumber]; known {
				section, row = plan.Seats[index].Section, plan.Seats[index].Row
			}
			id := ticketID(o, i)
			status, checkedIn, gate, byHand := ticketValid, "", "", ""
			if use := r.used[id]; use != nil {
				status, checkedIn, gate = ticketUsed, sheetTime(use.At), use.Gate
				if use.ByHand {
					byHand = "yes"
				}
			}
			if r.refunded[id] {
				status = ticketVoid
			}
			out.line(l.SeatNumber, section, row, string(l.Category),
				strconv.FormatInt(l.Price, 10), decimal(l.Price, o.Currency), o.Currency, o.Holder,
				o.ID.Hex(), id.Hex(), status, sheetTime(at), checkedIn, gate, byHand)
		}
		return out.err()
	})
	if err == nil {
		err = out.end()
	}
	return store.Fault(err)
}

// ExportTakings writes what a season took, a line a category: what was
// captured, what was decided to be given back, and what is left. begin is as in
// ExportSold. Errors: not_found.
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
		"grossDecimal", "refundedDecimal", "netDecimal")
	for _, t := range totals {
		net := t.gross - t.refunded
		out.line(string(t.category), strconv.Itoa(t.seatsSold), strconv.Itoa(t.seatsRefunded),
			strconv.FormatInt(t.gross, 10), strconv.FormatInt(t.refunded, 10), strconv.FormatInt(net, 10), t.currency,
			decimal(t.gross, t.currency), decimal(t.refunded, t.currency), decimal(net, t.currency))
	}
	return store.Fault(out.end())
}

// byteOrderMark begins every export as CSV. The files are for people, and Excel takes a
// CSV file without it for one in the local code page, which garbles every name
// that is not plain English; programs that read UTF-8 pass over it or are told to.
// A shop's program has the feed.
const byteOrderMark = "\ufeff"

// SheetFormat is a form of an export.
type SheetFormat string

// The forms. A spreadsheet that opens a CSV file makes dates and numbers of what
// looks like some (seat MAR-1, row 5E3, an id of digits); in a workbook text is text.
const (
	CSV  SheetFormat = "csv"  // as RFC 4180 has it
	XLSX SheetFormat = "xlsx" // Office Open XML
)

// ParseSheetFormat reads the name of a form.
func ParseSheetFormat(text string) (SheetFormat, error) {
	if format := SheetFormat(text); format == CSV || format == XLSX {
		return format, nil
	}
	return "", errors.New("the format is csv or xlsx")
}

// sheet writes an export, line by line.
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

// newSheet writes nothing yet: what fails before the first line can still be told
// in another way.
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

// isAmount reports whether a column holds numbers that people add up.
func isAmount(column string) bool {
	switch strings.TrimSuffix(column, "Decimal") {
	case "price", "seatsSold", "seatsRefunded", "gross", "refunded", "net":
		return true
	}
	return false
}

// err tells whether anything could not be written.
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

// formula is where a spreadsheet would take a cell's text for a formula: at its
// beginning, and after what some take for the end of a cell or a line. Where the
// decimal sign is a comma, Excel splits lines at semicolons and knows no quotes
// in the middle of what it takes for a cell.
var formula = regexp.MustCompile(`(^|[;\t\r\n])([ "]*)('*[=+\-@\t\r\n＝＋－＠])`)

// escapeFormula makes a spreadsheet take a cell for text where it would take it for a
// formula: a name that begins like one gets an apostrophe before it, and stays as
// readable as it was. One apostrophe before such a beginning is ours, so a reader
// can take it off and has every name back.
func escapeFormula(cell string) string {
	if !strings.ContainsAny(cell, "=+-@\t\r\n＝＋－＠") {
		return cell
	}
	return formula.ReplaceAllString(cell, "${1}${2}'${3}")
}

func sheetTime(t time.Time) string { return wire.At(t).String() }

// decimal writes an amount of minor units, which is not negative, for people:
// 4500 EUR as 45.00.
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

// taking is what one category brought in one currency.
type taking struct {
	category                 Category
	currency                 string
	seatsSold, seatsRefunded int   // sold, and of these given back
	gross, refunded          int64 // minor units
}

// takings adds up the books. A season's currency may have been changed while
// nothing of it mattered; each sale counts in its own.
func (r *salesReport) takings(ctx context.Context) ([]taking, error) {
	type key struct {
		category Category
		currency string
	}
	totals := map[key]*taking{}
	err := r.eachOrder(ctx, func(o *order, _ time.Time) error {
		for i, l := range o.Lines {
			at := key{l.Category, o.Currency}
			t := totals[at]
			if t == nil {
				t = &taking{category: l.Category, currency: o.Currency}
				totals[at] = t
			}
			t.seatsSold++
			t.gross += l.Price
			if r.refunded[ticketID(o, i)] {
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
		return cmp.Or(cmp.Compare(a.currency, b.currency), -cmp.Compare(a.category, b.category))
	})
	return list, err
}
