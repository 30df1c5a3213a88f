package booking

import (
	"context"
	"time"

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
	got, err := b.run(ctx, b.purchases.scripts.budget, r.Season, r.User.Hex(), r.ID.Hex(), b.o.Budgets.Refunds)
	if err != nil || got.word() == "ok" {
		return err
	}
	return b.overBudget(ctx, budgetRefunds, r.User.Hex(), got.number(1), "at most %d refunds an hour", b.o.Budgets.Refunds)
}

// overBudget refuses what a user has done too often, until there is room again in
// so many milliseconds.
func (b *Booking) overBudget(ctx context.Context, budget, user string, ms int64, format string, args ...any) error {
	b.noteBudget(ctx, budget, user)
	return fault.Later(fault.RateLimited, time.Duration(ms)*time.Millisecond, format, args...)
}

func (b *Booking) noteBudget(ctx context.Context, budget, user string) {
	b.purchases.metrics.budgets.WithLabelValues(budget).Inc()
	b.log.InfoContext(ctx, "purchases: a user's budget is used up", "budget", budget, "user", user)
}
