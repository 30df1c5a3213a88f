package booking

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/store"
)

// Nudge says that the provider has news of a charge, by the charge's id: this
// node's recovery looks at that purchase within a few seconds, also when it was
// settled long ago, so that money which came late goes back. It is a hint: news
// of what is not known here, or the same news again, changes nothing.
func (b *Booking) Nudge(ctx context.Context, id string) error {
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return nil //nolint:nilerr // no purchase has such an id
	}
	s, err := b.findSale(ctx, oid)
	if err != nil {
		return store.Fault(err)
	}
	if s == nil {
		return nil // entered in pending at most, and then recovery knows of it
	}
	if s.captured() {
		// This is the news of every purchase, and of every refund. What is left to do
		// has an entry already, and settling a sale anew that was given back since
		// would show it as sold for a moment.
		return nil
	}
	if err := b.enterPending(ctx, s); err != nil {
		return store.Fault(err)
	}
	b.purchases.handOver(oid)
	return nil
}
