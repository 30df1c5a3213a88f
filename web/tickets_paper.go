package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/paper"
	"usher/web/desk"
	"usher/web/language"
	"usher/web/sheet"
)

// Tickets on paper: a PDF, or a page that the browser prints. The page can show
// every letter of every name; the PDF's font cannot.

// ticketPage is the page to print, black on white on every device. Its style and
// script are inline and must have no comments, which html/template would strip: the
// content security policy allows them by their hashes, so that nothing else runs.
//
//go:embed app/print.html
var ticketPage string

// printed is the parsed page to print.
type printed struct {
	page   *template.Template
	policy string
}

// printPage parses the page once per process.
var printPage = sync.OnceValue(func() printed {
	return printed{
		page: template.Must(template.New("print").Parse(ticketPage)), // the text is constant
		policy: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self'; " +
			"style-src '" + hashOf("style") + "'; script-src '" + hashOf("script") + "'",
	}
})

// leaf is one printed page.
type leaf struct {
	paper.Ticket
	QR template.HTML // SVG
}

func (s *Server) getTicketPDF(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableTicket(r, session)
	if err != nil {
		return err
	}
	return s.answerPDF(w, r, session, "ticket-"+tickets[0].SeatNumber, tickets)
}

func (s *Server) getTicketPrint(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableTicket(r, session)
	if err != nil {
		return err
	}
	return s.answerPrint(w, r, session, tickets, false)
}

func (s *Server) getTransactionPDF(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableTransaction(r, session)
	if err != nil {
		return err
	}
	return s.answerPDF(w, r, session, "tickets-"+tickets[0].Season, tickets)
}

func (s *Server) getTransactionPrint(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableTransaction(r, session)
	if err != nil {
		return err
	}
	return s.answerPrint(w, r, session, tickets, false)
}

// getAdminPDF and getAdminPrint are the tickets of any buyer, which the desk prints.
func (s *Server) getAdminPDF(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableAtDesk(r, session)
	if err != nil {
		return err
	}
	return s.answerPDF(w, r, session, "tickets-"+tickets[0].Season, tickets)
}

func (s *Server) getAdminPrint(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableAtDesk(r, session)
	if err != nil {
		return err
	}
	return s.answerPrint(w, r, session, tickets, true)
}

func (s *Server) printableAtDesk(r *http.Request, session auth.Session) ([]booking.Ticket, error) {
	transaction, err := s.o.Booking.TicketsAtDesk(r.Context(), pathValue(r, "id"), session.User.Signature())
	if err != nil {
		return nil, err
	}
	return printableOf(transaction)
}

// printableTicket returns the ticket of a request. A refunded ticket is not
// printed, because its bearer would be turned away at the gate.
func (s *Server) printableTicket(r *http.Request, session auth.Session) ([]booking.Ticket, error) {
	ticket, err := s.o.Booking.Ticket(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return nil, err
	}
	return printable([]booking.Ticket{ticket})
}

// printableTransaction returns the tickets of a purchase that are not refunded.
func (s *Server) printableTransaction(r *http.Request, session auth.Session) ([]booking.Ticket, error) {
	transaction, err := s.o.Booking.Transaction(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return nil, err
	}
	return printableOf(transaction)
}

func printableOf(transaction booking.Transaction) ([]booking.Ticket, error) {
	if transaction.Status == booking.Pending {
		return nil, fault.New(fault.Conflict, "this purchase is still being confirmed; it has no tickets yet")
	}
	return printable(transaction.Tickets)
}

func printable(tickets []booking.Ticket) ([]booking.Ticket, error) {
	var out []booking.Ticket
	for _, t := range tickets {
		if t.Status != ticketVoid {
			out = append(out, t)
		}
	}
	if out == nil {
		return nil, fault.New(fault.Conflict, "there is no ticket to print: it was refunded")
	}
	return out, nil
}

// ticketVoid is the status of a refunded ticket.
const ticketVoid = "void"

