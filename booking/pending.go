package booking

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/store"
)

// pendingEntry is inserted before an order or a refund begins and removed once it is
// settled; recovery reads these entries. An entry contains the whole order and refund, so
// that recovery can finish them even if the node died before inserting them.
type pendingEntry struct {
	ID     bson.ObjectID `bson:"_id"` // the order's, or the refund's
	Season string        `bson:"season"`
	Order  order         `bson:"sale"`
	Refund *refund       `bson:"refund,omitempty"` // of Order; nil in an order's own entry
	Error  string        `bson:"error,omitempty"`  // of a refund: why the last attempt to finish it failed
}

// enterPending inserts the entry of an order. Repeating it changes nothing.
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

// removePending removes the entry of a settled order or refund.
func (b *Booking) removePending(ctx context.Context, id bson.ObjectID) error {
	_, err := b.o.Mongo.Collection(pendingName).DeleteOne(ctx, store.ByID(id))
	return err
}

// ofRefunds selects the entries of refunds, or those of orders.
func ofRefunds(refunds bool) bson.E {
	return bson.E{Key: "refund", Value: bson.D{{Key: "$exists", Value: refunds}}}
}

// allPending reads every entry.
func (b *Booking) allPending(ctx context.Context) ([]pendingEntry, error) {
	return b.findPending(ctx, bson.D{})
}

func (b *Booking) findPending(ctx context.Context, filter bson.D) ([]pendingEntry, error) {
	found, err := b.o.Mongo.Collection(pendingName).Find(ctx, filter)
	if err != nil {
		return nil, err
	}
	var all []pendingEntry
	err = found.All(ctx, &all)
	return all, err
}
