package app

import (
	"context"
	"time"

	"usher/booking"
	"usher/booking/payment/stripe"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/queue"
)

// Rooms are the rooms with truths, opened for an operator's command: nothing
// runs in them and nobody is told of events.
type Rooms struct {
	Queue   *queue.Queue
	Booking *booking.Booking
	stripe  *stripe.Provider // nil where another takes the money
	stores  *store.Stores
}

// OpenRooms opens them on the stores the options name. Close gives them back.
func OpenRooms(o Options) (*Rooms, error) {
	problems := o.checkStores()
	problems = append(problems, o.checkPayments()...)
	if err := o.Log.check(); err != nil {
		problems = append(problems, err.Error())
	}
	if len(problems) > 0 {
		return nil, &UsageError{Problems: problems}
	}
	stores, err := store.Open(o.stores())
	if err != nil {
		return nil, err
	}
	r := &Rooms{stores: stores}
	provider, theirs, err := o.provider(stores.Mongo, nil)
	r.stripe = theirs
	// Nothing an operator's command does is signed: the key is never seen.
	var ring *keys.Ring
	if err == nil {
		ring, err = keys.Generate()
	}
	if err == nil {
		r.Booking, err = booking.New(booking.Options{
			Redis: stores.Redis, Mongo: stores.Mongo, Keys: ring, Node: nodeID(),
			Provider: provider, Notify: func([]booking.Event) {},
		})
	}
	if err == nil {
		r.Queue, err = queue.New(queue.Options{
			Redis: stores.Redis, Mongo: stores.Mongo, Keys: ring, Node: nodeID(),
			Settings: func(ctx context.Context, season string) (queue.Settings, error) {
				found, err := r.Booking.Season(ctx, season)
				return LineSettings(found), err
			},
			MayOpen:     func(ctx context.Context) error { return checkForCommand(ctx, stores) },
			BeforeEpoch: r.Booking.Rebuild, Notify: func([]queue.Event) {},
		})
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Close gives the connections back.
func (r *Rooms) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if r.stripe != nil {
		r.stripe.Disconnect()
	}
	_ = r.stores.Close(ctx) // the command has its answer already
}
