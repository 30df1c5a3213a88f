package web

import (
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/gate"
	"usher/internal/qrread"
	"usher/internal/text"
	"usher/internal/ticket"
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

// checkInForm is the body of POST /checkins.
type checkInForm struct {
	Code   *string `json:"code"`
	Ticket *string `json:"ticket"` // by hand: the id of a ticket that was looked up
	Gate   string  `json:"gate"`
	Scan   string  `json:"scan"` // the scanner's own id of the scan
	At     *string `json:"at"`   // when a gate without a network admitted the guest
}

// isScanID reports whether a text has the form of a scanner's own id of a scan: long enough to be random.
func isScanID(text string) bool {
	if len(text) < 16 || len(text) > 64 {
		return false
	}
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// scanOf reads what a check-in says of its scan.
func (f checkInForm) scanOf(session auth.Session) (booking.Scan, error) {
	scan := booking.Scan{Gate: strings.TrimSpace(f.Gate), By: session.User.ID, ID: f.Scan}
	switch {
	case f.Code != nil && f.Ticket != nil:
		return scan, fault.New(fault.InvalidRequest, "give code or ticket, not both")
	case f.Code == nil && f.Ticket == nil:
		return scan, fault.New(fault.InvalidRequest, "code is missing: send the scanned text")
	case scan.Gate == "":
		return scan, fault.New(fault.InvalidRequest, "gate is missing: send the name of the gate, which later scans show")
	case f.Scan != "" && !isScanID(f.Scan):
		return scan, fault.New(fault.InvalidRequest, "scan must have 16 to 64 letters, digits, - and _, at random")
	}
	if err := text.CheckName(scan.Gate, maxGate); err != nil {
		return scan, fault.New(fault.InvalidRequest, "gate %v", err)
	}
	if f.At != nil {
		at, err := time.Parse(time.RFC3339, *f.At)
		if err != nil {
			return scan, fault.New(fault.InvalidRequest, "at must be a time such as 2027-03-14T18:31:07.120Z")
		}
		if f.Scan == "" {
			return scan, fault.New(fault.InvalidRequest, "scan is missing: with at, send an id of the scan, which its repeats have too")
		}
		scan.At = at
	}
	return scan, nil
}

// postCheckIns checks a ticket in. A repeat after a lost answer gets
// "already_admitted" with the time and gate of the first scan. A copied ticket gets
// the same; sameScan tells the two apart for a scanner that sends ids of its scans.
func (s *Server) postCheckIns(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form checkInForm
	if err := decode(w, r, &form); err != nil {
		return err
	}
	scan, err := form.scanOf(session)
	if err != nil {
		return err
	}
	if form.Ticket != nil {
		return s.checkInByHand(w, r, *form.Ticket, scan)
	}
	switch digits, short := ticket.ReadShort(*form.Code); short {
	case ticket.MistypedShort:
		return fault.New(fault.InvalidRequest, "Not checked: the short code has a typing error; type the eleven signs under the QR code again")
	case ticket.GoodShort:
		season, err := s.seasonOf(r)
		if err != nil {
			return err
		}
		done, err := s.o.Booking.CheckInShort(r.Context(), season.ID, digits, scan)
		return answerByHand(w, done, err)
	}
	code, read, err := gate.Read(&s.o.TicketKeys.Public, *form.Code)
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
		here = here && read.Season == season.ID
	}
	if !here {
		return answerJSON(w, http.StatusOK, wire.CheckIn{Result: string(booking.Invalid)})
	}
	done, err := s.o.Booking.CheckIn(r.Context(), code, scan)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, toCheckIn(done))
}

func toCheckIn(c booking.CheckIn) wire.CheckIn {
	answer := wire.CheckIn{Result: string(c.Result), ByHand: c.ByHand, SameScan: c.SameScan, AdmittedAt: wire.AtOrNull(&c.AdmittedAt)}
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
func (s *Server) checkInByHand(w http.ResponseWriter, r *http.Request, ticket string, scan booking.Scan) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	done, err := s.o.Booking.CheckInByHand(r.Context(), season.ID, strings.TrimSpace(ticket), scan)
	return answerByHand(w, done, err)
}

// answerByHand answers a check-in by hand, without the code: staff need none.
func answerByHand(w http.ResponseWriter, done booking.CheckIn, err error) error {
	if err != nil {
		return err
	}
	if done.Ticket != nil {
		done.Ticket.QRCode = ""
	}
	return answerJSON(w, http.StatusOK, toCheckIn(done))
}

// photoPatience is the longest wait of an image for a free slot. The camera has newer
// images by then.
const photoPatience = 2 * time.Second

// postScan reads the code in an image of a camera, for browsers that cannot. It checks
// nothing in. A session has one image at a time in work.
func (s *Server) postScan(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != qrread.JPEG && media != qrread.PNG {
		return fault.New(fault.UnsupportedMedia, "send the body as %s or %s", qrread.JPEG, qrread.PNG)
	}
	release, err := s.photos.acquire(r.Context(), session.ID)
	if err != nil {
		return err
	}
	defer release()
	photo, err := readBody(w, r, qrread.MaxBytes)
	if err != nil {
		return err
	}
	var code string
	err = s.photos.do(r.Context(), func() (err error) {
		code, err = qrread.Read(media, photo)
		return err
	})
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, wire.Scanned{Code: orNull(code)})
}
