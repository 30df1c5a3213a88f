package booking

import (
	"context"
	"slices"

	"usher/internal/store"
)

// Voids returns the ids of a season's tickets that were given back, sorted: what a
// gate without a connection has to know beside the public keys.
func (b *Booking) Voids(ctx context.Context, season string) ([]string, error) {
	back, err := b.givenBackIn(ctx, season)
	if err != nil {
		return nil, store.Fault(err)
	}
	ids := make([]string, 0, len(back))
	for id := range back {
		ids = append(ids, id.Hex())
	}
	slices.Sort(ids)
	return ids, nil
}
