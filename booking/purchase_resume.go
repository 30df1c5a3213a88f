package booking

import (
	"context"
	"time"
)

const (
	resumeLook   = 100 * time.Millisecond // between two looks at a purchase another node works on
	resumeSettle = 10                     // looks after which a decided purchase is settled here
)

// resume answers a repeated request with the transaction it finds. While that is
// pending it waits, until until ends. It never asks for money.
func (b *Booking) resume(ctx, until context.Context, s *sale, bodyHash string) (Transaction, error) {
	if s.BodyHash != bodyHash {
		return Transaction{}, errKeyReused()
	}
	for look := 1; s.Status == Pending; look++ {
		if look%resumeSettle == 0 {
			// It may be decided, and the node that should settle it gone. What fails
			// here is left to recovery; the buyer hears how far it has come.
			if err := b.settleDecided(ctx, s); err != nil {
				b.log.WarnContext(ctx, "a purchase could not be settled yet", "transaction", s.ID.Hex(), "error", err)
			}
		}
		timer := time.NewTimer(resumeLook)
		select {
		case <-until.Done():
			timer.Stop()
			return s.transaction(nil), nil
		case <-timer.C:
		}
		again, err := b.findSale(ctx, s.ID)
		if err != nil {
			return Transaction{}, err
		}
		if again != nil {
			s = again
		}
	}
	switch {
	case s.Status == Completed:
		return b.withTickets(ctx, s)
	case s.Reason == reasonDeclined:
		return Transaction{}, errDeclined()
	case changedNothing(s.Reason):
		return Transaction{}, errNextAttempt
	}
	return b.withTickets(ctx, s)
}

// settleDecided settles a sale if it is decided.
func (b *Booking) settleDecided(ctx context.Context, s *sale) error {
	d, err := b.findDecision(ctx, s.ID)
	if err != nil || d == nil {
		return err
	}
	_, err = b.settleLate(ctx, s, d)
	return err
}
