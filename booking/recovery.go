package booking

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"golang.org/x/sync/errgroup"

	"usher/booking/payment"
	"usher/internal/store"
)

const (
	recoverEvery    = 2 * time.Second
	overdueAfter    = 12 * time.Second // longer than chargeTime
	advanceTime     = 20 * time.Second // the time-out of one entry: a provider may never answer
	recoverParallel = 16               // entries at a time: a silent provider must not delay the others
)

// recovery finishes overdue orders and refunds, whichever node began them. Every node runs
// it, several at once: a step has the same result on every node. A node measures the age of
// an entry from when it first saw the entry, so that no two clocks are compared.
type recovery struct {
	b *Booking

	overdue, advanceTime, lookEvery, allotOverdue time.Duration

	seen    map[bson.ObjectID]time.Time // entry → when first seen; owned by run
	changes map[bson.ObjectID]time.Time // change of allotments → when first seen; owned by run
	mu      sync.Mutex
	next    map[bson.ObjectID]time.Time // entry of an order at a payment page → when to look again; guarded by mu
	marks   markCheck                   // runs in its own loop
}

func newRecovery(b *Booking) *recovery {
	return &recovery{
		b: b, overdue: overdueAfter, advanceTime: advanceTime, lookEvery: lookEvery, allotOverdue: allotmentOverdue,
		seen: map[bson.ObjectID]time.Time{}, next: map[bson.ObjectID]time.Time{}, marks: newMarkCheck(),
	}
}

// run finishes overdue entries until ctx ends, and then waits for this node's sagas.
func (r *recovery) run(ctx context.Context) {
	ticker := time.NewTicker(recoverEvery)
	defer ticker.Stop()
	indexed := false
	for {
		select {
		case <-ctx.Done():
			r.b.purchases.drain(shutdownGrace)
			return
		case <-ticker.C:
		}
		if !indexed {
			err := r.b.ensurePurchaseIndexes(ctx)
			indexed = err == nil
			r.warn(ctx, "recovery: creating indexes failed: the next round tries again", err)
		}
		r.warn(ctx, "recovery: reading the pending entries failed: the next round tries again", r.recoverOnce(ctx))
		r.warn(ctx, "recovery: finishing changes of allotments failed: the next round tries again", r.recoverAllotments(ctx))
	}
}

func (r *recovery) warn(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		r.b.log.Warn(what, "error", err)
	}
}

// recoverOnce reads every entry in pending once and advances those that are due.
func (r *recovery) recoverOnce(ctx context.Context) error {
	handed := r.b.purchases.takeRecoverSoon()
	all, err := r.b.allPending(ctx)
	if err != nil {
		for id := range handed {
			r.b.purchases.recoverSoon(id)
		}
		return err
	}
	now := time.Now()
	there := make(map[bson.ObjectID]time.Time, len(all))
	var rolling errgroup.Group
	rolling.SetLimit(recoverParallel)
	for i := range all {
		entry := &all[i]
		first, known := r.seen[entry.ID]
		if !known {
			first = now
		}
		there[entry.ID] = first
		overdue := now.Sub(first) >= r.overdue
		if !handed[entry.ID] && (!overdue || r.waits(entry.ID, now)) || r.b.purchases.find(entry.ID) != nil {
			continue
		}
		rolling.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, r.advanceTime)
			defer cancel()
			ctx, span := r.b.followOrder(ctx, entry)
			err := r.advance(ctx, entry, overdue, handed[entry.ID])
			span.End(err)
			if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
				what := "recovery: settling an order failed: the next round tries again"
				if entry.Refund != nil {
					what = "recovery: finishing a refund failed: the next round tries again"
				}
				r.b.log.WarnContext(ctx, what, "id", entry.ID.Hex(), "transaction", entry.Order.ID.Hex(), "error", err)
			}
			return nil
		})
	}
	r.seen = there
	err = rolling.Wait()
	r.mu.Lock()
	maps.DeleteFunc(r.next, func(id bson.ObjectID, _ time.Time) bool { _, is := there[id]; return !is })
	r.mu.Unlock()
	r.measure(now)
	return err
}

// measure sets the gauges of what is pending. Each node measures by its own clock from when
// it first saw an entry. Orders at payment pages are counted by themselves: they wait for
// fans, and nothing is wrong when they are old.
func (r *recovery) measure(now time.Time) {
	oldest, atPage := now, 0
	r.mu.Lock()
	for id, first := range r.seen {
		if _, is := r.next[id]; is {
			atPage++
		} else if first.Before(oldest) {
			oldest = first
		}
	}
	r.mu.Unlock()
	r.b.purchases.metrics.pending.Set(float64(len(r.seen) - atPage))
	r.b.purchases.metrics.atPage.Set(float64(atPage))
	r.b.purchases.metrics.oldest.Set(now.Sub(oldest).Seconds())
}

