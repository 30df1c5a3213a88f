package booking

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/trace"
)

const (
	buyerWait     = 5 * time.Second  // how long a request to buy waits for the outcome
	chargeTime    = 10 * time.Second // the time-out of a charge; after it the outcome is unknown
	sagaTime      = 45 * time.Second // the time-out of a saga; after it recovery continues the order
	shutdownGrace = 12 * time.Second // how long a stopping node waits for its sagas
	usedTime      = 5 * time.Second  // the time-out of announcing a used ticket
)

// purchases are the sagas in flight on this node. A saga outlives the request that began
// it, and a stopping node waits for its sagas.
type purchases struct {
	b       *Booking
	metrics purchaseMetrics

	buyerWait, chargeTime, pageTime time.Duration

	base context.Context // of every saga; not of a request
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	running map[bson.ObjectID]*saga
	changes map[bson.ObjectID]bool      // of allotments
	dueSoon map[bson.ObjectID]bool      // left to recovery by this node: due in its next round
	pending map[bson.ObjectID]time.Time // order answered as pending by this node → when
	closed  bool
}

func newPurchases(b *Booking) *purchases {
	metrics := newPurchaseMetrics(b.o.Registerer)
	base, stop := context.WithCancel(context.Background())
	return &purchases{
		b: b, metrics: metrics,
		buyerWait: buyerWait, chargeTime: chargeTime, pageTime: pageTime,
		base: base, stop: stop,
		running: map[bson.ObjectID]*saga{}, changes: map[bson.ObjectID]bool{}, dueSoon: map[bson.ObjectID]bool{},
		pending: map[bson.ObjectID]time.Time{},
	}
}

// find returns the saga of an order in flight on this node, or nil.
func (p *purchases) find(id bson.ObjectID) *saga {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running[id]
}

// start begins a saga, or returns the one in flight. The saga outlives ctx, and belongs to
// its trace.
func (p *purchases) start(ctx context.Context, o *order, details payment.Details) (*saga, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if there := p.running[o.ID]; there != nil {
		return there, nil
	}
	if p.closed {
		return nil, fault.New(fault.Draining, "this node is stopping; try again")
	}
	begun := &saga{b: p.b, order: o, payment: details, begun: make(chan struct{}), done: make(chan struct{})}
	p.running[o.ID] = begun
	base, span := p.b.traceSaga(trace.Carry(p.base, ctx), "purchase", o)
	o.Trace = trace.Parent(base)
	p.wg.Go(func() {
		ctx, cancel := context.WithTimeout(base, sagaTime)
		defer cancel()
		begun.run(ctx)
		span.End(begun.err)
		p.mu.Lock()
		delete(p.running, o.ID)
		p.mu.Unlock()
	})
	return begun, nil
}

// recoverSoon makes an order or refund due in the next round of this node's recovery.
func (p *purchases) recoverSoon(id bson.ObjectID, refund bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dueSoon[id] = refund
}

// takeRecoverSoon returns and removes the orders, or the refunds, that recoverSoon has
// collected.
func (p *purchases) takeRecoverSoon(refunds bool) map[bson.ObjectID]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	handed := map[bson.ObjectID]bool{}
	for id, refund := range p.dueSoon {
		if refund == refunds {
			handed[id] = true
			delete(p.dueSoon, id)
		}
	}
	return handed
}

// drain refuses new purchases and waits for the sagas in flight, at most grace. Then it
// stops them where they are, as a crash would, and another node recovers them.
func (p *purchases) drain(grace time.Duration) {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	timer := time.AfterFunc(grace, p.stop)
	p.wg.Wait()
	timer.Stop()
	p.stop()
}

const (
	resumePoll        = 100 * time.Millisecond // between two reads of an order that another node works on
	resumeSettleAfter = 10                     // reads after which this node settles a decided order
)

