package app

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking"
	"usher/booking/payment/stripe"
	"usher/internal/auth"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/queue"
	"usher/web"
)

// Services are queue and booking, opened for an operator's command. They run no
// loops and announce no events.
type Services struct {
	Queue   *queue.Queue
	Booking *booking.Booking
	stripe  *stripe.Provider // nil unless Stripe is the payment provider
	stores  *store.Stores
}

// OpenServices opens the services on the stores that the options name. The caller
// must call Close.
func OpenServices(o Options) (*Services, error) {
	problems := o.checkStores()
	problems = append(problems, o.checkPayments()...)
	if err := o.Log.check(); err != nil {
		problems = append(problems, err.Error())
	}
	if len(problems) > 0 {
		return nil, &UsageError{Problems: problems}
	}
	if o.Logger == nil {
		dropRedisLog()
	}
	stores, err := store.Open(o.stores())
	if err != nil {
		return nil, err
	}
	r := &Services{stores: stores}
	provider, asStripe, err := o.provider(stores.Mongo, nil)
	r.stripe = asStripe
	// A command signs nothing, so the key never leaves this process.
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
				return web.LineSettings(found), err
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

// Cutoffs ends sessions.
func (r *Services) Cutoffs() *auth.Cutoffs { return auth.NewCutoffs(r.stores.Redis, r.stores.Mongo) }

// Redis is the client of the services.
func (r *Services) Redis() redis.UniversalClient { return r.stores.Redis }

// Nodes counts the nodes that run on these stores. It looks for a few seconds, because a
// node counts whose heartbeat changes.
func (r *Services) Nodes(ctx context.Context) (int, error) {
	nodes, err := liveNodes(ctx, r.stores.Mongo)
	return len(nodes), err
}

// SameRedis reports as an error that the nodes use another Redis than these services.
func (r *Services) SameRedis(ctx context.Context) error { return checkForCommand(ctx, r.stores) }

// Close closes the connections.
func (r *Services) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if r.stripe != nil {
		r.stripe.Disconnect()
	}
	_ = r.stores.Close(ctx) // the command has its result already
}
