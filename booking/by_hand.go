package booking

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/store"
)

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
	c, err := b.checkInTicket(ctx, t, stamp{Gate: gate, By: by, ByHand: true})
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
	last, meaning, err := b.lastStamp(ctx, t.ID)
	if err != nil {
		return CheckIn{}, err
	}
	shown := t.ticket()
	c := CheckIn{Ticket: &shown}
	switch meaning {
	case used:
		shown.Status, c.AdmittedAt, c.Gate, c.ByHand = ticketUsed, last.At.UTC(), last.Gate, last.ByHand
	case given:
		shown.Status = ticketVoid
	default:
		shown.Status = ticketValid
	}
	return c, nil
}
