package booking

import (
	"context"
	"strconv"
	"time"

	"usher/internal/fault"
	"usher/internal/store"
)

// saleGrace is how long after a cancellation a purchase may still begin: nodes learn of the
// cancellation one after the other, and their clocks differ.
const saleGrace = time.Minute

// auditCancelled checks a cancelled show: nothing was sold or moved afterwards, every
// purchase is refunded, nothing is on sale or held, and the audit log and the feed say that
// the show was cancelled. What takes its time is checked once no purchase has been refunded
// for a while.
func (b *Booking) auditCancelled(ctx context.Context, a *audit, id string) error {
	season, err := b.Season(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	last := a.lastCancelRefund(season.Cancelled)
	if season.Cancelled == nil {
		return nil
	}
	at := season.Cancelled.At
	for i := range a.orders {
		o := &a.orders[i]
		d := a.decisions[o.ID]
		if d == nil || d.Outcome != captured || a.pending[o.ID] {
			continue
		}
		if o.CreatedAt.After(at.Add(saleGrace)) {
			a.report("transaction %s was sold at %s, after the show was cancelled at %s", o.ID.Hex(), timeText(&o.CreatedAt), timeText(&at))
		}
		if time.Since(last) >= b.canceller.quiet && time.Since(d.At) >= b.canceller.quiet && !o.returnedWhole(a.returned) {
			a.report("the show was cancelled at %s, but transaction %s is not refunded, and the last refund was made at %s", timeText(&at), o.ID.Hex(), timeText(&last))
		}
	}
	for i := range a.refunds {
		if r := &a.refunds[i]; r.Move != nil && r.At.After(at.Add(saleGrace)) && a.decisions[r.ID].voids() {
			a.report("%s was made at %s, after the show was cancelled at %s", r.describe(), timeText(&r.At), timeText(&at))
		}
	}
	if time.Since(last) < b.canceller.quiet {
		return nil
	}
	if err := b.auditClosed(ctx, a, &season); err != nil {
		return err
	}
	return b.auditAnnounced(ctx, a, &season)
}

// lastCancelRefund returns when the last purchase was refunded for a cancelled show, at the
// earliest the cancellation; and checks that the show is cancelled when there are such
// refunds.
func (a *audit) lastCancelRefund(cancelled *Cancellation) (last time.Time) {
	if cancelled != nil {
		last = cancelled.At
	}
	for i := range a.refunds {
		r := &a.refunds[i]
		d := a.decisions[r.ID]
		if r.From.Cause != seasonCancelled || d == nil {
			continue
		}
		if cancelled == nil {
			a.report("%s is for a cancelled show, but the show is not cancelled", r.describe())
		}
		if d.At.After(last) {
			last = d.At
		}
	}
	return last
}

// auditClosed checks that Redis sells and holds no seat of a cancelled show.
func (b *Booking) auditClosed(ctx context.Context, a *audit, s *Season) error {
	says, err := b.seats.Describe(ctx, s.ID)
	if err != nil {
		return err
	}
	if ms, err := strconv.ParseInt(says.ClosesAt, 10, 64); err != nil || ms == 0 || ms > s.Cancelled.At.UnixMilli() {
		a.report("the show was cancelled at %s, but Redis has its seats on sale: closesAt is %q", timeText(&s.Cancelled.At), says.ClosesAt)
	}
	if a.checked.Held > 0 && len(a.pending) == 0 {
		a.report("the show was cancelled at %s, but %d of its seats are held", timeText(&s.Cancelled.At), a.checked.Held)
	}
	return nil
}

// auditAnnounced checks that the audit log and the feed say who cancelled the show.
func (b *Booking) auditAnnounced(ctx context.Context, a *audit, s *Season) error {
	rows, err := store.FindWith[auditRow](ctx, b.o.Mongo.Collection(auditName), s.ID, "action", "cancel")
	if err != nil {
		return err
	}
	if len(rows) != 1 || rows[0].By != s.Cancelled.By || rows[0].text("cancelReason") != s.Cancelled.Reason {
		a.report("the show was cancelled by %s (reason %q), but the audit log has %d rows about it, or another reason", s.Cancelled.By, s.Cancelled.Reason, len(rows))
	}
	if a.decisions[cancellationID(s.ID)] == nil {
		a.report("the show was cancelled at %s, but the feed does not say so", timeText(&s.Cancelled.At))
	}
	return nil
}
