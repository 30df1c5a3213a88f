package web

import (
	"net/http"

	"usher/internal/auth"
	"usher/internal/ticket"
	"usher/internal/wire"
)

const (
	ticketsPage    = 100 // more than a person has: clients without paging see all
	maxTicketsPage = 200
)

func (s *Server) getTickets(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	limit, cursor, err := page(r, ticketsPage, maxTicketsPage)
	if err != nil {
		return err
	}
	tickets, next, err := s.o.Booking.Tickets(r.Context(), session.User.ID, limit, cursor)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, wire.Tickets{Tickets: toTickets(tickets), Next: orNull(next)})
}

func (s *Server) getTicket(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	ticket, err := s.o.Booking.Ticket(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, toTicket(ticket))
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
