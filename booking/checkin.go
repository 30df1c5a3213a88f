package booking

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

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
	ByHand     bool      // the first check-in was by hand: staff looked the ticket up or typed its short code
	SameScan   bool      // the first scan has the id of this one: this is a repeat of it
}

// Scan describes a scan to CheckIn.
type Scan struct {
	Gate string    // the name of the gate
	By   string    // the user id of the staff member
	ID   string    // the scanner's own id of the scan; "" without one. A repeat has the same
	At   time.Time // when a gate without a network admitted the guest; zero: the guest waits for the answer
}

// lateScans is how long before now a gate without a network may have admitted a guest.
// An earlier time is that of a wrong clock.
const lateScans = 48 * time.Hour

// boundedAt returns the time that is recorded for a scan: its own, but neither later than
// now nor earlier than lateScans ago or than the ticket's issue.
func boundedAt(scanned, now, issued time.Time) time.Time {
	earliest := now.Add(-lateScans)
	if issued.After(earliest) {
		earliest = issued
	}
	switch {
	case scanned.IsZero(), scanned.After(now), earliest.After(now):
		return now
	case scanned.Before(earliest):
		return earliest
	}
	return scanned.Truncate(time.Millisecond)
}

// CheckIn admits the holder of a ticket's code, once over all nodes. A ticket whose refund
// is not decided yet is admitted, and that refund is abandoned. An unknown code is an
// answer, not an error. Errors: unavailable.
func (b *Booking) CheckIn(ctx context.Context, code string, scan Scan) (CheckIn, error) {
	t, err := b.ticketOf(ctx, code)
	if err != nil {
		return CheckIn{}, store.Fault(err)
	}
	return b.checkIn(ctx, t, scan, false)
}

// CheckInShort is CheckIn for the short code under the QR code. digits are those with
// which the ticket's id begins. It counts as a check-in by hand, because a short code has
// no signature. Errors: conflict (several tickets of the season begin so), unavailable.
func (b *Booking) CheckInShort(ctx context.Context, season, digits string, scan Scan) (CheckIn, error) {
	t, err := b.ticketBeginning(ctx, season, digits)
	if err != nil {
		return CheckIn{}, store.Fault(err)
	}
	return b.checkIn(ctx, t, scan, true)
}

// checkIn checks in a ticket; nil is an unknown one.
func (b *Booking) checkIn(ctx context.Context, t *storedTicket, scan Scan, byHand bool) (CheckIn, error) {
	c := CheckIn{Result: Invalid}
	var err error
	if t != nil {
		c, err = b.checkInTicket(ctx, t, scan, byHand)
	}
	if err != nil {
		return CheckIn{}, store.Fault(err)
	}
	b.metrics.checkIns.WithLabelValues(string(c.Result)).Inc()
	switch {
	case !scan.At.IsZero() && c.Result != Admitted && !c.SameScan:
		ticket := ""
		if t != nil {
			ticket = t.ID.Hex()
		}
		b.log.WarnContext(ctx, "check-in: a gate without a network admitted a guest whose ticket does not admit: the gate shows the conflict to staff",
			"ticket", ticket, "result", c.Result, "gate", scan.Gate, "at", scan.At, "first_gate", c.Gate, "first_at", c.AdmittedAt)
	case byHand && c.Result == Admitted:
		b.log.InfoContext(ctx, "check-in: a ticket was checked in by hand", "ticket", t.ID.Hex(), "season", t.Season, "gate", scan.Gate, "by", scan.By)
	}
	return c, nil
}

