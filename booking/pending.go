package booking

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// pendingSale is the entry every purchase makes before it begins and that is
// removed when it is settled: what recovery has to look after. It carries the
// whole sale, so that a purchase whose node died between the entry and the
// transaction can be closed like any other.
type pendingSale struct {
	ID     bson.ObjectID `bson:"_id"` // the transaction's
	Season string        `bson:"season"`
	Sale   sale          `bson:"sale"`
}

// enterPending notes that a sale begins. Noting it again changes nothing.
func (b *Booking) enterPending(ctx context.Context, s *sale) error {
	_, err := b.o.Mongo.Collection(pendingName).InsertOne(ctx, pendingSale{ID: s.ID, Season: s.Season, Sale: *s})
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}

// leavePending notes that nothing of a sale is left to do.
func (b *Booking) leavePending(ctx context.Context, s *sale) error {
	_, err := b.o.Mongo.Collection(pendingName).DeleteOne(ctx, byID(s.ID))
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
