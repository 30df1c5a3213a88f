package booking

import (
	"context"
	"time"

	"usher/booking/payment"
)

// pageOverdue is how long after the end of its page an order may wait: while the provider
// does not answer, nothing may be decided.
const pageOverdue = time.Hour

// auditPage checks the payment page of an order: a cancelled order's page cannot be paid
// any more, because its seats are free for others, and no order waits at a page that ended
// long ago.
func (b *Booking) auditPage(ctx context.Context, a *audit, o *order) error {
	if o.Page == nil {
		return nil
	}
	d := a.decisions[o.ID]
	if d == nil {
		if ended := o.Page.Until; time.Since(ended) > pageOverdue {
			a.report("transaction %s waits at a payment page that ended at %s, and no node settles it", o.ID.Hex(), ended.UTC().Format(time.RFC3339))
		}
		return nil
	}
	if d.Outcome != cancelled || a.pending[o.ID] {
		return nil
	}
	outcome, err := b.provider(o.Season).Outcome(ctx, o.ID.Hex())
	if err == nil && outcome == payment.Waiting {
		a.report("transaction %s is cancelled (%s), but its payment page can still be paid", o.ID.Hex(), d.Reason)
	}
	return err
}
