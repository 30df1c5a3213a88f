package seats

import (
	"context"
	"time"

	"usher/booking/seatmap"
	"usher/internal/store"
)

const (
	askedPause = 20 * time.Millisecond // between two readings that callers of Snapshot cause
	askedWait  = time.Second           // how long a caller waits for a reading when there is an older snapshot
)

// Snapshot returns every seat's status, from memory. It contains every change
// that this node had made when Snapshot was called, so that a client reads its
// own writes; changes of other nodes are in it within a tick. While Redis does
// not answer, the last snapshot stays. Errors: not_found, unavailable while a
// season is being made ready.
func (s *Store) Snapshot(ctx context.Context, season string) (*seatmap.Snapshot, error) {
	if _, err := s.Source.Settings(ctx, season); err != nil {
		return nil, err
	}
	m := s.MirrorOf(season)
	acts := m.Acts.Load()
	if snapshot := m.upTo(acts); snapshot != nil {
		return snapshot, nil
	}
	if err := s.readFor(ctx, m, acts); err != nil {
		return nil, store.Fault(err)
	}
	return m.Snapshot.Load(), nil
}

// upTo returns the snapshot if it contains the first acts changes of this node,
// else nil.
func (m *mirror) upTo(acts int64) *seatmap.Snapshot {
	if m.read.Load() < acts {
		return nil
	}
	return m.Snapshot.Load()
}

// readFor reads the mirror until it contains the first acts changes of this
// node. Callers share readings, and readings keep a distance, so that many
// changes and many readers together cost no more than fifty readings a second.
func (s *Store) readFor(ctx context.Context, m *mirror, acts int64) error {
	within := ctx
	if m.Snapshot.Load() != nil {
		var stop context.CancelFunc
		within, stop = context.WithTimeout(ctx, askedWait)
		defer stop()
	}
	err := s.readOnce(within, m, acts)
	if err == nil || ctx.Err() != nil || m.Snapshot.Load() == nil {
		return err
	}
	// The last snapshot stays. The next caller must not wait for the same failure.
	s.Log.DebugContext(ctx, "reading the seats failed: answering from the last snapshot", "season", m.season, "error", err)
	for known := m.read.Load(); known < acts && !m.read.CompareAndSwap(known, acts); known = m.read.Load() {
	}
	return nil
}

func (s *Store) readOnce(ctx context.Context, m *mirror, acts int64) error {
	select {
	case m.reading <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.reading }()
	if m.upTo(acts) != nil {
		return nil // another caller has read it
	}
	if rest := time.Until(m.asked.Add(askedPause)); rest > 0 {
		pause := time.NewTimer(rest)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.asked = time.Now()
	return s.readMirrorLocked(ctx, m)
}
