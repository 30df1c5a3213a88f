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
// recording is judged, by what was learnt later. An outcome of 0 says nothing of
// the house, and the act is left out.
func (r *Recorder) Do(o Op, do func(*Op)) *Op {
	made := &o
	made.Call = time.Since(r.began)
	do(made)
	made.Return = time.Since(r.began)
	if made.Outcome == Unknown {
		made.Return = Forever
	}
	r.add(made)
	return made
}

// Add puts in an operation that was learnt of afterwards.
func (r *Recorder) Add(o Op) { r.add(&o) }

func (r *Recorder) add(o *Op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, o)
}

// Ops are the operations so far, by when they were asked for.
func (r *Recorder) Ops() []Op {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ops []Op
	for _, o := range r.ops {
		if o.Outcome != 0 {
			ops = append(ops, *o)
		}
	}
	slices.SortStableFunc(ops, func(a, b Op) int { return int(a.Call - b.Call) })
	return ops
}
