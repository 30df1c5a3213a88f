package booking

import (
	"context"

	"usher/internal/fault"
)

// Budgets bound what one user may repeat, for each season, counted over all nodes.
type Budgets struct {
	CartDeclines int // declined payments after which a cart ends; 0: CartDeclines
	Declines     int // declined payments an hour; 0: any number
	Refunds      int // refunds an hour; 0: any number
}

// CartDeclines is after how many declined payments a cart ends: a fan tries another
// card or two, and keeps no seats from others by one that is always declined.
const CartDeclines = 5

// The budgets, as metrics name them.
const (
	budgetCart     = "cart_declines"
	budgetDeclines = "declines"
	budgetRefunds  = "refunds"
)

// spendRefund counts a refund that the user asks for now. Errors: rate_limited.
func (b *Booking) spendRefund(ctx context.Context, r *refund) error {
	if b.o.Budgets.Refunds <= 0 {
		return nil
	}
	err := b.seats.SpendRefund(ctx, r.Season, r.User.Hex(), r.ID.Hex(), b.o.Budgets.Refunds)
	if fault.Is(err, fault.RateLimited) {
		b.noteBudget(ctx, budgetRefunds, r.User.Hex())
	}
	return err
}

func (b *Booking) noteBudget(ctx context.Context, budget, user string) {
	b.purchases.metrics.budgets.WithLabelValues(budget).Inc()
	b.log.InfoContext(ctx, "purchases: a user's budget is used up", "budget", budget, "user", user)
}