// checkInTicket inserts the state used for a ticket.
func (b *Booking) checkInTicket(ctx context.Context, t *storedTicket, scan Scan, byHand bool) (CheckIn, error) {
	now := store.NowMilli()
	state := ticketState{
		Ticket: t.ID, Season: t.Season, Transaction: t.Transaction, Seat: t.Seat, SeatNumber: t.SeatNumber,
		Status: ticketUsed, At: boundedAt(scan.At, now, t.IssuedAt), Scan: rand.Text(), ScanID: scan.ID,
		Gate: scan.Gate, By: scan.By, ByHand: byHand,
	}
	if !scan.At.IsZero() {
		state.SettledAt = &now
	}
	if b.refusedByCancellation(ctx, t, state.At) {
		// A cancelled show admits no one; a ticket that was used before stays used.
		c, err := b.atGate(ctx, t)
		if err != nil {
			return CheckIn{}, err
		}
		if c.Result = Void; c.Ticket.Status == ticketUsed {
			c.Result = AlreadyAdmitted
		}
		return c, nil
	}
	holds, effect, err := b.insertState(ctx, state, true)
	if err != nil {
		return CheckIn{}, err
	}
	shown := t.ticket()
	if effect == effectRefunded {
		shown.Status = ticketVoid
		return CheckIn{Result: Void, Ticket: &shown}, nil
	}
	shown.Status = ticketUsed
	answer := CheckIn{
		Result: AlreadyAdmitted, Ticket: &shown, AdmittedAt: holds.At.UTC(), Gate: holds.Gate, ByHand: holds.ByHand,
		SameScan: scan.ID != "" && holds.ScanID == scan.ID,
	}
	if holds.Scan == state.Scan {
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
	id, err := bson.ObjectIDFromHex(plan.IDOf(i))
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
func (b *Booking) CheckInByHand(ctx context.Context, season, id string, scan Scan) (CheckIn, error) {
	t, err := b.ticketIn(ctx, season, id)
	if err != nil {
		return CheckIn{}, store.Fault(err)
	}
	return b.checkIn(ctx, t, scan, true)
}

// ticketBeginning returns the ticket of a season whose id begins with ten hexadecimal
// digits; nil when there is none. Errors: conflict when there are several.
func (b *Booking) ticketBeginning(ctx context.Context, season, digits string) (*storedTicket, error) {
	first, err := bson.ObjectIDFromHex(digits + strings.Repeat("0", 24-len(digits)))
	if err != nil {
		return nil, nil //nolint:nilerr // no ticket's id begins so
	}
	last, err := bson.ObjectIDFromHex(digits + strings.Repeat("f", 24-len(digits)))
	if err != nil {
		return nil, err
	}
	found, err := b.o.Mongo.Collection(ticketsName).Find(ctx,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: first}, {Key: "$lte", Value: last}}}, {Key: "season", Value: season}},
		options.Find().SetLimit(2))
	if err != nil {
		return nil, err
	}
	var tickets []storedTicket
	if err := found.All(ctx, &tickets); err != nil {
		return nil, err
	}
	switch len(tickets) {
	case 0:
		return nil, nil
	case 1:
		return &tickets[0], nil
	}
	return nil, fault.New(fault.Conflict, "several tickets of this season have this short code: look the ticket up by its seat")
}

// ticketIn returns a season's ticket by its id or its short code. Errors: not_found.
func (b *Booking) ticketIn(ctx context.Context, season, id string) (*storedTicket, error) {
	missing := fault.New(fault.NotFound, "ticket not found in this season")
	if digits, short := ticket.ReadShort(id); short == ticket.GoodShort {
		t, err := b.ticketBeginning(ctx, season, digits)
		if err == nil && t == nil {
			err = missing
		}
		return t, err
	}
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
		if b.refusedByCancellation(ctx, t, store.NowMilli()) {
			shown.Status = ticketVoid
		}
	}
	return c, nil
}

// refusedByCancellation reports whether the show was cancelled before a guest came.
func (b *Booking) refusedByCancellation(ctx context.Context, t *storedTicket, at time.Time) bool {
	season, known := b.KnownSeason(ctx, t.Season)
	return known && season.Cancelled != nil && !at.Before(season.Cancelled.At)
}
