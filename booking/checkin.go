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

// CheckInResult is the result of a scan at the gate.
type CheckInResult string

// The results that docs/gate.md lists.
const (
	Admitted        CheckInResult = "admitted"         // the first scan of a valid ticket
	AlreadyAdmitted CheckInResult = "already_admitted" // a later scan
	Invalid         CheckInResult = "invalid"          // not a ticket of this server
	Void            CheckInResult = "void"             // refunded
)

// CheckIn is the answer to a scan.
type CheckIn struct {
	Result     CheckInResult
	Ticket     *Ticket   // nil when invalid
	AdmittedAt time.Time // of the first scan; zero when there was none
	Gate       string    // of the first scan
	ByHand     bool      // the first check-in was by hand: staff looked the ticket up
}

// CheckIn admits the holder of a ticket's code, once over all nodes. by is the user id of
// the staff member who scanned. A ticket whose refund is not decided yet is admitted, and
// that refund is abandoned. An unknown code is an answer, not an error. Errors:
// unavailable.
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

// checkInTicket inserts the state used for a ticket. scan gives the gate, the scanning user
// and the kind of check-in.
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
	// The state is inserted. If writing the status fails, the next scan writes it.
	if t.Status != ticketUsed {
		if err := b.showTicket(ctx, t.ID, ticketUsed); err != nil {
			b.log.WarnContext(ctx, "check-in: writing the ticket's status failed: the next scan writes it", "ticket", t.ID.Hex(), "error", err)
		} else {
			b.purchases.announceUsed(t)
		}
	}
	return answer, nil
}

// ticketOf returns the ticket of a code; nil when the code belongs to no ticket of this
// server.
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

// Staff admit a fan whose code cannot be read (a cracked screen, a wet print) by hand: they
// look the ticket up by the text beside the code or by its seat, and check it in. The state
// records this as byHand.

// TicketAtGate returns a season's ticket by its id, with the status that its states give.
// Result is empty because no scan is decided. Errors: not_found.
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
		return CheckIn{}, fault.New(fault.NotFound, "seat %.40q not found", seat)
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

// CheckInByHand is CheckIn without a code, for a ticket that staff have looked up. Errors:
// not_found, unavailable.
func (b *Booking) CheckInByHand(ctx context.Context, season, id, gate, by string) (CheckIn, error) {
	t, err := b.ticketIn(ctx, season, id)
	if err != nil {
		return CheckIn{}, store.Fault(err)
	}
	c, err := b.checkInTicket(ctx, t, ticketState{Gate: gate, By: by, ByHand: true})
	if err == nil {
		b.metrics.checkIns.WithLabelValues(string(c.Result)).Inc()
		if c.Result == Admitted {
			b.log.InfoContext(ctx, "check-in: a ticket was checked in by hand", "ticket", id, "season", season, "gate", gate, "by", by)
		}
	}
	return c, store.Fault(err)
}

func (b *Booking) ticketIn(ctx context.Context, season, id string) (*storedTicket, error) {
	missing := fault.New(fault.NotFound, "ticket not found in this season")
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