// advance continues an order from the step it has reached. It never starts a charge: an
// order without a charge is closed at the provider and cancelled; while the provider does
// not answer, nothing is decided and no seat is released. Before an order is overdue it is
// only settled by an existing decision or a known outcome. handed says that there is a
// reason to ask the provider now.
func (r *recovery) advance(ctx context.Context, entry *pendingEntry, overdue, handed bool) error {
	if entry.Refund != nil {
		return r.advanceRefund(ctx, entry, overdue)
	}
	o, err := r.b.findOrder(ctx, entry.ID)
	if err != nil {
		return err
	}
	if o == nil {
		if !overdue {
			return nil
		}
		// The node died between the entry and the transaction, or is only slow: then its
		// insert fails because the transaction exists, and it stops.
		o = &entry.Order
		_, err := r.b.o.Mongo.Collection(transactionsName).InsertOne(ctx, o)
		if mongo.IsDuplicateKeyError(err) {
			o, err = r.b.findOrder(ctx, entry.ID)
		}
		if err != nil || o == nil {
			return err
		}
	}
	d, err := r.b.findDecision(ctx, o.ID)
	if err == nil && d == nil {
		r.b.keepPinned(ctx, o) // first, because asking the provider may use up the time
		if o.Page == nil || handed || r.mayLook(ctx, o) {
			d, err = r.decide(ctx, o, overdue)
		}
		r.lookLater(o, d, err)
	}
	if err != nil || d == nil {
		return err
	}
	before := o.Status
	// Other nodes advance the order too, and may have settled it while this node asked the
	// provider.
	t, err := r.b.settleLate(ctx, o, d)
	if err == nil && before == Pending {
		r.b.notePageEnd(o, d)
		r.b.purchases.metrics.recovered.WithLabelValues(string(t.Status)).Inc()
		r.b.log.InfoContext(ctx, "recovery: an order was settled", "transaction", t.ID, "status", t.Status, "reason", t.Reason)
	}
	return err
}

// waits reports whether an order waits at a payment page and it is too early to look again.
func (r *recovery) waits(id bson.ObjectID, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.next[id])
}

// lookLater notes when to look again at an order without a decision: after lookEvery, or
// when its page ends. Without a page, and after an error, recovery looks in every round.
func (r *recovery) lookLater(o *order, d *decision, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || d != nil || o.Page == nil || r.lookEvery <= 0 {
		delete(r.next, o.ID)
		return
	}
	at := time.Now().Add(r.lookEvery)
	if end := o.Page.Until; end.After(time.Now()) && end.Before(at) {
		at = end
	}
	r.next[o.ID] = at
}

// decide decides by the outcome that the provider knows; nil when it is too early to
// decide.
func (r *recovery) decide(ctx context.Context, o *order, overdue bool) (*decision, error) {
	if o.atProvider() {
		outcome, err := r.b.provider(o.Season).Outcome(ctx, o.ID.Hex())
		if err != nil {
			return nil, err
		}
		switch outcome {
		case payment.Captured:
			return r.b.decide(ctx, o, captured, "")
		case payment.Refunded:
			return r.b.decide(ctx, o, cancelled, reasonUnavailable)
		case payment.Declined:
			return r.b.cancel(ctx, o, reasonDeclined, true)
		case payment.Waiting:
			return r.decideAtPage(ctx, o)
		case payment.Processing:
			return nil, nil
		}
		if o.Page != nil {
			return r.b.cancel(ctx, o, r.b.whyPageEnded(ctx, o), true) // the page has ended, and no decision says why
		}
	}
	if !overdue {
		return nil, nil
	}
	return r.b.cancel(ctx, o, reasonUnavailable, true)
}

// Reconcile handles a notification of the provider about a charge, by the charge's id: this
// node's recovery checks the order within a few seconds, even if it was settled long ago,
// so that money captured late is returned. An unknown id or a repeated notification changes
// nothing.
func (b *Booking) Reconcile(ctx context.Context, id string) error {
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return nil //nolint:nilerr // no purchase has such an id
	}
	o, err := b.findOrder(ctx, oid)
	if err != nil {
		return store.Fault(err)
	}
	if o == nil {
		return nil // if there is an entry in pending, recovery handles it
	}
	if o.captured() {
		// Every purchase and every refund causes such a notification. Open steps have an
		// entry already, and settling a refunded order again would show it as sold for a
		// moment.
		return nil
	}
	if err := b.enterPending(ctx, o); err != nil {
		return store.Fault(err)
	}
	b.purchases.recoverSoon(oid)
	return nil
}

// pendingEntry is inserted before an order or a refund begins and removed once it is
// settled; recovery reads these entries. An entry contains the whole order and refund, so
// that recovery can finish them even if the node died before inserting them.
type pendingEntry struct {
	ID     bson.ObjectID `bson:"_id"` // the order's, or the refund's
	Season string        `bson:"season"`
	Order  order         `bson:"sale"`
	Refund *refund       `bson:"refund,omitempty"` // of Order; nil in an order's own entry
	Error  string        `bson:"error,omitempty"`  // of a refund: why the last attempt to finish it failed
}

// enterPending inserts the entry of an order. Repeating it changes nothing.
func (b *Booking) enterPending(ctx context.Context, o *order) error {
	return b.insertPending(ctx, pendingEntry{ID: o.ID, Season: o.Season, Order: *o})
}

func (b *Booking) insertPending(ctx context.Context, entry pendingEntry) error {
	_, err := b.o.Mongo.Collection(pendingName).InsertOne(ctx, entry)
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}

// removePending removes the entry of a settled order or refund.
func (b *Booking) removePending(ctx context.Context, id bson.ObjectID) error {
	_, err := b.o.Mongo.Collection(pendingName).DeleteOne(ctx, store.ByID(id))
	return err
}

func (b *Booking) allPending(ctx context.Context) ([]pendingEntry, error) {
	found, err := b.o.Mongo.Collection(pendingName).Find(ctx, bson.D{})
	if err != nil {
		return nil, err
	}
	var all []pendingEntry
	err = found.All(ctx, &all)
	return all, err
}
