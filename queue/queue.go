package queue

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/draw"
	"usher/internal/keys"
	"usher/internal/store"
)

// Options configures a Queue.
type Options struct {
	Redis redis.UniversalClient
	Mongo *mongo.Database // the ledger: epochs, admissions
	Keys  *keys.Ring      // signs places
	Node  string          // this node's id, unique among living nodes

	// Settings returns a season's settings when its Redis data must be written
	// again. Nil leaves this to Configure.
	Settings func(ctx context.Context, season string) (Settings, error)
	// MayOpen is called before a season's epoch is opened. An error keeps this
	// node from opening it, because its Redis is not the one that the other nodes
	// use. Nil: always allowed.
	MayOpen func(ctx context.Context) error
	// BeforeEpoch is called with the new epoch before a season's epoch key is
	// set. It rebuilds the season's other data in Redis. It may be called twice,
	// and on several nodes at once.
	BeforeEpoch func(ctx context.Context, season string, epoch int64) error
	// Notify gets the events of users with a socket here. It must not block.
	Notify func([]Event)
	// Gather is how long a lost line gathers before admission continues; default
	// 30 s.
	Gather time.Duration
	// Beacon is mixed into the draws of scheduled openings. Nil: draws are held
	// without a beacon.
	Beacon Beacon
	// DrawSeed makes the secret seed of a draw; default draw.NewSeed.
	DrawSeed func() []byte
	// Now is the clock for the pace of the mirror; default time.Now. Deadlines
	// are decided by Redis' clock.
	Now func() time.Time

	Logger     *slog.Logger          // default: discard
	Registerer prometheus.Registerer // nil: no metrics
}

const defaultGather = 30 * time.Second

// Queue is a node's view of every season's line. Safe for concurrent use.
type Queue struct {
	o       Options
	log     *slog.Logger
	metrics *metrics
	places  *placeBook
	ledger  ledger
	out     outbox
	news    *store.Subscription

	mu      sync.Mutex
	seasons map[string]*season
	added   chan struct{} // wakes Run after Watch
}

// New checks the options. It starts nothing; Run does.
func New(o Options) (*Queue, error) {
	var problems []error
	if o.Redis == nil {
		problems = append(problems, errors.New("queue: no Redis client"))
	}
	if o.Mongo == nil {
		problems = append(problems, errors.New("queue: no MongoDB database"))
	}
	if o.Keys == nil {
		problems = append(problems, errors.New("queue: no key ring"))
	}
	if o.Node == "" {
		problems = append(problems, errors.New("queue: no node id"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if o.Gather <= 0 {
		o.Gather = defaultGather
	}
	if o.DrawSeed == nil {
		o.DrawSeed = draw.NewSeed
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Notify == nil {
		o.Notify = func([]Event) {}
	}
	m := newMetrics(o.Registerer)
	q := &Queue{
		o: o, log: o.Logger, metrics: m,
		places:  newPlaceBook(o.Keys.For(keys.Session)),
		ledger:  newLedger(o.Mongo),
		seasons: map[string]*season{},
		added:   make(chan struct{}, 1),
	}
	q.out.notify = o.Notify
	q.news = q.newSubscription()
	return q, nil
}

// season returns this node's view of a season, and creates it on the first use.
func (q *Queue) season(id string) *season {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.seasons[id]
	if s == nil {
		s = newSeason(q, id)
		q.seasons[id] = s
	}
	return s
}
