package booking

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
)

// readSheet parses an export: one map per line, by column.
func readSheet(t *testing.T, text string) []map[string]string {
	t.Helper()
	text, marked := strings.CutPrefix(text, byteOrderMark)
	if !marked {
		t.Error("no byte order mark")
	}
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("%v in %q", err, text)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// TestExportsAgreeWithTheProvider exports orders, refunds of every kind, check-ins and
// failed purchases, while every projection is wrong.
func TestExportsAgreeWithTheProvider(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 12)
	b := s.node(nil)
	fan := s.fan()
	other := s.fan()
	buy := func(user, holder, token string, seats ...string) Transaction {
		t.Helper()
		s.hold(b, user, seats...)
		request := s.request(user, seats[0], token, seats...)
		request.Holder = holder
		got, err := b.Buy(s.ctx, request)
		if token == payment.TokenDeclined {
			wantCode(t, err, fault.PaymentDeclined)
			return got
		}
		wantStatus(t, got, err, Completed)
		return got
	}
	give := func(user string, one Transaction, seats ...string) error {
		_, err := b.Refund(s.ctx, user, one.ID, seats)
		b.purchases.wg.Wait()
		return err
	}
	kept := buy(fan, `=HYPERLINK("http://evil.example","x")`, payment.TokenOK, "A-1", "A-2")
	partly := buy(fan, "Jörg \"Jo\" Öztürk,\nBerlin", payment.TokenOK, "A-3", "A-4", "A-5")
	wholly := buy(other, "'t Hooft", payment.TokenOK, "A-6", "A-7")
	buy(other, "Ada", payment.TokenDeclined, "A-8")
	if err := errors.Join(give(fan, partly, "A-4"), give(fan, partly, "A-3"), give(other, wholly)); err != nil {
		t.Fatal(err)
	}
	again := buy(fan, "Ada", payment.TokenOK, "A-6") // refunded, and sold again
	if in, err := b.CheckIn(s.ctx, kept.Tickets[0].QRCode, Scan{Gate: "North", By: bson.NewObjectID().Hex()}); err != nil || in.Result != Admitted {
		t.Fatal(in, err)
	}
	wantCode(t, give(fan, kept), fault.Conflict)
	// A refund that was abandoned because the ticket was used first counts for nothing.
	sold, err := b.findOrder(s.ctx, transactionID(fan, "A-1", 1))
	if err != nil {
		t.Fatal(err)
	}
	never := refund{ID: refundID(sold.ID, 1), Transaction: sold.ID, Number: 1, Season: s.season, User: sold.User, Seats: sold.Seats, Lines: sold.Lines, Amount: sold.Total}
	if _, err := s.stores.Mongo.Collection(refundsName).InsertOne(s.ctx, never); err != nil {
		t.Fatal(err)
	}
	if _, err := b.decideRefund(s.ctx, never.ID, s.season, abandoned); err != nil {
		t.Fatal(err)
	}

	for collection, set := range map[string]bson.D{
		ticketsName:      {{Key: "status", Value: "void"}},
		transactionsName: {{Key: "status", Value: Pending}, {Key: "reason", Value: "nonsense"}},
		seatsName:        {{Key: "status", Value: Available}},
	} {
		if _, err := s.stores.Mongo.Collection(collection).UpdateMany(s.ctx, bson.D{}, bson.D{{Key: "$set", Value: set}}); err != nil {
			t.Fatal(err)
		}
	}
	var held int64
	for _, one := range []Transaction{kept, partly, wholly, again} {
		money, err := s.provider.Held(s.ctx, one.ID)
		if err != nil {
			t.Fatal(err)
		}
		held += money
	}

	var text bytes.Buffer
	if err := b.ExportTakings(s.ctx, s.season, CSV, &text, nil); err != nil {
		t.Fatal(err)
	}
	takings := readSheet(t, text.String())
	if len(takings) != 1 {
		t.Fatalf("takings: %s", text.String())
	}
	for column, want := range map[string]string{
		"category": "VIP", "seatsSold": "8", "seatsRefunded": "4", "gross": "36000", "refunded": "18000", "net": "18000",
		"currency": "EUR", "grossDecimal": "360.00", "refundedDecimal": "180.00", "netDecimal": "180.00",
	} {
		if got := takings[0][column]; got != want {
			t.Errorf("takings: %s is %s, want %s", column, got, want)
		}
	}
	if takings[0]["net"] != strconv.FormatInt(held, 10) {
		t.Errorf("takings of %s, and the provider holds %d", takings[0]["net"], held)
	}

	text.Reset()
	if err := b.ExportSold(s.ctx, s.season, CSV, &text, nil); err != nil {
		t.Fatal(err)
	}
	var net int64
	var lines []string
	for _, row := range readSheet(t, text.String()) {
		price, err := strconv.ParseInt(row["price"], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if row["status"] != ticketVoid {
			net += price
		}
		if row["soldAt"] == "" || len(row["ticketId"]) != 24 || len(row["transactionId"]) != 24 || row["priceDecimal"] != "45.00" || row["currency"] != "EUR" {
			t.Errorf("%v", row)
		}
		if (row["checkedInAt"] != "") != (row["status"] == ticketUsed) {
			t.Errorf("%v", row)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s", row["seatNumber"], row["status"], row["gate"], row["holder"]))
	}
	if net != held {
		t.Errorf("seats worth %d are sold, and the provider holds %d", net, held)
	}
	slices.Sort(lines)
	jo := "Jörg \"Jo\" Öztürk,\nBerlin"
	want := []string{
		`A-1 used North '=HYPERLINK("http://evil.example","x")`, `A-2 valid  '=HYPERLINK("http://evil.example","x")`,
		"A-3 void  " + jo, "A-4 void  " + jo, "A-5 valid  " + jo, "A-6 valid  Ada", "A-6 void  't Hooft", "A-7 void  't Hooft",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("sold:\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

// TestAGuestOfACancelledShowIsUsedInTheBooks as at the gate, although paid back.
func TestAGuestOfACancelledShowIsUsedInTheBooks(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	_, bought := s.sell(b, "A-1", "A-2")
	_, before := s.sell(b, "A-3")
	if _, err := b.RefundFor(s.ctx, deskAt(before, "", ""), nil); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	if in, err := b.CheckIn(s.ctx, bought.Tickets[0].QRCode, Scan{Gate: "North", By: bson.NewObjectID().Hex()}); err != nil || in.Result != Admitted {
		t.Fatal(in, err)
	}
	if _, err := b.CancelSeason(s.ctx, s.season, "", "boss@example.com"); err != nil {
		t.Fatal(err)
	}
	s.refundEveryone(b)
	var text bytes.Buffer
	if err := b.ExportSold(s.ctx, s.season, CSV, &text, nil); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range readSheet(t, text.String()) {
		lines = append(lines, fmt.Sprintf("%s %s %q %t %q", row["seatNumber"], row["status"], row["gate"], row["checkedInAt"] != "", row["paidBack"]))
	}
	slices.Sort(lines)
	if want := []string{`A-1 used "North" true "yes"`, `A-2 void "" false ""`, `A-3 void "" false ""`}; !slices.Equal(lines, want) {
		t.Errorf("sold: %q, want %q", lines, want)
	}
	got, err := b.DeskTransaction(s.ctx, bought.ID)
	if err != nil || got.Refunded != got.Total || !got.Places[0].Returned || got.Tickets[0].Status != ticketUsed {
		t.Errorf("the desk sees %+v (%v), want both seats returned", got, err)
	}
}

func TestAnExportReportsErrorsBeforeItBegins(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	for name, export := range map[string]func(begin func()) error{
		"sold":    func(begin func()) error { return b.ExportSold(s.ctx, "nowhere", CSV, failingWriter{}, begin) },
		"takings": func(begin func()) error { return b.ExportTakings(s.ctx, "nowhere", CSV, failingWriter{}, begin) },
	} {
		begun := false
		if err := export(func() { begun = true }); fault.CodeOf(err) != fault.NotFound || begun {
			t.Errorf("%s of no season: %v, begun: %v", name, err, begun)
		}
	}
	begun := 0
	if err := b.ExportTakings(s.ctx, s.season, CSV, failingWriter{}, func() { begun++ }); err == nil || begun != 1 {
		t.Errorf("a writer that fails: %v, begun %d times", err, begun)
	}
	var text bytes.Buffer
	if err := b.ExportSold(s.ctx, s.season, CSV, &text, nil); err != nil || len(readSheet(t, text.String())) != 0 {
		t.Errorf("nothing sold: %q, %v", text.String(), err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("no room left") }

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"Ada": "Ada", "": "", "'t Hooft": "'t Hooft", "a=b": "a=b", "A-1": "A-1",
		"=1+1": "'=1+1", "+49 30": "'+49 30", "-1": "'-1", "@SUM": "'@SUM", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx", "＝1": "'＝1",
		"'=1": "''=1", "''=1": "'''=1",
		// A program that splits lines at semicolons begins a cell after each.
		"Ada;=1+1": "Ada;'=1+1", `x;"=1+1`: `x;"'=1+1`, "x; =1": "x; '=1", "x;;=1;-2": "x;;'=1;'-2", "x\t=1": "x\t'=1", "a; b": "a; b", " =1": " '=1", ";'=1": ";''=1",
	} {
		if got := escapeFormula(cell); got != want {
			t.Errorf("%q is written %q, want %q", cell, got, want)
		}
	}
}

func TestAmountsForPeople(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor    int64
		currency string
		want     string
	}{{4500, "EUR", "45.00"}, {5, "USD", "0.05"}, {0, "EUR", "0.00"}, {4500, "JPY", "4500"}, {1234, "KWD", "1.234"}, {7, "KWD", "0.007"}, {123456789012, "EUR", "1234567890.12"}} {
		if got := decimal(c.minor, c.currency); got != c.want {
			t.Errorf("%d %s is %s, want %s", c.minor, c.currency, got, c.want)
		}
	}
}
