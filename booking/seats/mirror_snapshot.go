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

// Snapshot returns every seat's status, from memory. The snapshot contains every
// change that this node had made when Snapshot was called, so a client reads its own
// writes. Changes of other nodes are in it within a tick. While Redis does not answer,
// the last snapshot stays. Errors: not_found, unavailable while a season is being made
// ready.
func (s *Store) Snapshot(ctx context.Context, season string) (*seatmap.Snapshot, error) {
	if _, err := s.Source.Settings(ctx, season); err != nil {
		return nil, err
	}
	m := s.MirrorOf(season)
	made := m.made.Load()
	if snapshot := m.including(made); snapshot != nil {
		return snapshot, nil
	}
	if err := s.readFor(ctx, m, made); err != nil {
		return nil, store.Fault(err)
	}
	return m.Snapshot.Load(), nil
}

// including returns the snapshot if it contains the first n changes of this node, else
// nil.
func (m *mirror) including(n int64) *seatmap.Snapshot {
	if m.included.Load() < n {
		return nil
	}
	return m.Snapshot.Load()
}

// readFor reads the mirror until the snapshot contains the first n changes of this
// node. Callers share readings, and readings keep a distance: many changes and many
// callers together cost no more than fifty readings a second.
func (s *Store) readFor(ctx context.Context, m *mirror, n int64) error {
	within := ctx
	if m.Snapshot.Load() != nil {
		var stop context.CancelFunc
		within, stop = context.WithTimeout(ctx, askedWait)
		defer stop()
	}
	err := s.readOnce(within, m, n)
	if err == nil || ctx.Err() != nil || m.Snapshot.Load() == nil {
		return err
	}
	// The last snapshot stays. The next caller must not wait for the same failure.
	s.Log.DebugContext(ctx, "reading the seats failed: answering from the last snapshot", "season", m.season, "error", err)
	for known := m.included.Load(); known < n && !m.included.CompareAndSwap(known, n); known = m.included.Load() {
	}
	return nil
}

func (s *Store) readOnce(ctx context.Context, m *mirror, n int64) error {
	select {
	case m.reading <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.reading }()
	if m.including(n) != nil {
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
