package letter

import (
	"bytes"
	"cmp"
	"errors"
	"html/template"
	netmail "net/mail"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	_ "embed" // the form of the HTML

	"usher/booking"
	"usher/internal/calendar"
	"usher/internal/mail"
	"usher/internal/paper"
	"usher/internal/ticket"
	"usher/web/language"
	"usher/web/sheet"
)

//go:embed letter.html
var form string

// page parses the HTML once per process.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("letter").Parse(form)) // the text is constant
})

// link is an address with its name.
type link struct{ Name, Address string }

// words are the texts of a mail, for both of its forms.
type words struct {
	Tag, Direction string
	Hello, Lead    string
	Event          string
	Facts          []string // about the event
	Tickets        []string
	Sums           []string
	Amount         string // of a refund
	Links          []link
	Care           string
}

// message returns the mail with its files.
func (l *Letters) message(m booking.Mail) (*mail.Message, error) {
	texts := language.Tagged(m.To.Language).Texts()
	event := sheet.Event(m.Season)
	event.Name, event.Moment = cmp.Or(event.Name, m.Order.Season), texts.Moment
	w := l.words(m, texts, event)
	subject := map[booking.MailKind]string{
		booking.MailBought: "mail.bought.subject", booking.MailRefunded: "mail.refund.subject", booking.MailCancelled: "mail.off.subject", booking.MailMoved: "mail.moved.subject",
	}[m.Kind]
	var html bytes.Buffer
	if err := page().Execute(&html, w); err != nil {
		return nil, err
	}
	out := &mail.Message{
		From: l.o.From, To: netmail.Address{Name: m.Holder, Address: m.To.Email},
		ID: l.messageID(m.ID), Date: m.At, Language: texts.Tag,
		Subject: texts.Say(subject, "season", event.Name), Text: w.plain(), HTML: html.String(),
	}
	if m.Kind == booking.MailBought || m.Kind == booking.MailMoved {
		pdf, err := l.pdf(m, texts)
		if err != nil {
			return nil, err
		}
		out.Files = append(out.Files, mail.File{Name: "tickets-" + m.Order.Season + ".pdf", Media: "application/pdf", Bytes: pdf})
	}
	file, err := l.calendar(m, texts, event)
	if err != nil {
		return nil, err
	}
	if file != nil {
		out.Files = append(out.Files, mail.File{Name: m.Order.Season + ".ics", Media: "text/calendar; charset=utf-8", Bytes: file})
	}
	return out, nil
}

func (l *Letters) words(m booking.Mail, texts *language.Texts, event calendar.Event) *words {
	w := &words{
		Tag: texts.Tag, Direction: texts.Direction, Event: event.Name,
		Hello: texts.Say("mail.hello", "name", m.Holder), Lead: texts.Say("mail.bought.lead"),
	}
	add := func(list *[]string, key, value string) {
		if value != "" {
			*list = append(*list, texts.Say("mail.fact", "name", texts.Say(key), "value", value))
		}
	}
	add(&w.Facts, "mail.starts", event.Starts())
	add(&w.Facts, "ticket.doors", event.Doors())
	add(&w.Facts, "mail.venue", event.Place())
	for _, t := range m.Tickets {
		parts := seat(t, texts)
		if t.Currency != "" {
			price := texts.Decimal(booking.Amount(t.Price, t.Currency))
			if t.Type != "" {
				price += " (" + t.Type + ")"
			}
			parts = append(parts, texts.Isolated(price))
		}
		w.Tickets = append(w.Tickets, strings.Join(parts, texts.Say("mail.comma")))
	}
	switch m.Kind {
	case booking.MailBought:
		add(&w.Sums, "mail.total", texts.Decimal(booking.Amount(m.Order.Total, m.Order.Currency)))
		w.Care = texts.Say("mail.care")
	case booking.MailRefunded:
		w.Lead = texts.Say("mail.refund.lead")
	case booking.MailMoved:
		w.Lead = texts.Say("mail.moved.lead", "from", m.From)
		w.Care = texts.Say("mail.care")
	case booking.MailCancelled:
		w.Lead = texts.Say("mail.off.lead", "season", event.Name)
	}
	if m.Holder == "" { // a sale at the desk may have no name
		first, size := utf8.DecodeRuneInString(w.Lead)
		w.Hello, w.Lead = "", string(unicode.ToUpper(first))+w.Lead[size:]
	}
	if m.Refunded > 0 {
		key := "mail.refund.amount"
		if m.Desk {
			key = "mail.refund.desk"
		}
		w.Amount = texts.Say(key, "amount", texts.Decimal(booking.Amount(m.Refunded, m.Order.Currency)))
	}
	add(&w.Sums, "mail.order", m.Order.ID)
	if m.Desk { // the pages of an order are for its account
		return w
	}
	if m.Kind == booking.MailBought {
		w.Links = append(w.Links, link{texts.Say("mail.print"), l.o.Site + "/transactions/" + m.Order.ID + "/print"})
	}
	w.Links = append(w.Links, link{texts.Say("mail.tickets"), l.page(m)})
	return w
}

