package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/paper"
)

// Tickets on paper: a PDF, or a page that the browser prints, which knows every
// letter of every name.

// ticketPage is the page to print: black on white, whatever the device likes. Its
// style and script are inline, and without comments, which html/template would
// strip: the policy names them by their hash, so that nothing else runs.
//
//go:embed app/print.html
var ticketPage string

// printed is the page to print, ready to be filled.
type printed struct {
	page   *template.Template
	policy string
}

// printPage parses the page once, however many servers a process has.
var printPage = sync.OnceValue(func() printed {
	return printed{
		page: template.Must(template.New("print").Parse(ticketPage)), // the text is a constant
		policy: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
			"style-src '" + hashOf("style") + "'; script-src '" + hashOf("script") + "'",
	}
})

// sheet is one page to print.
type sheet struct {
	paper.Ticket
	QR template.HTML // SVG
}

func (s *Server) getTicketPDF(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableTicket(r, session)
	if err != nil {
		return err
	}
	return s.answerPDF(w, r, "ticket-"+tickets[0].SeatNumber, tickets)
}

func (s *Server) getTicketPrint(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableTicket(r, session)
	if err != nil {
		return err
	}
	return s.answerPrint(w, r, tickets)
}

func (s *Server) getTransactionPDF(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableTransaction(r, session)
	if err != nil {
		return err
	}
	return s.answerPDF(w, r, "tickets-"+tickets[0].Season, tickets)
}

func (s *Server) getTransactionPrint(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.printableTransaction(r, session)
	if err != nil {
		return err
	}
	return s.answerPrint(w, r, tickets)
}

// printableTicket is the one ticket a request names. One that was given back is
// not printed: somebody would stand at the gate with it.
func (s *Server) printableTicket(r *http.Request, session auth.Session) ([]booking.Ticket, error) {
	ticket, err := s.o.Booking.Ticket(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return nil, err
	}
	return printable([]booking.Ticket{ticket})
}

// printableTransaction is the tickets of a purchase that still let somebody in.
func (s *Server) printableTransaction(r *http.Request, session auth.Session) ([]booking.Ticket, error) {
	transaction, err := s.o.Booking.Transaction(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return nil, err
	}
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
		return nil, fault.New(fault.Conflict, "there is no ticket to print: it was given back")
	}
	return out, nil
}

// ticketVoid is the status of a ticket that was given back.
const ticketVoid = "void"

// sheets gather what stands on paper. What is not known just now is left out:
// the code is what counts.
func (s *Server) sheets(ctx context.Context, tickets []booking.Ticket) ([]sheet, error) {
	out := make([]sheet, 0, len(tickets))
	for _, t := range tickets {
		one := sheet{Ticket: paper.Ticket{
			Season: t.Season, Seat: t.SeatNumber, Category: string(t.Category), Holder: t.Holder,
			ID: t.ID, Order: t.TransactionID, IssuedAt: t.IssuedAt,
		}}
		if season, err := s.o.Booking.Season(ctx, t.Season); err == nil {
			one.Season = season.Name
		}
		if snapshot, err := s.o.Booking.Snapshot(ctx, t.Season); err == nil {
			if i, ok := snapshot.Plan.ByName[t.SeatNumber]; ok {
				one.Section, one.Row = snapshot.Plan.Seats[i].Section, snapshot.Plan.Seats[i].Row
			}
		}
		svg, err := booking.QRSVG(t.QRCode)
		if err != nil {
			return nil, err
		}
		one.QR = template.HTML(svg) // ours, and made of nothing but numbers
		if one.Code, err = booking.QRBitmap(t.QRCode); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (s *Server) answerPDF(w http.ResponseWriter, r *http.Request, name string, tickets []booking.Ticket) error {
	sheets, err := s.sheets(r.Context(), tickets)
	if err != nil {
		return err
	}
	pdf, err := s.drawPDF(r.Context(), sheets)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	// Seat numbers and season ids hold nothing that a header would mistake.
	h.Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(pdf)
	return nil
}

// drawPDF draws one document at a time: each takes tens of milliseconds and some
// megabytes, and whoever asks for many should keep nobody waiting but those who
// ask for one too. Whoever has gone while waiting is drawn nothing.
func (s *Server) drawPDF(ctx context.Context, sheets []sheet) ([]byte, error) {
	pages := make([]paper.Ticket, len(sheets))
	for i := range sheets {
		pages[i] = sheets[i].Ticket
	}
	select {
	case s.drawing <- struct{}{}:
		defer func() { <-s.drawing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return paper.PDF(pages)
}

func (s *Server) answerPrint(w http.ResponseWriter, r *http.Request, tickets []booking.Ticket) error {
	sheets, err := s.sheets(r.Context(), tickets)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	err = printPage().page.Execute(&page, map[string]any{"Season": sheets[0].Season, "SeasonID": tickets[0].Season, "Sheets": sheets})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", printPage().policy)
	_, _ = w.Write(page.Bytes())
	return nil
}

// hashOf is the hash of what stands between a tag's ends on the page to print, as
// a policy names it.
func hashOf(tag string) string {
	_, after, _ := strings.Cut(ticketPage, "<"+tag+">")
	text, _, found := strings.Cut(after, "</"+tag+">")
	if !found {
		panic("web: the page to print has no " + tag)
	}
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
