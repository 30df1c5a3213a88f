package booking

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/store"
)

// OfficeRequest is what every change of a purchase by the box office has.
type OfficeRequest struct {
	Transaction string
	By          string // the email of the member of staff
	Reason      string // plain text, at most 280 characters; "" when it is not said
	Key         string // an idempotency key within the transaction, at most 255 characters; "": none
}

// DeskChange is a purchase after a change by the box office.
type DeskChange struct {
	DeskTransaction
	Returned int64    // of Refunded: what the request returned, or the one that it repeats under its key
	Changed  []string // the seats that it refunded or moved; empty: that was done before
}

// RefundFor refunds a fan's purchase for the box office, wholly or, when seats are named,
// for those seats. It is Refund for any purchase, also while the season allows fans no
// refunds, and counts against no budget. A repeat under the same key changes nothing.
// Errors: not_found; invalid_request (reason, key); key_reused; unknown_seat; conflict when
// the purchase is still pending or a ticket is used; draining; unavailable.
func (b *Booking) RefundFor(ctx context.Context, req OfficeRequest, seats []string) (DeskChange, error) {
	body := slices.Sorted(slices.Values(seats))
	o, from, err := b.deskOrder(ctx, req, "refund", body)
	if err != nil {
		return DeskChange{}, store.Fault(err)
	}
	if o.Status == Pending && len(seats) == 0 {
		if err = b.giveUp(ctx, o, from); err == nil {
			o, err = b.findOrder(ctx, o.ID) // the fan may have paid a moment before
		}
	}
	if err == nil {
		err = b.refundSeats(ctx, o, seats, from)
	}
	if err != nil {
		return DeskChange{}, store.Fault(err)
	}
	return b.deskChange(ctx, o.ID, from)
}

// deskOrder finds the order of a request by the box office, and says where the change
// comes from. Errors: not_found, invalid_request.
func (b *Booking) deskOrder(ctx context.Context, req OfficeRequest, act string, body any) (*order, refundOrigin, error) {
	from := refundOrigin{Cause: byDesk, By: req.By, Key: req.Key}
	var err error
	if from.Reason, err = checkAnnounced("reason", req.Reason); err != nil {
		return nil, from, err
	}
	if utf8.RuneCountInString(req.Key) > keyLength || !utf8.ValidString(req.Key) {
		return nil, from, fault.New(fault.InvalidRequest, "the idempotency key must have at most %d characters", keyLength)
	}
	if from.Key == "" {
		from.Key = rand.Text() // by which the request recognises what it changed
	}
	if from.Body, err = hashOf(act, body); err != nil {
		return nil, from, err
	}
	missing := fault.New(fault.NotFound, "transaction not found")
	id, err := bson.ObjectIDFromHex(req.Transaction)
	if err != nil {
		return nil, from, missing
	}
	o, err := b.findOrder(ctx, id)
	if err == nil && o == nil {
		err = missing
	}
	return o, from, err
}

// hashOf hashes the fields in which a repeat must equal the first request.
func hashOf(fields ...any) (string, error) {
	text, err := json.Marshal(fields)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// deskChange returns an order as the box office sees it after a change. Like
// SeasonTransactions it shows no codes of tickets.
func (b *Booking) deskChange(ctx context.Context, id bson.ObjectID, from refundOrigin) (DeskChange, error) {
	o, err := b.findOrder(ctx, id)
	if err == nil && o == nil {
		err = fault.New(fault.NotFound, "transaction not found")
	}
	if err != nil {
		return DeskChange{}, store.Fault(err)
	}
	t, err := b.withTickets(ctx, o)
	if err != nil {
		return DeskChange{}, store.Fault(err)
	}
	decided, err := b.decidedRefunds(ctx, o.ID)
	change := DeskChange{DeskTransaction: o.deskTransaction(t, decided)}
	for _, r := range decided {
		if !r.counts() || r.From.Cause != byDesk || r.From.Key != from.Key {
			continue
		}
		change.Returned += r.Amount
		for _, l := range r.Lines {
			change.Changed = append(change.Changed, l.SeatNumber)
		}
	}
	return change, store.Fault(err)
}

// by is who asked for a refund, for the states of its tickets.
func (r *refund) by() string {
	if r.From.By != "" {
		return r.From.By
	}
	return r.User.Hex()
}

// logRefund records in the audit log what the box office did. It is a step of the refund, so
// the row exists once the refund is done, whichever node finishes it. A cancelled season has
// one row of its own for all its refunds.
func (b *Booking) logRefund(ctx context.Context, r *refund, d *decision) error {
	if r.From.Cause != byDesk {
		return nil
	}
	row := auditRow{
		ID: refundRow(r.ID), At: d.At, By: r.From.By, Action: "refund", Season: r.Season,
		Before: beforeChange(r.Transaction, r.User, r.Lines),
		After:  bson.D{{Key: "refunded", Value: r.Amount}, {Key: "currency", Value: r.Currency}, {Key: "reason", Value: r.From.Reason}},
	}
	if r.Move != nil {
		row.Action = "move"
		row.After = append(bson.D{{Key: "seats", Value: bson.A{r.Move.Line.SeatNumber}}}, row.After...)
	}
	return b.insertAudit(ctx, row)
}

// logGivenUp records in the audit log that the box office ended the payment page of an order
// that was not paid. It is a step of settling the order.
func (b *Booking) logGivenUp(ctx context.Context, o *order, d *decision) error {
	if d.By == "" {
		return nil
	}
	return b.insertAudit(ctx, auditRow{
		ID: refundRow(o.ID), At: d.At, By: d.By, Action: "refund", Season: o.Season,
		Before: beforeChange(o.ID, o.User, o.Lines),
		After: bson.D{
			{Key: "refunded", Value: int64(0)}, {Key: "currency", Value: o.Currency}, {Key: "reason", Value: d.Why}, {Key: "ended", Value: d.Reason},
		},
	})
}

// refundRow is the id of the row of a refund, a move, or an order that was given up.
func refundRow(id bson.ObjectID) string { return "refund/" + id.Hex() }

// beforeChange says in the audit log which seats of which purchase are changed.
func beforeChange(transaction, user bson.ObjectID, lines []orderLine) bson.D {
	seats := make(bson.A, len(lines))
	for i, l := range lines {
		seats[i] = l.SeatNumber
	}
	return bson.D{{Key: "transaction", Value: transaction.Hex()}, {Key: "user", Value: user.Hex()}, {Key: "seats", Value: seats}}
}
