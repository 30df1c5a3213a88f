package booking

import (
	"context"

	"usher/internal/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// pendingSale is the entry every purchase and every refund makes before it begins
// and that is removed when it is settled: what recovery has to look after. It
// carries the whole of it, so that one whose node died between the entry and the
// transaction, or the refund, can be ended like any other.
type pendingSale struct {
	ID     bson.ObjectID `bson:"_id"` // the transaction's, or the refund's
	Season string        `bson:"season"`
	Sale   sale          `bson:"sale"`
	Refund *refund       `bson:"refund,omitempty"` // of Sale; nil in a purchase's entry
}

// enterPending notes that a sale begins. Noting it again changes nothing.
func (b *Booking) enterPending(ctx context.Context, s *sale) error {
	return b.insertPending(ctx, pendingSale{ID: s.ID, Season: s.Season, Sale: *s})
}

func (b *Booking) insertPending(ctx context.Context, entry pendingSale) error {
	_, err := b.o.Mongo.Collection(pendingName).InsertOne(ctx, entry)
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}

// leavePending notes that nothing of a purchase or a refund is left to do.
func (b *Booking) leavePending(ctx context.Context, id bson.ObjectID) error {
	_, err := b.o.Mongo.Collection(pendingName).DeleteOne(ctx, store.ByID(id))
	return err
}

func (b *Booking) allPending(ctx context.Context) ([]pendingSale, error) {
	found, err := b.o.Mongo.Collection(pendingName).Find(ctx, bson.D{})
	if err != nil {
		return nil, err
	}
	var all []pendingSale
	err = found.All(ctx, &all)
	return all, err
}
