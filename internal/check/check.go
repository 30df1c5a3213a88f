package check

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking"
	"usher/internal/wire"
)

// Target is what a check looks at. Every field is required unless its comment says
// otherwise.
type Target struct {
	Season string // the id of the season
	Fans   int    // how many fans are expected; 0: fansPerSeat for each seat on sale

	Problems []string // sentences about options with which a node would not start

	Redis  redis.UniversalClient
	Mongo  *mongo.Database
	Rights func(ctx context.Context) (missing []string, err error) // the rights in Redis that a node lacks
	Same   func(ctx context.Context) (bool, error)                 // whether this is the Redis of the nodes that share the MongoDB
	Nodes  func(ctx context.Context) ([]Node, error)               // the nodes that run now

	SigningKeys []string // paths
	TicketKeys  []string // paths; none: the signing keys sign tickets

	PublicURL string
	Client    *http.Client // for the public URL and the feed; it follows no redirects

	ClientID string                          // at the sign-in provider; "": fans cannot sign in there
	SignIn   func(ctx context.Context) error // asks the sign-in provider for its configuration and keys

	Challenges bool // a verifier of challenges is set

	Payments string // "sandbox", or the name of a provider
	// Pay asks the provider of payments without moving money, and says whether it is
	// in live mode. Nil: it is the sandbox.
	Pay func(ctx context.Context) (live bool, err error)

	SeasonOf       func(ctx context.Context, id string) (booking.Season, error)
	PlanOf         func(ctx context.Context, id string) (*booking.Plan, error)
	MissingIndexes func(ctx context.Context) ([]string, error) // as "collection (field, …)"

	Files   int // how many files this process may open; 0: unknown
	Sockets int // how many sockets a node with these options takes; 0: without limit

	Beacon    func(ctx context.Context) (late time.Duration, err error) // nil: no beacon; how overdue its next round is
	BeaconURL string
	FeedURLs  []string
	Mail      func(ctx context.Context) error        // connects to the mail server without sending a mail; nil: mails are off
	Waiting   func(ctx context.Context) (int, error) // events that endpoints of the feed have not taken

	Now func() time.Time
}

// Node is a running node, as it describes itself.
type Node struct {
	ID          string
	Known       bool     // false: it is of a version that does not describe itself
	SigningKeys []string // ids; the first one signs
	TicketKeys  []string
	Sockets     int // how many sockets it takes; 0: without limit
	Files       int // how many files it may open; 0: unknown
	Version     string
}

const (
	subjectTime = 10 * time.Second // the longest that one subject may take
	// fansPerSeat is the crowd that is assumed where none is given.
	fansPerSeat = 10
)

// view is a target with what several subjects need to know of it. It is read once.
type view struct {
	*Target
	season func() (booking.Season, error)
	plan   func() (*booking.Plan, error)
	nodes  func() ([]Node, error)
	mongo  func() error // nil: MongoDB answers
}

// subject is one thing to look at.
type subject func(ctx context.Context, v *view) []wire.CheckLine

// subjects are all subjects, in the order of the report.
func subjects() []subject {
	return []subject{
		startable,
		redisReachable, redisVersion, redisRights, redisIdentity, redisLog, redisEviction, redisMemory, redisSlots,
		clocks,
		mongoReachable, mongoWrites, mongoIndexes,
		keyFiles, sameKeys,
		publicURL, signIn, payments,
		opening, seatPlan, prices, activeLimit,
		nodesRunning, openFiles,
		beacon, feeds, mails,
	}
}

// Run looks at every subject, all at the same time, and returns the report.
func Run(ctx context.Context, t Target) wire.CheckReport {
	report := wire.CheckReport{Season: t.Season, StartedAt: wire.At(t.Now()), OK: true}
	v := newView(ctx, &t)
	all := subjects()
	found := make([][]wire.CheckLine, len(all))
	var looking sync.WaitGroup
	for i, look := range all {
		looking.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, subjectTime)
			defer cancel()
			found[i] = look(ctx, v)
		})
	}
	looking.Wait()
	for _, lines := range found {
		report.Lines = append(report.Lines, lines...)
	}
	for _, line := range report.Lines {
		report.OK = report.OK && line.State != wire.CheckFail
	}
	report.Fans, _ = v.fans()
	report.FinishedAt = wire.At(t.Now())
	return report
}

func newView(ctx context.Context, t *Target) *view {
	within := func() (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, subjectTime) }
	return &view{
		Target: t,
		season: sync.OnceValues(func() (booking.Season, error) {
			ctx, cancel := within()
			defer cancel()
			return t.SeasonOf(ctx, t.Season)
		}),
		plan: sync.OnceValues(func() (*booking.Plan, error) {
			ctx, cancel := within()
			defer cancel()
			return t.PlanOf(ctx, t.Season)
		}),
		nodes: sync.OnceValues(func() ([]Node, error) {
			ctx, cancel := within()
			defer cancel()
			return t.Nodes(ctx)
		}),
		mongo: sync.OnceValue(func() error {
			ctx, cancel := within()
			defer cancel()
			return t.Mongo.Client().Ping(ctx, nil)
		}),
	}
}

// fans is the expected crowd. given says whether the operator named it; otherwise it
// is an assumption, 0 without a plan.
func (v *view) fans() (n int, given bool) {
	if v.Fans > 0 {
		return v.Fans, true
	}
	plan, err := v.plan()
	if err != nil {
		return 0, false
	}
	return fansPerSeat * len(onSale(plan)), false
}

// onSale are the seats of a plan that fans can buy.
func onSale(plan *booking.Plan) (seats []booking.Seat) {
	for _, seat := range plan.Seats {
		if !seat.Blocked {
			seats = append(seats, seat)
		}
	}
	return seats
}
