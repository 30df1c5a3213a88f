package booking

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// promiseTime is how long a node remembers a buyer whom it owes the end of a
// purchase. Nothing pending lasts that long while the provider answers.
const promiseTime = 15 * time.Minute

// promise notes that a buyer here was told "pending" and is owed the rest.
func (p *purchases) promise(id bson.ObjectID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.promised[id] = time.Now()
}

// told notes that the news of a transaction has come.
func (p *purchases) told(id string) {
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.promised, oid)
}

// keepPromises tells buyers how their purchase ended where the message about it
// was lost.
func (p *purchases) keepPromises(ctx context.Context) error {
	p.mu.Lock()
	var owed []bson.ObjectID
	for id, since := range p.promised {
		switch age := time.Since(since); {
		case age > promiseTime:
			delete(p.promised, id)
		case age > recoverEvery:
			owed = append(owed, id)
		}
	}
	p.mu.Unlock()
	for _, id := range owed {
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
		p.told(t.ID)
	}
	return nil
}
