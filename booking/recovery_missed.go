package booking

import (
	"context"
	"time"

	"usher/booking/payment"
)

// missedKey exists while the provider need not be asked for its list of payments.
const missedKey = "looked:{payments}"

// lookForMissed asks the provider every lookEvery, over all nodes, for payments whose
// reports got lost, until ctx ends. A payment of an order that is still pending is found
// without that; money that arrives for an order that was cancelled is not.
func (r *recovery) lookForMissed(ctx context.Context) {
	if _, lists := r.b.o.Provider.(payment.Reporter); !lists {
		return
	}
	ticker := time.NewTicker(max(r.lookEvery, recoverEvery))
	defer ticker.Stop()
	for {
		r.warn(ctx, "recovery: reading the provider's list of payments failed: the next round tries again", r.missedOnce(ctx))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// missedOnce asks for the payments whose reports got lost, unless another node has just
// done so, and lets recovery check their orders.
func (r *recovery) missedOnce(ctx context.Context) error {
	reporter, lists := r.b.o.Provider.(payment.Reporter)
	if !lists {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.advanceTime)
	defer cancel()
	first, err := r.b.o.Redis.SetNX(ctx, missedKey, r.b.o.Node, max(r.lookEvery-recoverEvery/2, time.Millisecond)).Result()
	if err == nil && !first {
		return nil
	}
	return reporter.Missed(ctx, r.b.Reconcile) // without Redis, too
}
