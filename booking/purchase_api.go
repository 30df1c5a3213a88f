package booking

import "context"

// Buy buys held seats. It waits up to 5 s for the provider; a transaction still
// pending then settles later and is announced. A repeat with the same key and
// body returns the same transaction. Errors: invalid_request, key_reused,
// hold_expired, seat_taken, conflict, payment_declined, season_closed,
// not_admitted, unavailable.
func (b *Booking) Buy(ctx context.Context, p Purchase) (Transaction, error) {
	panic("booking: not built")
}

// Transactions returns a user's purchases, newest first, and the cursor of the
// next page, "" at the end.
func (b *Booking) Transactions(ctx context.Context, user string, limit int, cursor string) ([]Transaction, string, error) {
	panic("booking: not built")
}

// Transaction returns one purchase of a user. Errors: not_found, also for
// somebody else's.
func (b *Booking) Transaction(ctx context.Context, user, id string) (Transaction, error) {
	panic("booking: not built")
}

// Tickets returns a user's tickets, newest first.
func (b *Booking) Tickets(ctx context.Context, user string) ([]Ticket, error) {
	panic("booking: not built")
}

// Ticket returns one ticket of a user. Errors: not_found, also for somebody
// else's.
func (b *Booking) Ticket(ctx context.Context, user, id string) (Ticket, error) {
	panic("booking: not built")
}

// Audit returns each violated invariant of a season's sales as one sentence.
func (b *Booking) Audit(ctx context.Context, season string) ([]string, error) {
	panic("booking: not built")
}
