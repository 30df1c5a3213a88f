package web

import (
	"errors"
	"net/http"
	"strings"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/gate"
	"usher/internal/text"
	"usher/internal/wire"
)

// maxGate is the longest name of a gate, in characters.
const maxGate = 64

// staff lets only gate staff pass.
func (s *Server) staff(next sessionHandler) handler {
	return s.signedIn(func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		if !session.User.Has(auth.RoleStaff) {
			s.loggedRefusal(r, session, auth.RoleStaff)
			return fault.New(fault.Forbidden, "only gate staff may do this")
		}
		return next(w, r, session)
	})
}

// postCheckIns checks a ticket in. A repeat after a lost answer gets
// "already_admitted" with the time and gate of the first scan. A copied ticket gets
// the same, because the two cannot be told apart.
func (s *Server) postCheckIns(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form struct {
		Code   *string `json:"code"`
		Ticket *string `json:"ticket"` // by hand: the id of a ticket that was looked up
		Gate   string  `json:"gate"`
	}
	if err := decode(w, r, &form); err != nil {
		return err
	}
	form.Gate = strings.TrimSpace(form.Gate)
	switch {
	case form.Code != nil && form.Ticket != nil:
		return fault.New(fault.InvalidRequest, "give code or ticket, not both")
	case form.Code == nil && form.Ticket == nil:
		return fault.New(fault.InvalidRequest, "code is missing: send the scanned text")
	case form.Gate == "":
		return fault.New(fault.InvalidRequest, "gate is missing: send the name of the gate, which later scans show")
	}
	if err := text.CheckName(form.Gate, maxGate); err != nil {
		return fault.New(fault.InvalidRequest, "gate %v", err)
	}
	if form.Ticket != nil {
		return s.checkInByHand(w, r, session, *form.Ticket, form.Gate)
	}
	code, ticket, err := gate.Read(&s.o.TicketKeys.Public, *form.Code)
	if errors.Is(err, gate.ErrLayout) {
		return fault.New(fault.InvalidRequest, "Not checked: the scanner types with another keyboard layout; set it to that of this computer, or turn Caps Lock off")
	}
	here := err == nil
	// With ?season the gate accepts tickets of that season only; others must stay
	// unused for their own event. A code contains its season, so the default season
	// is not needed.
	if r.URL.Query().Get("season") != "" {
		season, err := s.seasonOf(r)
		if err != nil {
			return err
		}
		here = here && ticket.Season == season.ID
	}
	if !here {
		return answerJSON(w, http.StatusOK, wire.CheckIn{Result: string(booking.Invalid)})
	}
	done, err := s.o.Booking.CheckIn(r.Context(), code, form.Gate, session.User.ID)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, toCheckIn(done))
}

func toCheckIn(c booking.CheckIn) wire.CheckIn {
	answer := wire.CheckIn{Result: string(c.Result), ByHand: c.ByHand, AdmittedAt: wire.AtOrNull(&c.AdmittedAt)}
	if c.Ticket != nil {
		ticket := toTicket(*c.Ticket)
		answer.Ticket = &ticket
	}
	if answer.AdmittedAt != nil {
		answer.Gate = &c.Gate
	}
	return answer
}

// postLookup finds a ticket whose code cannot be read, by the id printed beside the
// code or by its seat.
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

// checkInByHand checks in a ticket that was looked up.
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
		done.Ticket.QRCode = "" // staff who looked a ticket up need no code
	}
	return answerJSON(w, http.StatusOK, toCheckIn(done))
}
