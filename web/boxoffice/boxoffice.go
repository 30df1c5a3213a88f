// Package boxoffice serves what the box office changes in the purchases of fans: it
// refunds them, moves tickets to other seats, and cancels whole shows.
//
// Entry points: [New]; [Office.PostRefund], [Office.PostMove], [Office.PostCancel],
// [Office.GetCancel]. The caller has checked the role of who asks.
package boxoffice

import (
	"context"
	"net/http"
	"unicode/utf8"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/wire"
)

// Options configures an Office. All fields are required.
type Options struct {
	Booking interface {
		RefundFor(ctx context.Context, req booking.OfficeRequest, seats []string) (booking.DeskChange, error)
		MoveFor(ctx context.Context, req booking.OfficeRequest, from, to string) (booking.DeskChange, error)
		CancelSeason(ctx context.Context, season, reason, by string) (booking.CancelProgress, error)
		CancelProgress(ctx context.Context, season string) (booking.CancelProgress, error)
	}
	// PathValue returns a parameter of the path, unescaped.
	PathValue func(r *http.Request, name string) string
	// Decode reads the JSON object that is the body of a request; a missing body leaves the
	// value as it is.
	Decode func(w http.ResponseWriter, r *http.Request, into any) error
	// Shown converts a purchase.
	Shown func(booking.DeskTransaction) wire.DeskTransaction
	// Answer answers with JSON.
	Answer func(w http.ResponseWriter, status int, v any) error
}

// Office serves the routes of the box office. Safe for concurrent use.
type Office struct{ o Options }

// New makes an Office.
func New(o Options) *Office { return &Office{o: o} }

// PostRefund answers POST /admin/transactions/{id}/cancel: it refunds a fan's purchase, or
// the named seats of it. Errors: not_found, invalid_request, key_reused, unknown_seat,
// conflict, draining, unavailable.
func (f *Office) PostRefund(w http.ResponseWriter, r *http.Request, by string) error {
	var form struct {
		Seats  []string `json:"seats"` // no pointer: null is refused
		Reason string   `json:"reason"`
	}
	if err := f.o.Decode(w, r, &form); err != nil {
		return err
	}
	if form.Seats != nil {
		// An empty list does not mean all seats.
		if err := wire.CheckSeats(form.Seats); err != nil {
			return fault.New(fault.InvalidRequest, "%v", err)
		}
	}
	req, err := f.request(r, by, form.Reason)
	if err != nil {
		return err
	}
	change, err := f.o.Booking.RefundFor(r.Context(), req, form.Seats)
	if err != nil {
		return err
	}
	return f.o.Answer(w, http.StatusOK, f.change(change))
}

// PostMove answers POST /admin/transactions/{id}/move: it moves a ticket to a free seat of
// the same or a lower price. Errors: not_found, invalid_request, key_reused, unknown_seat,
// seat_taken, conflict, season_closed, draining, unavailable.
func (f *Office) PostMove(w http.ResponseWriter, r *http.Request, by string) error {
	var form struct {
		From   string `json:"from"`
		To     string `json:"to"`
		Reason string `json:"reason"`
	}
	if err := f.o.Decode(w, r, &form); err != nil {
		return err
	}
	for _, seat := range [][2]string{{"from", form.From}, {"to", form.To}} {
		if err := wire.CheckSeats([]string{seat[1]}); err != nil {
			return fault.New(fault.InvalidRequest, "%s must be a seat number like \"A-1\", not %.40q", seat[0], seat[1])
		}
	}
	req, err := f.request(r, by, form.Reason)
	if err != nil {
		return err
	}
	change, err := f.o.Booking.MoveFor(r.Context(), req, form.From, form.To)
	if err != nil {
		return err
	}
	return f.o.Answer(w, http.StatusOK, f.change(change))
}

// PostCancel answers POST /admin/seasons/{id}/cancel: it cancels the show for good, and
// refunds everyone in the background. Errors: not_found, invalid_request, unavailable.
func (f *Office) PostCancel(w http.ResponseWriter, r *http.Request, by string) error {
	var form struct {
		Reason string `json:"reason"`
	}
	if err := f.o.Decode(w, r, &form); err != nil {
		return err
	}
	p, err := f.o.Booking.CancelSeason(r.Context(), f.o.PathValue(r, "id"), form.Reason, by)
	if err != nil {
		return err
	}
	return f.o.Answer(w, http.StatusAccepted, progress(p))
}

// GetCancel answers GET /admin/seasons/{id}/cancel: how far the refunds are. Errors:
// not_found, unavailable.
func (f *Office) GetCancel(w http.ResponseWriter, r *http.Request) error {
	p, err := f.o.Booking.CancelProgress(r.Context(), f.o.PathValue(r, "id"))
	if err != nil {
		return err
	}
	return f.o.Answer(w, http.StatusOK, progress(p))
}

func progress(p booking.CancelProgress) wire.CancelProgress {
	shown := wire.CancelProgress{
		Season: p.Season, State: string(p.State), CancelledAt: wire.AtOrNull(&p.At), By: p.By, Reason: p.Reason,
		Total: p.Refunded + p.Left + p.Pending, Refunded: p.Refunded, Left: p.Left, Pending: p.Pending, Unreturned: p.Unreturned,
		Failed: make([]wire.FailedReturn, len(p.Failed)),
	}
	for i, one := range p.Failed {
		shown.Failed[i] = wire.FailedReturn(one)
	}
	return shown
}

// request returns what every change of a purchase has. Errors: invalid_request.
func (f *Office) request(r *http.Request, by, reason string) (booking.OfficeRequest, error) {
	key := r.Header.Get("Idempotency-Key")
	if len(r.Header.Values("Idempotency-Key")) > 0 {
		if err := wire.CheckKey(key); err != nil || !utf8.ValidString(key) {
			return booking.OfficeRequest{}, fault.New(fault.InvalidRequest, "the Idempotency-Key header must have 1–%d characters", wire.MaxKey)
		}
	}
	return booking.OfficeRequest{Transaction: f.o.PathValue(r, "id"), By: by, Reason: reason, Key: key}, nil
}

func (f *Office) change(c booking.DeskChange) wire.DeskChange {
	return wire.DeskChange{DeskTransaction: f.o.Shown(c.DeskTransaction), Returned: c.Returned, Changed: append([]string{}, c.Changed...)}
}
