package seats

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"usher/booking/seatmap"
)

const (
	mirrorTick    = time.Second            // how long a lost message goes unnoticed
	mirrorPause   = 100 * time.Millisecond // between two readings: changes are merged, ten a second
	sweepGap      = 100 * time.Millisecond // between two sweeps of a season, by any nodes
	cartsPerSweep = 500
	openingTime   = 5 * time.Second // how long a season may be unopened before that is worth a warning
)

// mirror is what a node knows of a season's seats.
type mirror struct {
	season   string
	Snapshot atomic.Pointer[seatmap.Snapshot]
	woken    chan struct{} // holds one token while there is something to read

	reading chan struct{} // has a token during a reading: one at a time, so each is compared with the one before
	asked   time.Time     // guarded by reading: when a caller of Snapshot last caused a reading

	made     atomic.Int64 // how many changes this node has made; each counts when its script has returned
	included atomic.Int64 // how many of them the snapshot is sure to contain

	failing time.Time // owned by keepMirror: since when readings fail, zero while they do not
	warned  bool      // owned by keepMirror: a warning was logged since then

	mu       sync.Mutex
	notified int64 // the version up to which every change of a cart was passed to Notify; -1: nothing has been read yet
}

// MirrorOf returns the mirror of a season that exists.
func (s *Store) MirrorOf(season string) *mirror {
	if known, ok := s.mirrors.Load(season); ok {
		return known.(*mirror)
	}
	fresh := &mirror{season: season, woken: make(chan struct{}, 1), reading: make(chan struct{}, 1), notified: -1}
	kept, _ := s.mirrors.LoadOrStore(season, fresh)
	return kept.(*mirror)
}

// wake asks for a reading soon.
func (m *mirror) wake() {
	select {
	case m.woken <- struct{}{}:
	default: // a reading is asked for already
	}
}

// keepMirror keeps a season's mirror and does this node's share of the season's sweeps
// until ctx ends.
func (s *Store) keepMirror(ctx context.Context, m *mirror) {
	tick := time.NewTimer(0)
	defer tick.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.woken:
		case <-tick.C:
			tick.Reset(s.Sweep(ctx, m.season))
		}
		if err := s.ReadMirror(ctx, m); ctx.Err() == nil {
			s.noteReading(ctx, m, err)
		}
		pause.Reset(mirrorPause)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// noteReading warns once when readings fail, until one succeeds. A season that is not
// opened is no failure at first: a node is opening it.
func (s *Store) noteReading(ctx context.Context, m *mirror, err error) {
	if err == nil {
		m.failing, m.warned = time.Time{}, false
		return
	}
	if m.failing.IsZero() {
		m.failing = time.Now()
	}
	const what = "reading the seats failed: the last snapshot stays"
	switch {
	case errors.Is(err, errClosed) && time.Since(m.failing) < openingTime:
		s.Log.DebugContext(ctx, what, "season", m.season, "error", err)
	case !m.warned:
		m.warned = true
		s.Log.WarnContext(ctx, what, "season", m.season, "error", err)
	}
}

// Sweep takes the holds that have ended out of a season's carts and returns when to
// sweep again. The reading that follows reports a failure.
func (s *Store) Sweep(ctx context.Context, season string) time.Duration {
	var r sweepReply
	if _, err := s.call(ctx, s.Scripts.sweep, season, &r, sweepGap.Milliseconds(), cartsPerSweep); err != nil {
		return mirrorTick
	}
	return min(mirrorTick, max(time.Millisecond, r.next))
}