// eventWords returns the name, the time and the place of a season's event.
func (s *Server) eventWords(ctx context.Context, id string, sold time.Time, texts *language.Texts) desk.EventWords {
	season, _ := s.o.Booking.Season(ctx, id) // without the season a receipt has its id
	event := sheet.Event(season)
	event.Moment = texts.Moment
	return desk.EventWords{Name: cmp.Or(event.Name, id), When: event.Starts(), Where: event.Place(), Sold: event.When(sold)}
}

// papers returns the text on each paper ticket, without the code. What cannot be
// read now is left out, because only the code is essential.
func (s *Server) papers(ctx context.Context, tickets []booking.Ticket, texts *language.Texts, site string) []paper.Ticket {
	season, plan := s.onPaper(ctx, tickets)
	return sheet.Papers(tickets, season, plan, texts, site)
}

// papersForPDF returns the text for a PDF in the language of the request.
func (s *Server) papersForPDF(r *http.Request, tickets []booking.Ticket) []paper.Ticket {
	season, plan := s.onPaper(r.Context(), tickets)
	return sheet.ForPDF(tickets, season, plan, s.languages.Of(r).Texts(), s.siteOf(r))
}

// onPaper returns the season and the seat plan of tickets, which are of one season.
func (s *Server) onPaper(ctx context.Context, tickets []booking.Ticket) (season booking.Season, plan *booking.Snapshot) {
	if len(tickets) > 0 {
		season, _ = s.o.Booking.Season(ctx, tickets[0].Season)
		plan, _ = s.o.Booking.Snapshot(ctx, tickets[0].Season)
	}
	return season, plan
}

func codesOf(tickets []booking.Ticket) []string {
	codes := make([]string, len(tickets))
	for i := range tickets {
		codes[i] = tickets[i].QRCode
	}
	return codes
}

func (s *Server) answerPDF(w http.ResponseWriter, r *http.Request, session auth.Session, name string, tickets []booking.Ticket) error {
	w.Header().Add("Vary", language.Vary)
	papers, codes := s.papersForPDF(r, tickets), codesOf(tickets)
	key, err := keyOf("application/pdf "+paper.Edition, []any{papers, codes})
	if err != nil {
		return err
	}
	if unchanged(w, r, key) {
		return nil
	}
	pdf, err := s.drawings.document(r.Context(), session.User.ID, key, papers, codes)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	// Seat numbers and season ids contain no character that is special in a header.
	h.Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	_, _ = w.Write(pdf)
	return nil
}

// answerPrint answers with the page to print. atDesk says that the desk prints it.
func (s *Server) answerPrint(w http.ResponseWriter, r *http.Request, session auth.Session, tickets []booking.Ticket, atDesk bool) error {
	w.Header().Add("Vary", language.Vary)
	texts := s.languages.Of(r).Texts()
	papers, codes := s.papers(r.Context(), tickets, texts, s.siteOf(r)), codesOf(tickets)
	// Without the season the page has no logo; only the code is essential.
	season, _ := s.o.Booking.Season(r.Context(), tickets[0].Season)
	logo := s.look.Of(season).Logo
	key, err := keyOf(ticketPage, []any{papers, codes, logo, atDesk})
	if err != nil {
		return err
	}
	if unchanged(w, r, key) {
		return nil
	}
	sheets := make([]leaf, len(papers))
	for i := range papers {
		svg, err := s.drawings.image(r.Context(), session.User.ID, svgForm(), codes[i])
		if err != nil {
			return err
		}
		sheets[i] = leaf{papers[i], template.HTML(svg)} // our own text, made of numbers only
	}
	var page bytes.Buffer
	err = printPage().page.Execute(&page, map[string]any{"T": texts, "Title": papers[0].Words.Titles, "SeasonID": tickets[0].Season, "Sheets": sheets, "Logo": logo, "AtDesk": atDesk})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", printPage().policy)
	_, _ = w.Write(page.Bytes())
	return nil
}

// hashOf returns the hash of an element of the page to print, as a content security
// policy names it.
func hashOf(tag string) string {
	_, after, _ := strings.Cut(ticketPage, "<"+tag+">")
	text, _, found := strings.Cut(after, "</"+tag+">")
	if !found {
		panic("web: the page to print has no " + tag)
	}
	return strings.Trim(hashSource(text), "'")
}

// hashSource names an inline style or script in a content security policy.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
