package letter

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	netmail "net/mail"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"usher/booking"
	"usher/internal/keys"
	"usher/internal/mail"
	"usher/internal/qrread"
	"usher/internal/testkit"
	"usher/internal/ticket"
	"usher/web/language"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const order = "89abcdef0123456701234567"

// bought is the mail about an order of two seats, in a language.
func bought(t *testing.T, tag string) booking.Mail {
	t.Helper()
	ring, err := keys.Generate()
	must(t, err)
	starts, doors := time.Date(2027, 5, 7, 18, 0, 0, 0, time.UTC), time.Date(2027, 5, 7, 17, 0, 0, 0, time.UTC)
	at := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	m := booking.Mail{
		ID: order, Kind: booking.MailBought, At: at, To: booking.Contact{Email: "zoe@fans.example", Language: tag}, Holder: "Zoë <b>Łukasz</b>", Version: 1,
		Season: booking.Season{Revision: 7, Settings: booking.Settings{
			ID: "spring", Name: "Gala & Frühling", Currency: "EUR", StartsAt: &starts, DoorsAt: &doors, TimeZone: "Europe/Berlin",
			Venue: &booking.Venue{Name: "Oper", Address: "Theaterplatz 1"},
		}},
		Order: booking.Transaction{ID: order, Season: "spring", Total: 7000, Currency: "EUR"},
	}
	for i, seat := range []string{"A-1", "A-2"} {
		id := "0123456789abcdef0123456" + strconv.Itoa(i)
		code, err := ticket.Sign(ring, id, "spring", seat, at)
		must(t, err)
		one := booking.Ticket{
			ID: id, TransactionID: order, Season: "spring", SeatNumber: seat, Section: "Stalls", Row: "A", Category: "VIP", Price: 4500, Currency: "EUR",
			Holder: m.Holder, QRCode: code, Status: "valid", IssuedAt: at,
		}
		if i == 1 {
			one.Price, one.Type = 2500, "child"
		}
		m.Order.Tickets = append(m.Order.Tickets, one)
	}
	m.Tickets = m.Order.Tickets
	return m
}

func letters() *Letters {
	return New(Options{From: netmail.Address{Name: "Opera", Address: "box@opera.example"}, Site: "https://tickets.example"})
}

// TestTheMailHasTheTickets reads the PDF back: the text of each ticket, and the code from
// the modules that are drawn.
func TestTheMailHasTheTickets(t *testing.T) {
	t.Parallel()
	m := bought(t, "de")
	got, err := letters().message(m)
	must(t, err)
	if got.Subject != "Ihre Tickets: Gala & Frühling" || got.ID != order+".usher@opera.example" || got.To.Address != "zoe@fans.example" || !got.Date.Equal(m.At) || len(got.Files) != 2 {
		t.Errorf("the mail is %+v", got)
	}
	for _, want := range []string{
		"Gala & Frühling", "Beginn: Freitag, 7. Mai 2027, 20:00 (Europe/Berlin)", "Einlass: 19:00 (Europe/Berlin)", "Ort: Oper, Theaterplatz 1",
		"Sitzplatz A-1, Bereich Stalls, Reihe A, VIP, 45,00 EUR\n", "Sitzplatz A-2, Bereich Stalls, Reihe A, VIP, 25,00 EUR (child)", "Summe: 70,00 EUR",
		"https://tickets.example/tickets?transaction=" + order, "https://tickets.example/transactions/" + order + "/print",
	} {
		if !strings.Contains(got.Text, want) {
			t.Errorf("the text lacks %q:\n%s", want, got.Text)
		}
	}
	if strings.Contains(got.HTML, "<b>") || !strings.Contains(got.HTML, "Zoë &lt;b&gt;Łukasz&lt;/b&gt;") || !strings.Contains(got.HTML, `lang="de" dir="ltr"`) {
		t.Errorf("the HTML is\n%s", got.HTML)
	}
	pdf := got.Files[0].Bytes
	pages := streams(t, pdf)
	for i, one := range m.Tickets {
		page := pages[i]
		for _, want := range []string{"Gala & Frühling", one.SeatNumber, "Freitag, 7. Mai 2027, 20:00 (Europe/Berlin)", "Oper, Theaterplatz 1", "Zoë <b>Łukasz</b>", ticket.ShortCode(one.ID)} {
			if !bytes.Contains(page, inPDF(want)) {
				t.Errorf("page %d lacks %q", i+1, want)
			}
		}
		read, err := qrread.Read("image/png", drawn(t, page))
		if err != nil || read != one.QRCode {
			t.Errorf("the code on page %d is read as %q, %v; want %q", i+1, read, err, one.QRCode)
		}
	}
	file := unfolded(got.Files[1].Bytes)
	for _, want := range []string{
		"UID:" + order + "@orders.usher\r\n", "SEQUENCE:8\r\n", "DTSTART:20270507T180000Z\r\n", "STATUS:CONFIRMED\r\n", `Sitzplatz A-2\, Bereich Stalls`, `DESCRIPTION:Beginn: Freitag\, 7. Mai 2027`,
	} {
		if !strings.Contains(file, want) {
			t.Errorf("the calendar file lacks %q:\n%s", want, file)
		}
	}
	if again, err := letters().message(m); err != nil || !bytes.Equal(again.Files[0].Bytes, pdf) || !bytes.Equal(again.Files[1].Bytes, got.Files[1].Bytes) || again.Text != got.Text {
		t.Errorf("the repeated mail differs, %v", err)
	}
}

