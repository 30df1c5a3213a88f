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
	retryMost       = 5 * time.Minute  // between two attempts to finish a refund that fails
)

// recovery finishes overdue orders and refunds, whichever node began them. Every node runs
// it, several at once: a step has the same result on every node. A node measures the age of
// an entry from when it first saw the entry, so that no two clocks are compared.
//
// Orders and refunds are finished in loops of their own: an outage of the provider can leave
// thousands of refunds, and no purchase waits for them.
type recovery struct {
	b *Booking

	overdue, advanceTime, lookEvery, allotOverdue, retryFirst time.Duration

	orders, refunds lane
	changes         map[bson.ObjectID]time.Time // change of allotments → when first seen; owned by run
	marks           markCheck                   // runs in its own loop
}

// lane is the entries of orders or those of refunds.
type lane struct {
	refunds bool // and not orders

	mu   sync.Mutex
	seen map[bson.ObjectID]time.Time // entry → when this node first saw it
	next map[bson.ObjectID]look      // entry → when to look again; none: in every round
}

// look is when to look at an entry again.
type look struct {
	at   time.Time
	wait time.Duration // of a refund: from the last failure to at
}

func newRecovery(b *Booking) *recovery {
	return &recovery{
		b: b, overdue: overdueAfter, advanceTime: advanceTime, lookEvery: lookEvery, allotOverdue: allotmentOverdue, retryFirst: recoverEvery,
		orders:  lane{seen: map[bson.ObjectID]time.Time{}, next: map[bson.ObjectID]look{}},
		refunds: lane{refunds: true, seen: map[bson.ObjectID]time.Time{}, next: map[bson.ObjectID]look{}},
		changes: map[bson.ObjectID]time.Time{}, marks: newMarkCheck(),
	}
}

// run finishes overdue entries until ctx ends, and then waits for this node's sagas.
func (r *recovery) run(ctx context.Context) {
	var refunding sync.WaitGroup
	refunding.Go(func() {
		r.everyRound(ctx, func() {
			r.warn(ctx, "recovery: reading the pending refunds failed: the next round tries again", r.round(ctx, &r.refunds))
		})
	})
	indexed := false
	r.everyRound(ctx, func() {
		if !indexed {
			err := r.b.ensurePurchaseIndexes(ctx)
			indexed = err == nil
			r.warn(ctx, "recovery: creating indexes failed: the next round tries again", err)
		}
		r.warn(ctx, "recovery: reading the pending orders failed: the next round tries again", r.round(ctx, &r.orders))
		r.warn(ctx, "recovery: finishing changes of allotments failed: the next round tries again", r.recoverAllotments(ctx))
	})
	refunding.Wait()
	r.b.purchases.drain(shutdownGrace)
}

// everyRound calls a function every recoverEvery until ctx ends.
func (r *recovery) everyRound(ctx context.Context, do func()) {
	ticker := time.NewTicker(recoverEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do()
		}
	}
}

func (r *recovery) warn(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		r.b.log.Warn(what, "error", err)
	}
}

// recoverOnce is one round for orders, and then one for refunds.
func (r *recovery) recoverOnce(ctx context.Context) error {
	return errors.Join(r.round(ctx, &r.orders), r.round(ctx, &r.refunds))
}

// round reads every entry of a lane once and advances those that are due.
func (r *recovery) round(ctx context.Context, l *lane) error {
	handed := r.b.purchases.takeRecoverSoon(l.refunds)
	all, err := r.b.findPending(ctx, bson.D{ofRefunds(l.refunds)})
	if err != nil {
		for id := range handed {
			r.b.purchases.recoverSoon(id, l.refunds)
		}
		return err
	}
	now := time.Now()
	there := make(map[bson.ObjectID]time.Time, len(all))
	var rolling errgroup.Group
	rolling.SetLimit(recoverParallel)
	for i := range all {
		entry := &all[i]
		first, known := l.seen[entry.ID]
		if !known {
			first = now
		}
		there[entry.ID] = first
		overdue := now.Sub(first) >= r.overdue
		if !handed[entry.ID] && (!overdue || l.waits(entry.ID, now)) || r.b.purchases.find(entry.ID) != nil {
			continue
		}
		rolling.Go(func() error {
			r.try(ctx, l, entry, overdue, handed[entry.ID])
			return nil
		})
	}
	err = rolling.Wait()
	l.mu.Lock()
	l.seen = there
	maps.DeleteFunc(l.next, func(id bson.ObjectID, _ look) bool { _, is := there[id]; return !is })
	l.mu.Unlock()
	r.measure(now)
	return err
}

// try advances one entry. A refund that fails is tried again later and later: a provider
// that is down, or refuses a refund for good, is not asked in every round.
func (r *recovery) try(ctx context.Context, l *lane, entry *pendingEntry, overdue, handed bool) {
	ctx, cancel := context.WithTimeout(ctx, r.advanceTime)
	defer cancel()
	ctx, span := r.b.followOrder(ctx, entry)
	err := r.advance(ctx, entry, overdue, handed)
	span.End(err)
	what, wait := "recovery: settling an order failed: the next round tries again", time.Duration(0)
	if l.refunds {
		what, wait = "recovery: finishing a refund failed: a later round tries again", l.failed(entry.ID, err, r.retryFirst)
	}
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		r.b.log.WarnContext(ctx, what, "id", entry.ID.Hex(), "transaction", entry.Order.ID.Hex(), "after", wait, "error", err)
	}
}

// failed notes the result of an attempt to finish a refund, and returns how long to wait for
// the next one after an error.
func (l *lane) failed(id bson.ObjectID, err error, first time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		delete(l.next, id)
		return 0
	}
	wait := min(max(first, 2*l.next[id].wait), retryMost)
	l.next[id] = look{time.Now().Add(wait), wait}
	return wait
}

// waits reports whether it is too early to look at an entry again: an order at a payment
// page, or a refund that has failed.
func (l *lane) waits(id bson.ObjectID, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.next[id].at)
}

// measure sets the gauges of what is pending. Each node measures by its own clock from when
// it first saw an entry. Orders at payment pages are counted by themselves: they wait for
// fans, and nothing is wrong when they are old.
func (r *recovery) measure(now time.Time) {
	oldest, pending, atPage := now, 0, 0
	for _, l := range []*lane{&r.orders, &r.refunds} {
		l.mu.Lock()
		for id, first := range l.seen {
			if _, is := l.next[id]; is && !l.refunds {
				atPage++
				continue
			}
			pending++
			if first.Before(oldest) {
				oldest = first
			}
		}
		l.mu.Unlock()
	}
	r.b.purchases.metrics.pending.Set(float64(pending))
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

// lookLater notes when to look again at an order without a decision: after lookEvery, or
// when its page ends. Without a page, and after an error, recovery looks in every round.
func (r *recovery) lookLater(o *order, d *decision, err error) {
	l := &r.orders
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || d != nil || o.Page == nil || r.lookEvery <= 0 {
		delete(l.next, o.ID)
		return
	}
	at := time.Now().Add(r.lookEvery)
	if end := o.Page.Until; end.After(time.Now()) && end.Before(at) {
		at = end
	}
	l.next[o.ID] = look{at: at}
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
	b.purchases.recoverSoon(oid, false)
	return nil
}
