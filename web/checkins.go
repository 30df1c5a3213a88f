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

// staff lets only those pass who work at the gate.
func (s *Server) staff(next sessionHandler) handler {
	return s.signedIn(func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		if !session.User.Has(auth.RoleStaff) {
			s.loggedRefusal(r, session, auth.RoleStaff)
			return fault.New(fault.Forbidden, "only staff at the gate may do this")
		}
		return next(w, r, session)
	})
}

// postCheckIns lets in whoever brings a ticket. A repeat after a lost answer is
// told "already_admitted", with the time and gate of the scan that was lost: the
// same as a copy would be, for it may be one.
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
		return fault.New(fault.InvalidRequest, "code is missing: what was scanned")
	case form.Gate == "":
		return fault.New(fault.InvalidRequest, "gate is missing: the name of the gate, which later scans are told")
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
	// A gate that says which season it is of takes no other's tickets: they must
	// stay unused for their own evening. A code names its season itself, so no
	// default one is needed.
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
