package booking

import (
	"context"
	"crypto/rand"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/ticket"
)

// CheckInResult is what a scan at the gate comes to.
type CheckInResult string

// The results that docs/gate.md lists.
const (
	Admitted        CheckInResult = "admitted"         // the first scan of a valid ticket
	AlreadyAdmitted CheckInResult = "already_admitted" // a later scan
	Invalid         CheckInResult = "invalid"          // not a ticket of ours
	Void            CheckInResult = "void"             // given back
)

// CheckIn answers a scan.
type CheckIn struct {
	Result     CheckInResult
	Ticket     *Ticket   // nil when invalid
	AdmittedAt time.Time // of the first scan; zero unless somebody was admitted
	Gate       string    // of the first scan
	ByHand     bool      // the first was no scan: staff looked the ticket up
}

// CheckIn lets in whoever brings a ticket's code, once over all nodes. by is the
// user id of the staff who scanned. A ticket that is just being given back comes
// in, and that refund is abandoned. A code that is none is an answer, not an
// error. Errors: unavailable.
func (b *Booking) CheckIn(ctx context.Context, code, gate, by string) (CheckIn, error) {
	c, err := b.checkIn(ctx, code, gate, by)
	if err == nil {
		b.metrics.checkIns.WithLabelValues(string(c.Result)).Inc()
	}
	return c, store.Fault(err)
}

func (b *Booking) checkIn(ctx context.Context, code, gate, by string) (CheckIn, error) {
	t, err := b.ticketOf(ctx, code)
	if err != nil || t == nil {
		return CheckIn{Result: Invalid}, err
	}
	return b.checkInTicket(ctx, t, ticketState{Gate: gate, By: by})
}

// checkInTicket stamps a ticket used; of the scan gate, who scanned and how are given.
func (b *Booking) checkInTicket(ctx context.Context, t *storedTicket, scan ticketState) (CheckIn, error) {
	scan.Ticket, scan.Season, scan.Transaction, scan.Seat, scan.SeatNumber = t.ID, t.Season, t.Transaction, t.Seat, t.SeatNumber
	scan.Status, scan.At, scan.Scan = ticketUsed, store.NowMilli(), rand.Text()
	holds, effect, err := b.insertState(ctx, scan, true)
	if err != nil {
		return CheckIn{}, err
	}
	shown := t.ticket()
	if effect == effectRefunded {
		shown.Status = ticketVoid
		return CheckIn{Result: Void, Ticket: &shown}, nil
	}
	shown.Status = ticketUsed
	answer := CheckIn{Result: AlreadyAdmitted, Ticket: &shown, AdmittedAt: holds.At.UTC(), Gate: holds.Gate, ByHand: holds.ByHand}
	if holds.Scan == scan.Scan {
		answer.Result = Admitted
	}
	// The stamp has decided; a status that cannot be written now is written by the
	// next scan.
	if t.Status != ticketUsed {
		if err := b.showTicket(ctx, t.ID, ticketUsed); err != nil {
			b.log.WarnContext(ctx, "a used ticket is not shown as used", "ticket", t.ID.Hex(), "error", err)
		}
	}
	return answer, nil
}

// ticketOf returns the ticket of a code, nil when the code is not a ticket of
// this server.
func (b *Booking) ticketOf(ctx context.Context, code string) (*storedTicket, error) {
	claims, err := ticket.Verify(b.o.Keys, code)
	if err != nil {
		return nil, nil //nolint:nilerr // a code that cannot be verified is not a ticket
	}
	id, err := bson.ObjectIDFromHex(claims.ID)
	if err != nil {
		return nil, nil //nolint:nilerr // no ticket has such an id
	}
	t, err := b.findTicket(ctx, id)
	if err != nil || t == nil || t.Season != claims.Season || t.SeatNumber != claims.Seat {
		return nil, err
	}
	return t, nil
}

// A code that cannot be read (a cracked screen, a wet print) must not keep its
// holder out: staff look the ticket up by what is printed beside the code or by
// its seat, and check it in by hand. The stamp says so.

// TicketAtGate returns a season's ticket by its id, as its stamps have it; Result
// is empty, for nothing is decided. Errors: not_found.
func (b *Booking) TicketAtGate(ctx context.Context, season, id string) (CheckIn, error) {
	t, err := b.ticketIn(ctx, season, id)
	if err != nil {
		return CheckIn{}, store.Fault(err)
	}
	c, err := b.atGate(ctx, t)
	return c, store.Fault(err)
}

// SeatAtGate is TicketAtGate for the last ticket of a seat. Errors: not_found.
func (b *Booking) SeatAtGate(ctx context.Context, season, seat string) (CheckIn, error) {
	c, err := b.seatAtGate(ctx, season, seat)
	return c, store.Fault(err)
}

func (b *Booking) seatAtGate(ctx context.Context, season, seat string) (CheckIn, error) {
	plan, err := b.plan(ctx, season)
	if err != nil {
		return CheckIn{}, err
	}
	i, known := plan.ByName[seat]
	if !known {
		return CheckIn{}, fault.New(fault.NotFound, "there is no seat %.40q", seat)
	}
	id, err := bson.ObjectIDFromHex(plan.Seats[i].ID)
	if err != nil {
		return CheckIn{}, err
	}
	last, err := b.lastClaim(ctx, id)
	if err != nil {
		return CheckIn{}, err
	}
	var t *storedTicket
	if last != nil {
		if t, err = b.findTicket(ctx, ticketIDOf(last.Transaction, id)); err != nil {
			return CheckIn{}, err
		}
	}
	if t == nil {
		return CheckIn{}, fault.New(fault.NotFound, "seat %s has no ticket", seat)
	}
	return b.atGate(ctx, t)
}

// CheckInByHand is CheckIn without a code: for a ticket that staff have looked up.
// Errors: not_found, unavailable.
func (b *Booking) CheckInByHand(ctx context.Context, season, id, gate, by string) (CheckIn, error) {
	t, err := b.ticketIn(ctx, season, id)
	if err != nil {
		return CheckIn{}, store.Fault(err)
	}
	c, err := b.checkInTicket(ctx, t, ticketState{Gate: gate, By: by, ByHand: true})
	if err == nil {
		b.metrics.checkIns.WithLabelValues(string(c.Result)).Inc()
		if c.Result == Admitted {
			b.log.InfoContext(ctx, "a ticket was checked in by hand", "ticket", id, "season", season, "gate", gate, "by", by)
		}
	}
	return c, store.Fault(err)
}

func (b *Booking) ticketIn(ctx context.Context, season, id string) (*storedTicket, error) {
	missing := fault.New(fault.NotFound, "there is no such ticket of this season")
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return nil, missing
	}
	t, err := b.findTicket(ctx, oid)
	if err == nil && (t == nil || t.Season != season) {
		err = missing
	}
	return t, err
}

func (b *Booking) atGate(ctx context.Context, t *storedTicket) (CheckIn, error) {
	last, effect, err := b.lastState(ctx, t.ID)
	if err != nil {
		return CheckIn{}, err
	}
	shown := t.ticket()
	c := CheckIn{Ticket: &shown}
	switch effect {
	case effectUsed:
		shown.Status, c.AdmittedAt, c.Gate, c.ByHand = ticketUsed, last.At.UTC(), last.Gate, last.ByHand
	case effectRefunded:
		shown.Status = ticketVoid
	default:
		shown.Status = ticketValid
	}
	return c, nil
}
