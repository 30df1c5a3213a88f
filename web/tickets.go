package web

import (
	"net/http"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/wire"
)

func (s *Server) getTickets(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	tickets, err := s.o.Booking.Tickets(r.Context(), session.User.ID)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, wire.Tickets{Tickets: toTickets(tickets)})
}

func (s *Server) getTicket(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	ticket, err := s.o.Booking.Ticket(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, toTicket(ticket))
}

func (s *Server) getTicketPNG(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerQR(w, r, session, "image/png", booking.QRPNG)
}

func (s *Server) getTicketSVG(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerQR(w, r, session, "image/svg+xml", booking.QRSVG)
}

// answerQR answers with a ticket's QR code. Whoever has the picture can pass the
// gate, so no cache keeps it, and it runs nothing if opened as a page.
func (s *Server) answerQR(w http.ResponseWriter, r *http.Request, session auth.Session, media string, draw func(code string) ([]byte, error)) error {
	ticket, err := s.o.Booking.Ticket(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return err
	}
	image, err := draw(ticket.QRCode)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	_, _ = w.Write(image)
	return nil
}
