package booking

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

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
		s, err := p.b.findSale(ctx, id)
		if err != nil {
			return err
		}
		if s == nil || s.Status == Pending {
			continue
		}
		t, err := p.b.withTickets(ctx, s)
		if err != nil {
			return err
		}
		p.b.o.Notify([]Event{{Kind: TransactionSettled, Season: t.Season, User: t.User, Transaction: &t}})
		p.notified(t.ID)
	}
	return nil
}
