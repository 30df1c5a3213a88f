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

// season is this node's mirror of one season's line, and the way to its
// scripts. It keeps no truth.
type season struct {
	q    *Queue
	id   string
	keys []string

	epoch   atomic.Int64 // the epoch last heard of; 0: none yet
	ahead   atomic.Int64 // by how many µs Redis' clock was ahead of ours at the last answer; 0: not known
	opening sync.Mutex   // held while this node opens an epoch or raises the ceiling
	raised  time.Time    // when this node last raised the ceiling; guarded by opening

	join, touch, look, enter, leave, connect *batch.Batcher[question, answer]

	wake    chan struct{} // there is something to do before the next tick
	drawDue chan struct{} // the line is frozen and its draw is to be held
	low     atomic.Bool   // the numbers the ledger allows are nearly used up

	ledgerDue chan struct{} // there is something to do that needs the ledger
	draws     drawMemory

	// Owned by the season's loop.
	positions   positions
	positionsAt time.Time // when the picture was last read
	acks        []socket  // pairs of mail this node has heard, for the next tick
	mismatched  int       // ticks in a row that counted other sockets than this node has
	outage      bool      // the last tick failed, and was logged
	deferred    time.Time // when a position held back for its pace may go out; zero: none
	lastRefresh counts    // the counts that go with the picture

	mu         sync.Mutex
	watched    bool
	running    bool
	followers  map[string]*follower
	waiters    []waiter             // those of them who wait or gather
	placed     map[string]*follower // those in turn or active
	arriving   map[string]*arrival  // users whose Connect is under way
	gone       []socket             // sockets to take out of Redis
	bringing   map[string]userState // places lost with an earlier epoch, to be brought back …
	bringingIn int64                // … in this one
	resumed    int64                // the epoch in which this node's sockets are entered
	seen       version              // the newest heard of the season
	atFront    bool                 // a follower here is within the first hundred
	paused     time.Duration        // for how long in all this node has seen the line paused …
	pausedAt   time.Time            // … up to this tick; zero: it was not paused then
	newsEpoch  int64                // the epoch of the news last heard
	newsCount  int64                // its count; -1: not known yet
	todo       tasks
}

// chores are what the loop was asked to do before its next tick.
type tasks struct {
	positions bool      // the line moved under users near the front
	resync    string    // why everybody's standing must be read again; "": no need
	news      int64     // how much news there had been at the last tick
	checkAt   time.Time // when to see whether it has arrived; zero: never
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
	s.connect = batch.New(func(ctx context.Context, asked []question) ([]answer, error) {
		return s.ask(ctx, connectScript, []any{q.o.Node, 0, s.deadline(connectTime)}, asked)
	})
	return s
}

// asking is one user's part of a script call; without a user only the counts
// are asked for.
type question struct {
	user string
	args []any // what stands after the user in ARGV
}

// answer is one user's part of a reply.
type answer struct {
	counts counts
	state  userState
	extra  string // the script's word on this user, where it has one

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

// deadline is a time from now by Redis' clock, in ms; 0 while that is not known.
func (s *season) deadline(in time.Duration) int64 {
	ahead := s.ahead.Load()
	if ahead == 0 {
		return 0
	}
	return (s.q.o.Now().Add(in).UnixMicro() + ahead) / 1000
}

// rouse makes the loop look at its chores.
func (s *season) wakeLoop() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
