package booking

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"golang.org/x/sync/errgroup"

	"usher/booking/payment"
	"usher/internal/store"
)

const (
	recoverEvery    = 2 * time.Second
	overdueAfter    = 12 * time.Second // longer than a provider may take
	advanceTime     = 20 * time.Second // how long one look at a purchase may take: a provider may never answer
	recoverParallel = 16               // so that a silent provider does not hold up the others
)

// recovery rolls overdue purchases on, whichever node began them. Every node
// does, and several may at once: each step is the same whoever takes it. How long
// an entry has been there is measured by this node's own patience since it first
// saw it, so that no two clocks are ever compared.
type recovery struct {
	b *Booking

	overdue, advanceTime time.Duration

	seen  map[bson.ObjectID]time.Time // owned by run
	marks markCheck                   // has a loop of its own
}

func newRecovery(b *Booking) *recovery {
	return &recovery{b: b, overdue: overdueAfter, advanceTime: advanceTime, seen: map[bson.ObjectID]time.Time{}, marks: newMarkCheck()}
}

// run settles overdue purchases until ctx ends, and then waits for those that
// this node has begun.
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
			r.warn(ctx, "the indexes of the sale could not be made", err)
		}
		r.warn(ctx, "overdue purchases could not be looked at", r.recoverOnce(ctx))
	}
}

func (r *recovery) warn(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		r.b.log.Warn(what, "error", err)
	}
}

// recoverOnce looks at every entry in pending once and rolls on what is due.
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
		if !overdue && !handed[entry.ID] || r.b.purchases.find(entry.ID) != nil {
			continue
		}
		rolling.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, r.advanceTime)
			defer cancel()
			if err := r.advance(ctx, entry, overdue); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
				what := "a purchase could not be settled yet"
				if entry.Refund != nil {
					what = "a refund could not be settled yet"
				}
				r.b.log.Warn(what, "id", entry.ID.Hex(), "transaction", entry.Order.ID.Hex(), "error", err)
			}
			return nil
		})
	}
	r.seen = there
	return rolling.Wait()
}

// advance takes a purchase on from whatever step it has reached. It never asks for
// money: if nobody has, the payment is closed and the purchase cancelled; if
// nobody can say, nothing is decided and nothing released. Before it is overdue a
// purchase is only settled by what is known already.
func (r *recovery) advance(ctx context.Context, entry *pendingEntry, overdue bool) error {
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
		// Its node died between the entry and the transaction, or has yet to wake
		// up: then it finds the transaction there and leaves it alone.
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
		r.b.keepPinned(ctx, o) // before the provider is asked, which may take all the time there is
		d, err = r.decide(ctx, o, overdue)
	}
	if err != nil || d == nil {
		return err
	}
	before := o.Status
	// Others roll it on as well, and may have finished while the provider was asked.
	t, err := r.b.settleLate(ctx, o, d)
	if err == nil && before == Pending {
		r.b.purchases.metrics.recovered.WithLabelValues(string(t.Status)).Inc()
		r.b.log.Info("a purchase was recovered", "transaction", t.ID, "status", t.Status, "reason", t.Reason)
	}
	return err
}

// decide decides by what the provider knows; nil when it is too early to say.
func (r *recovery) decide(ctx context.Context, o *order, overdue bool) (*decision, error) {
	if o.Total > 0 {
		outcome, err := r.b.o.Provider.Outcome(ctx, o.ID.Hex())
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
		}
	}
	if !overdue {
		return nil, nil
	}
	return r.b.cancel(ctx, o, reasonUnavailable, true)
}

// Reconcile says that the provider has news of a charge, by the charge's id: this
// node's recovery looks at that purchase within a few seconds, also when it was
// settled long ago, so that money which came late goes back. It is a hint: news
// of what is not known here, or the same news again, changes nothing.
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
		return nil // entered in pending at most, and then recovery knows of it
	}
	if o.captured() {
		// This is the news of every purchase, and of every refund. What is left to do
		// has an entry already, and settling a sale anew that was given back since
		// would show it as sold for a moment.
		return nil
	}
	if err := b.enterPending(ctx, o); err != nil {
		return store.Fault(err)
	}
	b.purchases.recoverSoon(oid)
	return nil
}

// ensurePurchaseIndexes makes the indexes of lists and reports. None of them
// guards anything: what decides is decided by _id.
func (b *Booking) ensurePurchaseIndexes(ctx context.Context) error {
	by := func(fields ...string) mongo.IndexModel {
		keys := bson.D{}
		for _, f := range fields {
			keys = append(keys, bson.E{Key: f, Value: 1})
		}
		return mongo.IndexModel{Keys: keys}
	}
	for collection, models := range map[string][]mongo.IndexModel{
		transactionsName: {by("userId", "createdAt", "_id"), by("season", "createdAt", "_id"), by("season", "status", "createdAt", "_id")},
		ticketsName:      {by("userId", "issuedAt"), by("transactionId"), by("season")},
		claimsName:       {by("season")},
		decisionsName:    {by("season")},
		refundsName:      {by("season")},
		checkinsName:     {by("season")},
		auditName:        {by("season", "at", "_id")},
	} {
		for _, model := range models { // one at a time: FerretDB 1.24.2 breaks off when told of several that are there
			if _, err := b.o.Mongo.Collection(collection).Indexes().CreateOne(ctx, model); err != nil {
				return err
			}
		}
	}
	return nil
}

// pendingEntry is the entry every purchase and every refund makes before it begins
// and that is removed when it is settled: what recovery has to look after. It
// carries the whole of it, so that one whose node died between the entry and the
// transaction, or the refund, can be ended like any other.
type pendingEntry struct {
	ID     bson.ObjectID `bson:"_id"` // the transaction's, or the refund's
	Season string        `bson:"season"`
	Order  order         `bson:"sale"`
	Refund *refund       `bson:"refund,omitempty"` // of Sale; nil in a purchase's entry
}

// enterPending notes that a sale begins. Noting it again changes nothing.
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

// removePending notes that nothing of a purchase or a refund is left to do.
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
