package linear

import (
	"slices"
	"sync"
	"time"
)

// Recorder collects what clients did. Safe for concurrent use.
type Recorder struct {
	began time.Time

	mu  sync.Mutex
	ops []*Op
}

// NewRecorder begins a recording.
func NewRecorder() *Recorder { return &Recorder{began: time.Now()} }

// Since is a moment as Ops have it. Deadlines come from Redis' clock, which must
// be this machine's.
func (r *Recorder) Since(at time.Time) time.Duration { return at.Sub(r.began) }

// Do records an act: do makes the request and fills in what came of it. It
// returns the operation, whose outcome may be made more precise until the
// recording is judged, by what was learnt later.
func (r *Recorder) Do(o Op, do func(*Op)) *Op {
	made := &o
	made.Call = time.Since(r.began)
	do(made)
	made.Return = time.Since(r.began)
	if made.Outcome == Unknown {
		made.Return = Forever
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, made)
	return made
}

// Ops are the operations so far, by when they were asked for.
func (r *Recorder) Ops() []Op {
	r.mu.Lock()
	defer r.mu.Unlock()
	ops := make([]Op, len(r.ops))
	for i, o := range r.ops {
		ops[i] = *o
	}
	slices.SortStableFunc(ops, func(a, b Op) int { return int(a.Call - b.Call) })
	return ops
}
