package booking

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
)

const (
	buyerWait     = 5 * time.Second  // how long a buyer waits for an answer
	chargeTime    = 10 * time.Second // how long a provider may take before its answer counts as unknown
	sagaTime      = 45 * time.Second // the longest a purchase stays in the hands of the node that began it
	shutdownGrace = 12 * time.Second // how long a stopping node finishes its purchases
)

// purchases are those under way on this node. A buyer waits for one only so
// long; it goes on all the same, and a stopping node waits for it.
type purchases struct {
	b       *Booking
	metrics purchaseMetrics

	buyerWait, chargeTime time.Duration

	base context.Context // of every purchase: they outlive the request that began them
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	running map[bson.ObjectID]*saga
	dueSoon map[bson.ObjectID]bool      // left to recovery by this node: to be looked at soon
	pending map[bson.ObjectID]time.Time // answered as pending by this node, and since when
	closed  bool
}

func newPurchases(b *Booking) *purchases {
	metrics := newPurchaseMetrics(b.o.Registerer)
	base, stop := context.WithCancel(context.Background())
	return &purchases{
		b: b, metrics: metrics,
		buyerWait: buyerWait, chargeTime: chargeTime,
		base: base, stop: stop,
		running: map[bson.ObjectID]*saga{}, dueSoon: map[bson.ObjectID]bool{},
		pending: map[bson.ObjectID]time.Time{},
	}
}

// find returns the saga of a transaction under way here, or nil.
func (p *purchases) find(id bson.ObjectID) *saga {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running[id]
}

// start begins a saga, or returns the one that is under way.
func (p *purchases) start(o *order, details payment.Details) (*saga, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if there := p.running[o.ID]; there != nil {
		return there, nil
	}
	if p.closed {
		return nil, fault.New(fault.Draining, "this node is stopping; try again in a moment")
	}
	begun := &saga{b: p.b, order: o, payment: details, begun: make(chan struct{}), done: make(chan struct{})}
	p.running[o.ID] = begun
	p.wg.Go(func() {
		ctx, cancel := context.WithTimeout(p.base, sagaTime)
		defer cancel()
		begun.run(ctx)
		p.mu.Lock()
		delete(p.running, o.ID)
		p.mu.Unlock()
	})
	return begun, nil
}

// recoverSoon asks this node's recovery to look at a sale soon.
func (p *purchases) recoverSoon(id bson.ObjectID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dueSoon[id] = true
}

// takeRecoverSoon returns what was handed over since the last time.
func (p *purchases) takeRecoverSoon() map[bson.ObjectID]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	handed := p.dueSoon
	p.dueSoon = map[bson.ObjectID]bool{}
	return handed
}

// drain refuses new purchases and waits for those under way, at most grace; then
// it stops them where they are, as a crash would, and another node recovers them.
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
	resumePoll        = 100 * time.Millisecond // between two looks at a purchase another node works on
	resumeSettleAfter = 10                     // looks after which a decided purchase is settled here
)

// resume answers a repeated request with the transaction it finds. While that is
// pending it waits, until until ends. It never asks for money.
func (b *Booking) resume(ctx, until context.Context, o *order, bodyHash string) (Transaction, error) {
	if o.BodyHash != bodyHash {
		return Transaction{}, errKeyReused()
	}
	for look := 1; o.Status == Pending; look++ {
		if look%resumeSettleAfter == 0 {
			// It may be decided, and the node that should settle it gone. What fails
			// here is left to recovery; the buyer hears how far it has come.
			if err := b.settleDecided(ctx, o); err != nil {
				b.log.WarnContext(ctx, "a purchase could not be settled yet", "transaction", o.ID.Hex(), "error", err)
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
	case o.Status == Completed:
		return b.withTickets(ctx, o)
	case o.Reason == reasonDeclined:
		return Transaction{}, errDeclined()
	case keyMayRetry(o.Reason):
		return Transaction{}, errNextAttempt
	}
	return b.withTickets(ctx, o)
}

// settleDecided settles a sale if it is decided.
func (b *Booking) settleDecided(ctx context.Context, o *order) error {
	d, err := b.findDecision(ctx, o.ID)
	if err != nil || d == nil {
		return err
	}
	_, err = b.settleLate(ctx, o, d)
	return err
}

// pendingKept is how long a node looks for the outcome of a purchase that it
// answered as pending. A purchase stays pending only while the payment provider
// does not answer.
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

// announceSettled notifies buyers of outcomes every recoverEvery until ctx ends.
// It has a loop of its own, because recovery may wait for a slow provider.
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

// announceSettledOnce notifies the buyers of purchases whose outcome was decided
// while the message about it was lost.
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
	for _, id := range overdue {
		o, err := p.b.findOrder(ctx, id)
		if err != nil {
			return err
		}
		if o == nil || o.Status == Pending {
			continue
		}
		t, err := p.b.withTickets(ctx, o)
		if err != nil {
			return err
		}
		p.b.o.Notify([]Event{{Kind: TransactionSettled, Season: t.Season, User: t.User, Transaction: &t}})
		p.notified(t.ID)
	}
	return nil
}
