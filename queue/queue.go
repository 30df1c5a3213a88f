package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/keys"
)

// Options configures a Queue.
type Options struct {
	Redis redis.UniversalClient
	Mongo *mongo.Database // the ledger: epochs, admissions
	Keys  *keys.Ring      // signs places
	Node  string          // this node's id, unique among living nodes

	// Settings gives a season's settings when its Redis data has to be made
	// anew.
	Settings func(ctx context.Context, season string) (Settings, error)
	// BeforeEpoch is called before a season's epoch key is set, with the new
	// epoch: what else lies in Redis for the season is rebuilt here. It may be
	// called twice, and on several nodes at once.
	BeforeEpoch func(ctx context.Context, season string, epoch int64) error
	// Notify hears what users with a socket here should hear. It must not block.
	Notify func([]Event)
	// Gather is how long a lost line gathers before admission goes on; default
	// 30 s.
	Gather time.Duration

	Logger     *slog.Logger          // default: discard
	Registerer prometheus.Registerer // nil: no metrics
}

// Queue is a node's view of every season's line. Safe for concurrent use.
type Queue struct{ o Options }

// New checks the options. Nothing runs before Run.
func New(o Options) (*Queue, error) { return &Queue{o: o}, nil }

// Run keeps the mirrors, heartbeats and subscriptions until ctx ends, then marks
// this node's users as having no socket here and returns nil.
func (q *Queue) Run(ctx context.Context) error { panic("queue: not built") }

// Watch makes this node keep a season's mirror and its share of the ticking.
func (q *Queue) Watch(season string) { panic("queue: not built") }

// Configure lays a season's settings beside its line. An older revision than
// the one there changes nothing.
func (q *Queue) Configure(ctx context.Context, season string, s Settings) error {
	panic("queue: not built")
}

// Join puts a user in line, or in at once when there is room and nobody present
// waits. Repeating it changes nothing. A place from an earlier epoch brings its
// number back. Errors: season_closed, invalid_request (place), unavailable.
func (q *Queue) Join(ctx context.Context, season, user, place string) (Status, error) {
	panic("queue: not built")
}

// Enter turns a turn into an active place. Errors: conflict when there is no
// turn; entering while active changes nothing and is no error.
func (q *Queue) Enter(ctx context.Context, season, user string) (Status, error) {
	panic("queue: not built")
}

// Leave gives up the place in line, the turn or the active place, and admits the
// next in the same script.
func (q *Queue) Leave(ctx context.Context, season, user string) (Status, error) {
	panic("queue: not built")
}

// PutOut is Leave by an admin: the user hears lapsed, put_out.
func (q *Queue) PutOut(ctx context.Context, season, user string) (Status, error) {
	panic("queue: not built")
}

// Status returns a user's standing and counts as a sign of life. With user ""
// it returns the public counts.
func (q *Queue) Status(ctx context.Context, season, user string) (Status, error) {
	panic("queue: not built")
}

// Connect says that a socket of this user is opening on this node. The number
// it returns is the newest of the user's connections; older sockets anywhere
// hear Replaced. Events for the user are held back until Follow.
func (q *Queue) Connect(ctx context.Context, season, user string) (conn int64, status Status, err error) {
	panic("queue: not built")
}

// Follow releases the events of a connected user: its socket has sent welcome.
func (q *Queue) Follow(season, user string, conn int64) { panic("queue: not built") }

// Disconnect says that the socket is gone. If conn is no longer the user's
// newest it marks nobody absent.
func (q *Queue) Disconnect(season, user string, conn int64) { panic("queue: not built") }

// Live returns the figures of the admin page.
func (q *Queue) Live(ctx context.Context, season string) (Live, error) { panic("queue: not built") }

// Line returns users in line in order, from cursor ("" is the front), and the
// next cursor, "" at the end.
func (q *Queue) Line(ctx context.Context, season, cursor string, limit int) (rows []Row, next string, err error) {
	panic("queue: not built")
}

// Audit returns each violated invariant of the season's line as one sentence.
func (q *Queue) Audit(ctx context.Context, season string) ([]string, error) {
	panic("queue: not built")
}