// TestMailsInEveryLanguage: each language has its own words, and an unknown one is English.
func TestMailsInEveryLanguage(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, l := range language.All() {
		got, err := letters().message(bought(t, l.Tag))
		must(t, err)
		if other, twice := seen[got.Subject]; twice {
			t.Errorf("%s and %s have the subject %q", other, l.Tag, got.Subject)
		}
		seen[got.Subject] = l.Tag
		if !strings.Contains(got.HTML, `lang="`+l.Tag+`" dir="`+l.Direction+`"`) || got.Language != l.Tag || regexp.MustCompile(`(mail|ticket)\.[a-z]`).MatchString(got.Text+got.Subject) {
			t.Errorf("the mail in %s is %s\n%s", l.Tag, got.Subject, got.Text)
		}
		content, err := got.Bytes()
		must(t, err)
		if folder := os.Getenv("USHER_TEST_PICTURES"); folder != "" {
			must(t, os.WriteFile(folder+"/mail-"+l.Tag+".html", []byte(got.HTML), 0o600))
			must(t, os.WriteFile(folder+"/mail-"+l.Tag+".eml", content, 0o600))
			must(t, os.WriteFile(folder+"/mail-"+l.Tag+".pdf", got.Files[0].Bytes, 0o600))
		}
	}
	got, err := letters().message(bought(t, "tlh"))
	must(t, err)
	if seen[got.Subject] != "en" {
		t.Errorf("an unknown language has the subject %q", got.Subject)
	}
	arabic, err := letters().message(bought(t, "ar"))
	must(t, err)
	if page := streams(t, arabic.Files[0].Bytes)[0]; !bytes.Contains(page, inPDF("The page to print can:")) {
		t.Error("the PDF of an Arabic mail does not say where the ticket is in Arabic")
	}
}

// TestRefundsAndCancelledShows: the seats that are void, the amount, and the calendar entry
// with what is left, or cancelled.
func TestRefundsAndCancelledShows(t *testing.T) {
	t.Parallel()
	m := bought(t, "en")
	m.Kind, m.ID, m.Version, m.Refunded = booking.MailRefunded, "refund1", 2, 4500
	m.Order.Tickets[0].Status = "void"
	m.Tickets = m.Order.Tickets[:1]
	got, err := letters().message(m)
	must(t, err)
	if got.Subject != "Your refund: Gala & Frühling" || !strings.Contains(got.Text, "Seat A-1") || strings.Contains(got.Text, "A-2") ||
		!strings.Contains(got.Text, "45.00 EUR goes back to you") || strings.Contains(got.Text, "Total") || strings.Contains(got.Text, "/print") || len(got.Files) != 1 {
		t.Errorf("the refund is %s\n%s", got.Subject, got.Text)
	}
	if file := unfolded(got.Files[0].Bytes); !strings.Contains(file, "STATUS:CONFIRMED") || strings.Contains(file, "A-1") || !strings.Contains(file, "A-2") || !strings.Contains(file, "SEQUENCE:9") {
		t.Errorf("the calendar file is\n%s", file)
	}
	m.Kind, m.Desk, m.Version = booking.MailCancelled, true, 3
	m.Order.Tickets[1].Status = "void"
	m.Tickets = m.Order.Tickets
	got, err = letters().message(m)
	must(t, err)
	if got.Subject != "Cancelled: Gala & Frühling" || !strings.Contains(got.Text, "Gala & Frühling is cancelled") || !strings.Contains(got.Text, "returned to you by the box office") || strings.Contains(got.Text, "https://") {
		t.Errorf("the cancelled show is %s\n%s", got.Subject, got.Text)
	}
	if file := unfolded(got.Files[0].Bytes); !strings.Contains(file, "STATUS:CANCELLED") || strings.Contains(file, "URL:") {
		t.Errorf("the calendar file is\n%s", file)
	}
	m.Kind, m.Order.Tickets[1].Status, m.From, m.Tickets = booking.MailMoved, "valid", "A-1", m.Order.Tickets[1:]
	got, err = letters().message(m)
	must(t, err)
	if got.Subject != "Your new seat: Gala & Frühling" || !strings.Contains(got.Text, "from seat A-1") || !strings.Contains(got.Text, "Seat A-2") || len(got.Files) != 2 ||
		len(streams(t, got.Files[0].Bytes)) != 1 {
		t.Errorf("the moved ticket is %s\n%s", got.Subject, got.Text)
	}
	m.Kind, m.Tickets, m.Holder = booking.MailCancelled, m.Order.Tickets, ""
	m.Season.StartsAt, m.Refunded = nil, 0
	got, err = letters().message(m)
	must(t, err)
	if !strings.HasPrefix(got.Text, "Gala") || strings.Contains(got.HTML, "Hello") || len(got.Files) != 0 || strings.Contains(got.Text, "returned") || strings.Contains(got.Text, "Starts") {
		t.Errorf("without a start, for no money: %d files\n%s", len(got.Files), got.Text)
	}
}

