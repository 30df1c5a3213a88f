package seats

import (
	"context"

	"usher/booking/seatmap"
)

// ReadMirror reads a season's seats once and passes the changes to Notify.
func (s *Store) ReadMirror(ctx context.Context, m *mirror) error {
	select {
	case m.reading <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.reading }()
	return s.readMirrorLocked(ctx, m)
}

// readMirrorLocked is ReadMirror for a caller that holds m.reading.
func (s *Store) readMirrorLocked(ctx context.Context, m *mirror) error {
	made := m.made.Load()
	before := m.Snapshot.Load()
	known := int64(-1)
	if before != nil {
		known = before.Version
	}
	m.mu.Lock()
	notified := m.notified
	m.mu.Unlock()

	var r snapshotReply
	outcome, err := s.callAt(ctx, s.Scripts.snapshot, m.season, 0, &r, known, notified)
	if err != nil {
		return err
	}
	if outcome == outcomeClosed {
		return errNotOpened(m.season)
	}
	s.epochs.Store(m.season, r.epoch)
	if err := s.reconcile(ctx, m.season, r.plan, r.described, r.revision); err != nil {
		return err
	}
	if before != nil && r.version < before.Version {
		return s.repairLoss(ctx, m, r.epoch, before.Version)
	}
	if outcome == outcomeSame {
		if before.Acts < made {
			m.Snapshot.Store(before.With(made))
		}
		m.included.Store(made)
		return nil
	}
	plan, err := s.Source.Plan(ctx, m.season)
	if err != nil {
		return err
	}
	after := seatmap.NewSnapshot(plan.Plan, r.version, seatmap.Bitmaps{Held: r.held, Taken: r.taken, Booked: r.booked, Allotted: r.allotted})
	after.Acts = made
	m.Snapshot.Store(after)
	m.included.Store(made)
	s.HeldSeats(m.season, seatmap.CountBits(r.held))
	if events := s.eventsOf(ctx, m.season, before, after, r.carts); len(events) > 0 {
		s.Notify(events)
	}
	m.mu.Lock()
	m.notified = max(m.notified, r.version)
	m.mu.Unlock()
	return nil
}

// eventsOf returns the events of a reading: a delta between two snapshots, and the
// carts of the messages.
func (s *Store) eventsOf(ctx context.Context, season string, before, after *seatmap.Snapshot, carts []string) (events []Event) {
	if before != nil {
		if delta := after.Since(before); delta != nil {
			events = append(events, Event{Season: season, Delta: delta, Freed: after.AnyFree() && !before.AnyFree()})
		}
	}
	for _, text := range carts {
		message, err := parseMessage(text)
		if err != nil {
			s.Log.WarnContext(ctx, "reading the change of a cart failed: it is ignored", "season", season, "error", err)
			continue
		}
		if event, ok := s.cartEvent(ctx, season, message); ok {
			events = append(events, event)
		}
	}
	return events
}

// repairLoss repairs a season whose Redis has lost its last changes but not its epoch:
// after a failover, or when the end of an append-only file is lost. repairLoss marks
// the claimed seats again and lifts the version above the snapshot's. The next reading
// passes on the seats and carts that are left.
func (s *Store) repairLoss(ctx context.Context, m *mirror, epoch, shown int64) error {
	s.Log.WarnContext(ctx, "seats: Redis data loss detected, marking the claimed seats again", "season", m.season, "epoch", epoch, "version", shown)
	if err := s.rebuild(ctx, m.season, epoch, shown+1); err != nil {
		return err
	}
	m.mu.Lock()
	m.notified = min(m.notified, 0)
	m.mu.Unlock()
	m.wake()
	return nil
}

// reconcile brings this node's plan up to the version in Redis, or Redis up to MongoDB
// when a node died between writing the two, or when a node of an older program wrote the
// plan without its description.
func (s *Store) reconcile(ctx context.Context, season string, plan, described, revision int64) error {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return err
	}
	known, err := s.Source.Plan(ctx, season)
	if err != nil {
		return err
	}
	if plan > known.Version {
		if known, err = s.Source.ReloadPlan(ctx, season); err != nil {
			return err
		}
	}
	if plan < known.Version || described != plan || revision < settings.Revision {
		return s.Configure(ctx, settings, &known, 0)
	}
	return nil
}
