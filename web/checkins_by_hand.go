package web

import (
	"net/http"
	"strings"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
)

// postLookup finds the ticket whose code cannot be read: by its id, as it is
// printed beside the code, or by its seat.
func (s *Server) postLookup(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	var form struct {
		Ticket *string `json:"ticket"`
		Seat   *string `json:"seat"`
	}
	if err := decode(w, r, &form); err != nil {
		return err
	}
	if (form.Ticket == nil) == (form.Seat == nil) {
		return fault.New(fault.InvalidRequest, "give ticket, the id as printed, or seat, the seat's number")
	}
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	var found booking.CheckIn
	if form.Ticket != nil {
		found, err = s.o.Booking.TicketAtGate(r.Context(), season.ID, strings.TrimSpace(*form.Ticket))
	} else {
		found, err = s.o.Booking.SeatAtGate(r.Context(), season.ID, strings.TrimSpace(*form.Seat))
	}
	if err != nil {
		return err
	}
	t := found.Ticket
	one := wire.GateTicket{
		ID: t.ID, Season: t.Season, SeatNumber: t.SeatNumber, Category: string(t.Category), Holder: t.Holder, Status: t.Status,
		AdmittedAt: wire.AtOrNull(&found.AdmittedAt), ByHand: found.ByHand,
	}
	if one.AdmittedAt != nil {
		one.Gate = &found.Gate
	}
	return answerJSON(w, http.StatusOK, wire.LookedUp{Tickets: []wire.GateTicket{one}})
}

// checkInByHand lets in the holder of a ticket that was looked up.
func (s *Server) checkInByHand(w http.ResponseWriter, r *http.Request, session auth.Session, ticket, gate string) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	done, err := s.o.Booking.CheckInByHand(r.Context(), season.ID, strings.TrimSpace(ticket), gate, session.User.ID)
	if err != nil {
		return err
	}
	if done.Ticket != nil {
		done.Ticket.QRCode = "" // whoever has only read a seat number has no use for the code
	}
	return answerJSON(w, http.StatusOK, toCheckIn(done))
}
