package web

import (
	"context"
	"sync"
	"time"

	"usher/booking"
	"usher/internal/fault"
)

// pendingPause is how often purchases that were answered as pending are looked
// at, should the message that they were settled have been lost between nodes.
const pendingPause = 3 * time.Second

// pendingPurchases are those whose buyers here were told that they are pending,
// and not yet how they ended.
type pendingPurchases struct {
	mu   *sync.Mutex
	open map[string]*client // by transaction
}

func newPendingPurchases() pendingPurchases {
	return pendingPurchases{mu: &sync.Mutex{}, open: map[string]*client{}}
}

func (p *pendingPurchases) note(t booking.Transaction, c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.Status == booking.Pending {
		p.open[t.ID] = c
	} else {
		delete(p.open, t.ID)
	}
}

// forget gives up what a client that is gone waited for.
func (p *pendingPurchases) forget(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, waiting := range p.open {
		if waiting == c {
			delete(p.open, id)
		}
	}
}

func (p *pendingPurchases) all() map[string]*client {
	p.mu.Lock()
	defer p.mu.Unlock()
	open := make(map[string]*client, len(p.open))
	for id, c := range p.open {
		open[id] = c
	}
	return open
}

// followPurchases looks at pending purchases until ctx ends.
func (s *Server) followPurchases(ctx context.Context) {
	ticker := time.NewTicker(pendingPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.followPurchasesOnce(ctx)
		}
	}
}

func (s *Server) followPurchasesOnce(ctx context.Context) {
	for id, c := range s.live.pending.all() {
		bounded, cancel := context.WithTimeout(ctx, requestTime)
		t, err := s.o.Booking.Transaction(bounded, c.key.User, id)
		cancel()
		if fault.Is(err, fault.Unavailable) {
			return // the next round asks again
		}
		if err != nil {
			s.log.Warn("not known what became of a purchase", "transaction", id, "error", err)
			continue
		}
		if t.Status != booking.Pending {
			c.hear(aboutPurchase, func() { c.settledLocked(t) })
		}
	}
}
