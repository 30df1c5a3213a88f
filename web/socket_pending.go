package web

import (
	"context"
	"maps"
	"sync"
	"time"

	"usher/booking"
	"usher/hub"
	"usher/internal/fault"
)

// pendingPause is how often purchases that were answered as pending are looked
// at, should the message that they were settled have been lost between nodes.
const pendingPause = 3 * time.Second

// pendingPurchases are those whose buyers were told here that they are pending,
// and not yet how they ended. A buyer may have another socket by then.
type pendingPurchases struct {
	mu   *sync.Mutex
	open map[string]hub.Key // by transaction
}

func newPendingPurchases() pendingPurchases {
	return pendingPurchases{mu: &sync.Mutex{}, open: map[string]hub.Key{}}
}

// note notes what the buyer was told of a purchase.
func (p *pendingPurchases) note(t booking.Transaction, buyer hub.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.Status == booking.Pending {
		p.open[t.ID] = buyer
	} else {
		delete(p.open, t.ID)
	}
}

func (p *pendingPurchases) forget(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, id)
}

func (p *pendingPurchases) all() map[string]hub.Key {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.open)
}

// followPurchasesOnce looks at what became of pending purchases.
func (s *Server) followPurchasesOnce(ctx context.Context) {
	for id, buyer := range s.live.pending.all() {
		bounded, cancel := context.WithTimeout(ctx, requestTime)
		t, err := s.o.Booking.Transaction(bounded, buyer.User, id)
		cancel()
		if fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
			return // the next round asks again
		}
		if err == nil && t.Status == booking.Pending {
			continue
		}
		s.live.pending.forget(id)
		if err != nil {
			s.log.Warn("not known what became of a purchase", "transaction", id, "error", err)
			continue
		}
		for _, c := range s.live.of(buyer.Season, buyer.User) {
			c.hear(aboutPurchase, func() { c.settledLocked(t) })
		}
	}
}
