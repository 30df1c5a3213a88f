package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/calendar"
	"usher/internal/fault"
	"usher/internal/ticket"
	"usher/internal/wire"
	"usher/web/sheet"
)

const (
	ticketsPage    = 100 // more than a person has: clients without paging see all
	maxTicketsPage = 200
)

// getTicketsOrPage answers GET /tickets: a browser that opens the address, as a payment
// page sends it back, goes on to the page with the tickets. ?transaction= is the purchase
// whose outcome the page shows. Programs get the tickets.
func (s *Server) getTicketsOrPage(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Add("Vary", "Accept, Sec-Fetch-Mode")
	if !isNavigation(r) {
		return s.signedIn(s.getTickets)(w, r)
	}
	query, at := r.URL.Query(), url.Values{}
	if season := query.Get("season"); season != "" {
		at.Set("season", season)
	}
	if id := query.Get("transaction"); transactionID.MatchString(id) {
		at.Set("transaction", id)
		// The page opens in the season of the purchase. Reading the purchase also makes
		// this node ask for its outcome.
		if session, err := s.authenticate(r, s.limits.requests); err == nil {
			if t, err := s.o.Booking.Transaction(r.Context(), session.User.ID, id); err == nil {
				at.Set("season", t.Season)
			}
		}
	}
	target := "/"
	if len(at) > 0 {
		target += "?" + at.Encode()
	}
	h.Set("Location", target+"#tickets")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// transactionID matches the id of a purchase.
var transactionID = regexp.MustCompile(`^[0-9a-f]{24}$`)

func (s *Server) getTickets(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	limit, cursor, err := page(r, ticketsPage, maxTicketsPage)
	if err != nil {
		return err
	}
	tickets, next, err := s.o.Booking.Tickets(r.Context(), session.User.ID, limit, cursor)
	if err != nil {
		return err
	}
	s.locate(r.Context(), tickets)
	return answerJSON(w, http.StatusOK, wire.Tickets{Tickets: toTickets(tickets), Next: orNull(next)})
}

func (s *Server) getTicket(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	ticket, err := s.o.Booking.Ticket(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return err
	}
	one := []booking.Ticket{ticket}
	s.locate(r.Context(), one)
	return answerJSON(w, http.StatusOK, toTicket(one[0]))
}

// locate adds the section and the row to tickets that an older version issued, from the
// seat plan. What cannot be read now is left out.
func (s *Server) locate(ctx context.Context, tickets []booking.Ticket) {
	plans := map[string]*booking.Snapshot{}
	for i := range tickets {
		t := &tickets[i]
		if t.Section != "" || t.Row != "" {
			continue
		}
		if _, asked := plans[t.Season]; !asked {
			plans[t.Season], _ = s.o.Booking.Snapshot(ctx, t.Season)
		}
		t.Section, t.Row = sheet.Located(*t, plans[t.Season])
	}
}

// getTicketEvent answers with the event of a ticket for the owner's calendar. A refunded
// ticket has one too: it cancels the entry that the calendar may have.
func (s *Server) getTicketEvent(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	ticket, err := s.o.Booking.Ticket(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return err
	}
	season, err := s.o.Booking.Season(r.Context(), ticket.Season)
	if err != nil {
		return err
	}
	one := []booking.Ticket{ticket}
	s.locate(r.Context(), one)
	ticket = one[0]
	entry := calendar.Entry{
		Event: sheet.Event(season), UID: ticket.ID + "@tickets.usher", Stamp: time.Now(), Cancelled: ticket.Status == ticketVoid,
		// The settings' revision grows with each change, and a void ticket stays void.
		Sequence: 2 * season.Revision,
		Details:  []string{sheet.SeatWords(ticket), "Ticket " + ticket.ID},
	}
	if entry.Cancelled {
		entry.Sequence++
	}
	if s.o.PublicURL != "" {
		entry.URL = s.o.PublicURL + "/?season=" + url.QueryEscape(ticket.Season) + "#tickets"
	}
	file, err := calendar.Write(entry)
	if errors.Is(err, calendar.ErrNoStart) {
		return fault.New(fault.Conflict, "the organiser has not said yet when the event starts")
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+ticket.SeatNumber+`.ics"`)
	h.Set("Cache-Control", "private, no-store")
	_, _ = w.Write(file)
	return nil
}

// qrForm is an image format of a QR code.
type qrForm struct {
	media string
	draw  func(ticket.QR) ([]byte, error)
}

func pngForm() qrForm { return qrForm{"image/png", ticket.QR.PNG} }

func svgForm() qrForm {
	return qrForm{"image/svg+xml", func(qr ticket.QR) ([]byte, error) { return qr.SVG(), nil }}
}

func (s *Server) getTicketPNG(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerQR(w, r, session, pngForm())
}

func (s *Server) getTicketSVG(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerQR(w, r, session, svgForm())
}

// answerQR answers with a ticket's QR code. The image admits its bearer, so only
// the caller's own browser may cache it; opened as a page it runs nothing.
func (s *Server) answerQR(w http.ResponseWriter, r *http.Request, session auth.Session, form qrForm) error {
	ticket, err := s.o.Booking.Ticket(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return err
	}
	key, err := keyOf(form.media, ticket.QRCode)
	if err != nil {
		return err
	}
	if unchanged(w, r, key) {
		return nil
	}
	image, err := s.drawings.image(r.Context(), session.User.ID, form, ticket.QRCode)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", form.media)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	_, _ = w.Write(image)
	return nil
}
