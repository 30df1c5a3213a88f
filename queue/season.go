package queue

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/batch"
)

// Bounds of one call to Redis.
const (
	batchSize  = batch.Size    // users in one script run, at most
	runTimeout = batch.Timeout // the longest one run may take
)

// season is this node's mirror of one season's line, and calls the season's
// scripts. Redis holds the truth.
type season struct {
	q    *Queue
	id   string
	keys []string

	epoch   atomic.Int64 // the latest epoch known; 0: none yet
	ahead   atomic.Int64 // by how many µs Redis' clock was ahead of this node's at the last reply; 0: unknown
	opening sync.Mutex   // held while this node opens an epoch or raises the ceiling
	raised  time.Time    // when this node last raised the ceiling; guarded by opening

	join, touch, look, enter, leave, connect, wish *batch.Batcher[question, answer]

	wake    chan struct{} // wakes the loop before the next tick
	drawDue chan struct{} // wakes drawLoop: the line is frozen for a draw, or users gather for one
	low     atomic.Bool   // the numbers that the ledger allows are nearly used up

	ledgerDue  chan struct{} // wakes ledgerLoop
	draws      drawMemory
	gatherKept atomic.Int64 // the draw whose beginning of the gathering the ledger has

	// Owned by the season's loop.
	positions   positions
	positionsAt time.Time   // when the bitmap was last read
	acks        []socket    // mail that this node has handled, to be deleted by the next tick
	mismatched  int         // ticks in a row in which Redis had another number of sockets than this node
	outage      atomic.Bool // the last tick failed, and the error was logged
	deferred    time.Time   // when a position held back for its pace may be sent; zero: none
	lastRefresh counts      // the counts of the same moment as the bitmap
	passesTold  string      // counts.Passes at the last look for users passed over

	mu         sync.Mutex
	watched    bool
	running    bool
	stop       context.CancelFunc // ends the loops; nil before they run
	ended      chan struct{}      // closed when the loops have ended
	followers  map[string]*follower
	waiters    []waiter             // followers who wait or gather
	placed     map[string]*follower // followers with a turn or active
	arriving   map[string]*arrival  // users whose Connect is in flight
	gone       []socket             // closed sockets to remove from Redis
	bringing   map[string]userState // places lost with an earlier epoch, to be brought back …
	bringingIn int64                // … in this epoch
	resumed    int64                // the epoch in which this node's sockets are registered
	seen       version              // the newest version seen
	atFront    bool                 // a follower here is within the first hundred
	paused     time.Duration        // for how long in total this node has seen the line paused …
	pausedAt   time.Time            // … up to this tick; zero: it was not paused at the last tick
	newsEpoch  int64                // the epoch of the last news received
	newsCount  int64                // its count; -1: unknown
	todo       tasks
}

// tasks are what the loop must do before its next tick.
type tasks struct {
	positions bool      // read the bitmap: the line moved near users at the front
	admit     bool      // run a script: seats came back, so users may be admitted
	resync    string    // why all states must be read again; "": they need not
	news      int64     // the count of news at the last tick
	checkAt   time.Time // when to check that this news has arrived; zero: no check
}

func newSeason(q *Queue, id string) *season {
	s := &season{
		q: q, id: id, keys: keysOf(id),
		wake:      make(chan struct{}, 1),
		drawDue:   make(chan struct{}, 1),
		ledgerDue: make(chan struct{}, 1),
		bringing:  map[string]userState{},
		followers: map[string]*follower{},
		placed:    map[string]*follower{},
		arriving:  map[string]*arrival{},
		newsCount: -1,
		draws:     drawMemory{held: map[int64]*HeldDraw{}},
	}
	shared := func(script *script, head ...any) *batch.Batcher[question, answer] {
		return batch.New(func(ctx context.Context, asked []question) ([]answer, error) {
			return s.ask(ctx, script, head, asked)
		})
	}
	s.join = batch.New(func(ctx context.Context, asked []question) ([]answer, error) {
		return s.askBy(ctx, q.o.Redis, joinScript, nil, asked, s.deadline(connectTime))
	})
	s.touch = shared(touchScript, "touch")
	s.look = shared(touchScript, "look")
	s.enter = batch.New(func(ctx context.Context, asked []question) ([]answer, error) {
		return s.askBy(ctx, once{q.o.Redis}, enterScript, nil, asked)
	})
	s.leave = shared(leaveScript)
	s.wish = shared(wishScript)
	s.connect = batch.New(func(ctx context.Context, asked []question) ([]answer, error) {
		return s.ask(ctx, connectScript, []any{q.o.Node, 0, s.deadline(connectTime)}, asked)
	})
	return s
}

// question is one user's part of a script call. Without a user it asks for the
// counts only.
type question struct {
	user string
	args []any // arguments behind the user in ARGV
}

// answer is one user's part of a reply.
type answer struct {
	counts counts
	state  userState
	extra  string // the script's extra text for this user, if any

	ranBefore bool // as in reply
}

// ask runs a script for many users.
func (s *season) ask(ctx context.Context, script *script, head []any, asked []question) ([]answer, error) {
	return s.askBy(ctx, s.q.o.Redis, script, head, asked)
}

func (s *season) askBy(ctx context.Context, client redis.Scripter, script *script, head []any, asked []question, tail ...any) ([]answer, error) {
	args := append([]any(nil), head...)
	for _, a := range asked {
		if a.user != "" {
			args = append(append(args, a.user), a.args...)
		}
	}
	r, err := s.callBy(ctx, client, script, append(args, tail...))
	if err != nil {
		return nil, err
	}
	answers := make([]answer, len(asked))
	extra, next := r.perUser(), 0
	for i, a := range asked {
		answers[i].counts, answers[i].ranBefore = r.counts, r.ranBefore
		if a.user == "" {
			answers[i].state.State = None
			continue
		}
		answers[i].state = r.states[next]
		if next < len(extra) {
			answers[i].extra = extra[next]
		}
		next++
	}
	return answers, nil
}

// deadline is a time from now on Redis' clock, in ms; 0 while that clock is
// unknown.
func (s *season) deadline(in time.Duration) int64 {
	ahead := s.ahead.Load()
	if ahead == 0 {
		return 0
	}
	return (s.q.o.Now().Add(in).UnixMicro() + ahead) / 1000
}

// wakeLoop makes the loop do its tasks now.
func (s *season) wakeLoop() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
