package booking

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"usher/booking/payment"
	"usher/internal/fault"
)

const (
	cancelParallel = 16               // refunds at a time
	cancelPage     = 1024             // purchases read at a time; the embedded store reads the season's purchases each time
	cancelBatch    = 64               // purchases between two renewals of the lease, which outlasts them
	cancelLease    = 30 * time.Second // of the node that refunds the purchases of a season
	cancelTime     = 20 * time.Second // the time-out of one batch
	cancelLook     = 30 * time.Second // between two looks at a season without a purchase to refund
	cancelQuiet    = 2 * time.Minute  // after so long without a refund an audit asks why a purchase is not refunded; longer than cancelLook
)

// canceller refunds the purchases of cancelled shows. Every node runs one; a lease in Redis
// keeps several from doing the same work. The lease is no lock: a refund is numbered and its
// steps may run twice on any nodes, so that a node that has lost its lease does no harm.
// What is left to do is read from MongoDB, so any node goes on where another one died.
type canceller struct {
	b     *Booking
	wake  chan struct{} // has a token when a season was cancelled here
	token string        // names this node in leases
	lease time.Duration

	quiet time.Duration // see cancelQuiet

	recorded map[string]bool      // season → its event is in the feed; owned by run
	held     map[string]time.Time // season → until when this node surely has the lease; owned by run
	later    map[string]time.Time // season → when to look again; owned by run
}

func newCanceller(b *Booking) *canceller {
	return &canceller{
		b: b, wake: make(chan struct{}, 1), token: rand.Text(), lease: cancelLease, quiet: cancelQuiet,
		recorded: map[string]bool{}, held: map[string]time.Time{}, later: map[string]time.Time{},
	}
}

// run refunds until ctx ends.
func (c *canceller) run(ctx context.Context) {
	ticker := time.NewTicker(recoverEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
			clear(c.later)
		case <-ticker.C:
		}
		if err := c.runOnce(ctx); err != nil && ctx.Err() == nil {
			c.b.log.WarnContext(ctx, "cancelled show: refunding the purchases failed: the next round tries again", "error", err)
		}
	}
}

// runOnce refunds the purchases of every cancelled show that are there now, but those that
// another node refunds.
func (c *canceller) runOnce(ctx context.Context) error {
	seasons, err := c.b.Seasons(ctx)
	if err != nil {
		return err
	}
	var failed error
	for i := range seasons {
		s := &seasons[i]
		if s.Cancelled == nil || time.Now().Before(c.later[s.ID]) {
			continue
		}
		if !c.recorded[s.ID] {
			err := c.b.recordCancellation(ctx, s)
			c.recorded[s.ID] = err == nil
			failed = errors.Join(failed, err)
		}
		left, err := c.refundAll(ctx, s)
		failed = errors.Join(failed, err)
		if err == nil && !left {
			c.later[s.ID] = time.Now().Add(cancelLook) // a purchase may still be decided late
		}
	}
	return failed
}

// refundAll refunds the purchases of a season, page by page. left says that some are not
// refunded, because they are pending or failed, or that another node has the lease.
func (c *canceller) refundAll(ctx context.Context, s *Season) (left bool, err error) {
	var after bson.ObjectID
	for {
		if mine, err := c.hold(ctx, s.ID); err != nil || !mine {
			return true, err
		}
		orders, err := c.page(ctx, s.ID, after)
		if err != nil || len(orders) == 0 {
			return left, err
		}
		after = orders[len(orders)-1].ID
		for batch := range slices.Chunk(orders, cancelBatch) {
			if mine, err := c.hold(ctx, s.ID); err != nil || !mine {
				return true, err
			}
			missed, err := c.refundBatch(ctx, s, batch)
			if err != nil {
				return true, err
			}
			left = left || missed
		}
	}
}

// hold takes or prolongs the lease of a season, and reports whether this node has it.
func (c *canceller) hold(ctx context.Context, season string) (bool, error) {
	now := time.Now()
	if now.Before(c.held[season]) {
		if err := c.b.o.Redis.Set(ctx, cancellingKey(season), c.token, c.lease).Err(); err != nil {
			return false, err
		}
	} else if first, err := c.b.o.Redis.SetNX(ctx, cancellingKey(season), c.token, c.lease).Result(); err != nil || !first {
		return false, err
	}
	c.held[season] = now.Add(c.lease / 2)
	return true, nil
}

// cancellingKey exists while a node refunds the purchases of a season.
func cancellingKey(season string) string { return "cancelling:{" + season + "}" }

// page reads the next purchases that are not ended.
func (c *canceller) page(ctx context.Context, season string, after bson.ObjectID) ([]order, error) {
	found, err := c.b.o.Mongo.Collection(transactionsName).Find(ctx, bson.D{
		{Key: "season", Value: season},
		{Key: "status", Value: bson.D{{Key: "$in", Value: bson.A{Completed, Pending}}}},
		{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}},
	}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(cancelPage))
	if err != nil {
		return nil, err
	}
	var orders []order
	err = found.All(ctx, &orders)
	return orders, err
}

// refundBatch refunds purchases, cancelParallel at a time. missed says that some are still to
// be refunded.
func (c *canceller) refundBatch(ctx context.Context, s *Season, orders []order) (missed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, cancelTime)
	defer cancel()
	results := make([]error, len(orders))
	var running errgroup.Group
	running.SetLimit(cancelParallel)
	for i := range orders {
		running.Go(func() error {
			results[i] = c.refund(ctx, s, &orders[i])
			return nil
		})
	}
	_ = running.Wait() // never fails: the results are in the list
	for i, err := range results {
		switch {
		case errors.Is(err, errCrash), fault.Is(err, fault.Draining):
			return true, err
		case err != nil:
			missed = true
			c.b.log.WarnContext(ctx, "cancelled show: refunding a purchase failed: the next round tries again",
				"season", s.ID, "transaction", orders[i].ID.Hex(), "error", err)
		case orders[i].Status == Pending:
			missed = true
		}
	}
	return missed, nil
}

// refund refunds a captured purchase, and ends one that waits at a payment page. Another
// pending purchase is left to its saga or to recovery, and looked at again.
func (c *canceller) refund(ctx context.Context, s *Season, o *order) error {
	if o.Status == Pending {
		d, err := c.b.findDecision(ctx, o.ID)
		if err != nil || d != nil {
			return err
		}
		return c.endPage(ctx, o)
	}
	return c.b.refundSeats(ctx, o, nil, refundOrigin{Cause: seasonCancelled, By: s.Cancelled.By, Reason: s.Cancelled.Reason})
}

// endPage ends the payment page of a pending purchase. If the fan has paid, the purchase is
// completed, and refunded in the next round.
func (c *canceller) endPage(ctx context.Context, o *order) error {
	if !o.atProvider() || o.Page == nil {
		return nil
	}
	outcome, err := c.b.provider(o.Season).Outcome(ctx, o.ID.Hex())
	if err != nil || outcome != payment.Waiting {
		return err // recovery settles it
	}
	d, err := c.b.cancel(ctx, o, reasonShowCancelled, true)
	if err != nil {
		return err
	}
	if _, err := c.b.settleLate(ctx, o, d); err != nil {
		c.b.purchases.recoverSoon(o.ID, false)
		return err
	}
	c.b.notePageEnd(o, d)
	return nil
}