// TestFailuresBecomeAnswers: what the mail server says decides whether a mail is repeated.
func TestFailuresBecomeAnswers(t *testing.T) {
	t.Parallel()
	m := bought(t, "en")
	var failure error
	l := New(Options{From: netmail.Address{Address: "box@opera.example"}, Send: func(_ context.Context, _, to netmail.Address, content []byte) error {
		if to.Address != "zoe@fans.example" || !bytes.Contains(content, []byte("Message-ID: <"+order+".usher@opera.example>")) {
			t.Errorf("the mail to %v is\n%.500s", to, content)
		}
		return failure
	}})
	for _, try := range []struct {
		failure error
		status  int
		final   bool
		alone   bool
	}{
		{nil, 0, false, false},
		{&mail.Failure{Code: 550, Permanent: true, Mail: true}, 550, true, true},
		{&mail.Failure{Code: 451, Mail: true}, 451, false, true},
		{&mail.Failure{Code: 421}, 421, false, false},
		{errors.New("else"), 0, false, false},
	} {
		failure = try.failure
		if got := l.Send(context.Background(), m); (got.Err != nil) != (failure != nil) || got.Status != try.status || got.Final != try.final || got.Alone != try.alone {
			t.Errorf("%v becomes %+v", failure, got)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	l.writing <- struct{}{}
	if got := l.Send(ended, m); got.Err == nil || got.Final || !got.Alone {
		t.Errorf("a mail that waits for another to be written, when its time is over: %+v", got)
	}
}

// streams returns the streams of a PDF, of its pages first, uncompressed.
func streams(t *testing.T, pdf []byte) (found [][]byte) {
	t.Helper()
	for part := range bytes.SplitSeq(pdf, []byte("stream\n")) {
		r, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue
		}
		if text, err := io.ReadAll(r); err == nil && bytes.Contains(text, []byte(" Td ")) {
			found = append(found, text)
		}
	}
	if len(found) == 0 {
		t.Fatal("the PDF has no page")
	}
	return found
}

// inPDF returns a text as it is written in a page: in UTF-16, with special bytes escaped.
func inPDF(text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		for _, b := range []byte{byte(unit >> 8), byte(unit)} {
			if strings.ContainsRune(`()\`, rune(b)) {
				out = append(out, '\\')
			}
			out = append(out, b)
		}
	}
	return out
}

// drawn returns the filled boxes of a page as a picture of 100 dots per inch.
func drawn(t *testing.T, page []byte) []byte {
	t.Helper()
	const scale = 100.0 / 72
	canvas := image.NewGray(image.Rect(0, 0, 827, 1170))
	for i := range canvas.Pix {
		canvas.Pix[i] = 0xff
	}
	point := `(-?[0-9.]+) (-?[0-9.]+) `
	for _, box := range regexp.MustCompile(point+`m\s+`+point+`l\s+`+point+`l\s+`+point+`l\s+h`).FindAllSubmatch(page, -1) {
		at := func(i int) float64 {
			v, err := strconv.ParseFloat(string(box[i]), 64)
			must(t, err)
			return v * scale
		}
		for y := int(math.Round(842*scale - at(2))); y < int(math.Round(842*scale-at(6))); y++ {
			for x := int(math.Round(at(1))); x < int(math.Round(at(5))); x++ {
				canvas.SetGray(x, y, color.Gray{})
			}
		}
	}
	var out bytes.Buffer
	must(t, png.Encode(&out, canvas))
	return out.Bytes()
}

func unfolded(file []byte) string { return strings.ReplaceAll(string(file), "\r\n ", "") }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAPlaceOfAnAreaIsCalledByItsArea: its number says nothing to a fan.
func TestAPlaceOfAnAreaIsCalledByItsArea(t *testing.T) {
	t.Parallel()
	m := bought(t, "de")
	m.Tickets[1].SeatNumber, m.Tickets[1].Area, m.Tickets[1].Section, m.Tickets[1].Row = "Standing-0017", "Standing", "", ""
	got, err := letters().message(m)
	must(t, err)
	if !strings.Contains(got.Text, "\nStanding, VIP, 25,00 EUR (child)") || strings.Contains(got.Text, "0017") {
		t.Errorf("the text is\n%s", got.Text)
	}
	if page := streams(t, got.Files[0].Bytes)[1]; !bytes.Contains(page, inPDF("Standing")) || bytes.Contains(page, inPDF("0017")) {
		t.Error("the page of the PDF has the number of the place")
	}
	if file := unfolded(got.Files[1].Bytes); !strings.Contains(file, `Standing\, VIP`) || strings.Contains(file, "0017") {
		t.Errorf("the calendar file is\n%s", file)
	}
}
