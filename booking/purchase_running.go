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
	buyPatience   = 5 * time.Second  // how long a buyer waits for an answer
	chargeTime    = 10 * time.Second // how long a provider may take before its answer counts as unknown
	sagaTime      = 45 * time.Second // the longest a purchase stays in the hands of the node that began it
	shutdownGrace = 12 * time.Second // how long a stopping node finishes its purchases
)

// purchases are those under way on this node. A buyer waits for one only so
// long; it goes on all the same, and a stopping node waits for it.
type purchases struct {
	b       *Booking
	metrics purchaseMetrics

	patience, chargeTime time.Duration

	base context.Context // of every purchase: they outlive the request that began them
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	running map[bson.ObjectID]*saga
	handed  map[bson.ObjectID]bool      // left to recovery by this node: to be looked at soon
	pending map[bson.ObjectID]time.Time // answered as pending by this node, and since when
	closed  bool
}

func newPurchases(b *Booking) *purchases {
	metrics := newPurchaseMetrics(b.o.Registerer)
	base, stop := context.WithCancel(context.Background())
	return &purchases{
		b: b, metrics: metrics,
		patience: buyPatience, chargeTime: chargeTime,
		base: base, stop: stop,
		running: map[bson.ObjectID]*saga{}, handed: map[bson.ObjectID]bool{},
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
func (p *purchases) start(s *sale, details payment.Details) (*saga, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if there := p.running[s.ID]; there != nil {
		return there, nil
	}
	if p.closed {
		return nil, fault.New(fault.Draining, "this node is stopping; try again in a moment")
	}
	begun := &saga{b: p.b, sale: s, payment: details, begun: make(chan struct{}), done: make(chan struct{})}
	p.running[s.ID] = begun
	p.wg.Go(func() {
		ctx, cancel := context.WithTimeout(p.base, sagaTime)
		defer cancel()
		begun.run(ctx)
		p.mu.Lock()
		delete(p.running, s.ID)
		p.mu.Unlock()
	})
	return begun, nil
}

// handOver asks this node's recovery to look at a sale soon.
func (p *purchases) handOver(id bson.ObjectID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handed[id] = true
}

// takeOver returns what was handed over since the last time.
func (p *purchases) takeOver() map[bson.ObjectID]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	handed := p.handed
	p.handed = map[bson.ObjectID]bool{}
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