// page returns the address of the order's tickets on the site.
func (l *Letters) page(m booking.Mail) string { return l.o.Site + "/tickets?transaction=" + m.Order.ID }

// plain returns the mail as plain text.
func (w *words) plain() string {
	var out strings.Builder
	block := func(lines ...string) {
		if len(lines) > 0 {
			out.WriteString(strings.Join(lines, "\n") + "\n\n")
		}
	}
	if w.Hello != "" {
		block(w.Hello)
	}
	block(w.Lead)
	block(append([]string{w.Event}, w.Facts...)...)
	block(w.Tickets...)
	block(w.Sums...)
	if w.Amount != "" {
		block(w.Amount)
	}
	for _, l := range w.Links {
		block(l.Name+":", l.Address)
	}
	if w.Care != "" {
		block(w.Care)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// seat describes a ticket's seat, in parts.
func seat(t booking.Ticket, texts *language.Texts) (parts []string) {
	if t.Area != "" {
		parts, t.SeatNumber = append(parts, texts.Isolated(t.Area)), ""
	}
	for _, part := range []struct{ key, value string }{{"ticket.seat", t.SeatNumber}, {"ticket.section", t.Section}, {"ticket.row", t.Row}} {
		if part.value != "" {
			parts = append(parts, texts.Say("mail.part", "name", texts.Say(part.key), "value", part.value))
		}
	}
	return append(parts, texts.Isolated(string(t.Category)))
}

// pdf draws the tickets, one a page.
func (l *Letters) pdf(m booking.Mail, texts *language.Texts) ([]byte, error) {
	papers := sheet.ForPDF(m.Tickets, m.Season, nil, texts, l.o.Site)
	for i, t := range m.Tickets {
		code, err := ticket.Draw(t.QRCode)
		if err != nil {
			return nil, err
		}
		papers[i].Code = code
	}
	return paper.PDF(papers)
}

// calendar returns the event for the buyer's calendar, one entry for the whole order; nil
// when the start is not known. A refund updates the entry: it lists the seats that are
// left, or cancels the entry.
func (l *Letters) calendar(m booking.Mail, texts *language.Texts, event calendar.Event) ([]byte, error) {
	entry := calendar.Entry{
		Event: event, UID: m.Order.ID + "@orders.usher", Stamp: m.At, Cancelled: true,
		// Both grow only, so a later mail about the order has a greater sequence.
		Sequence:    m.Season.Revision + int64(m.Version),
		StartsLabel: texts.Say("mail.starts"), DoorsLabel: texts.Say("ticket.doors"),
	}
	if !m.Desk {
		entry.URL = l.page(m)
	}
	for _, t := range m.Order.Tickets {
		if t.Status != ticketVoid {
			entry.Cancelled = false
			entry.Details = append(entry.Details, strings.Join(seat(t, texts), texts.Say("mail.comma")))
		}
	}
	entry.Details = append(entry.Details, texts.Say("mail.order")+" "+m.Order.ID)
	file, err := calendar.Write(entry)
	if errors.Is(err, calendar.ErrNoStart) {
		return nil, nil
	}
	return file, err
}

// ticketVoid is the status of a refunded ticket.
const ticketVoid = "void"
