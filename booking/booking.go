package booking

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/keys"
)

// Options configures a Booking.
type Options struct {
	Redis    redis.UniversalClient
	Mongo    *mongo.Database
	Keys     *keys.Ring // signs tickets
	Node     string     // this node's id
	Provider Provider
	// Notify hears what users with a socket here should hear. It must not block.
	Notify func([]Event)
	// At is called before each named step of a purchase; an error stops the
	// purchase there, as a crash would. For tests of faults; nil otherwise.
	At func(step Step, transaction string) error

	Logger     *slog.Logger          // default: discard
	Registerer prometheus.Registerer // nil: no metrics
}

// Step names a point of a purchase before which a process may die.
type Step string

// Booking is a node's view of every season's seats. Safe for concurrent use.
type Booking struct{ o Options }

// New checks the options. Nothing runs before Run.
func New(o Options) (*Booking, error) { return &Booking{o: o}, nil }

// Run keeps the seat mirrors, the subscriptions and the recovery loop until ctx
// ends, then returns nil.
func (b *Booking) Run(ctx context.Context) error { panic("booking: not built") }