// resume answers a repeated request with the order found. While the order is pending,
// resume waits until the context until ends. It never starts a charge.
func (b *Booking) resume(ctx, until context.Context, o *order, bodyHash string) (Transaction, error) {
	if o.BodyHash != bodyHash {
		return Transaction{}, errKeyReused()
	}
	b.lookSoon(o)
	for look := 1; o.Status == Pending && o.next() == nil; look++ {
		if look%resumeSettleAfter == 0 {
			// The order may be decided while the node that should settle it is dead. A
			// failure is left to recovery; the buyer gets the present state.
			if err := b.settleDecided(ctx, o); err != nil {
				b.log.WarnContext(ctx, "purchase: settling a decided order failed: recovery tries again", "transaction", o.ID.Hex(), "error", err)
			}
		}
		timer := time.NewTimer(resumePoll)
		select {
		case <-until.Done():
			timer.Stop()
			return o.transaction(nil), nil
		case <-timer.C:
		}
		again, err := b.findOrder(ctx, o.ID)
		if err != nil {
			return Transaction{}, err
		}
		if again != nil {
			o = again
		}
	}
	switch {
	case o.Status == Pending:
		return o.transaction(nil), nil
	case o.Status == Completed:
		return b.withTickets(ctx, o)
	case o.Reason == reasonDeclined:
		return Transaction{}, errDeclined()
	case o.Reason == reasonExpired, o.Reason == reasonGivenUp, o.Reason == reasonShowCancelled:
		return Transaction{}, errPageEnded()
	case keyMayRetry(o.Reason):
		return Transaction{}, errNextAttempt
	}
	return b.withTickets(ctx, o)
}

// settleDecided settles an order that has a decision.
func (b *Booking) settleDecided(ctx context.Context, o *order) error {
	d, err := b.findDecision(ctx, o.ID)
	if err != nil || d == nil {
		return err
	}
	_, err = b.settleLate(ctx, o, d)
	return err
}

// pendingKept is how long a node watches an order that it answered as pending. An order
// stays pending only while the payment provider does not answer.
const pendingKept = 24 * time.Hour

// notePending records that this node answered a purchase as pending, so that the
// buyer is still to be notified of the outcome.
func (p *purchases) notePending(id bson.ObjectID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending[id] = time.Now()
}

// notified records that the outcome of a transaction was announced on this node.
func (p *purchases) notified(id string) {
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pending, oid)
}

// announceUsed notifies the owner of a ticket that was checked in, on every node. The gate
// does not wait for it. A lost message costs little: the page reads the tickets again when
// it is opened.
func (p *purchases) announceUsed(t *storedTicket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.wg.Go(func() {
		ctx, cancel := context.WithTimeout(p.base, usedTime)
		defer cancel()
		if err := p.b.announceUsed(ctx, t); err != nil {
			p.b.log.DebugContext(ctx, "check-in: announcing the used ticket failed: its page shows it when it is opened again", "ticket", t.ID.Hex(), "error", err)
		}
	})
}

func (b *Booking) announceUsed(ctx context.Context, t *storedTicket) error {
	o, err := b.findOrder(ctx, t.Transaction)
	if err != nil || o == nil {
		return err
	}
	transaction, err := b.withTickets(ctx, o)
	if err != nil {
		return err
	}
	message, err := json.Marshal(transaction)
	if err != nil {
		return err
	}
	return b.seats.Announce(ctx, t.Season, message)
}

// announceSettled notifies buyers of outcomes every recoverEvery until ctx ends. It runs
// beside recovery, which may wait for a slow provider.
func (p *purchases) announceSettled(ctx context.Context) {
	ticker := time.NewTicker(recoverEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := p.announceSettledOnce(ctx); err != nil && ctx.Err() == nil {
			p.b.log.Warn("purchase: reading the outcome of pending purchases failed: the next round tries again", "error", err)
		}
	}
}

// findSettled reads those of the orders that are not pending, with one query: many buyers
// may be at payment pages.
func (b *Booking) findSettled(ctx context.Context, ids []bson.ObjectID) ([]order, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := b.o.Mongo.Collection(transactionsName).Find(ctx, bson.D{
		{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}},
		{Key: "status", Value: bson.D{{Key: "$ne", Value: Pending}}},
	})
	if err != nil {
		return nil, err
	}
	var settled []order
	err = found.All(ctx, &settled)
	return settled, err
}

// announceSettledOnce notifies the buyers of orders that are settled although the message
// about it was lost.
func (p *purchases) announceSettledOnce(ctx context.Context) error {
	p.mu.Lock()
	var overdue []bson.ObjectID
	for id, since := range p.pending {
		switch age := time.Since(since); {
		case age > pendingKept:
			delete(p.pending, id)
		case age > recoverEvery:
			overdue = append(overdue, id)
		}
	}
	p.mu.Unlock()
	settled, err := p.b.findSettled(ctx, overdue)
	if err != nil {
		return err
	}
	for i := range settled {
		o := &settled[i]
		t, err := p.b.withTickets(ctx, o)
		if err != nil {
			return err
		}
		p.b.o.Notify([]Event{{Kind: TransactionSettled, Season: t.Season, User: t.User, Transaction: &t}})
		p.notified(t.ID)
	}
	return nil
}
