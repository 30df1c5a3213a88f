package queue

import (
	"cmp"
	"context"
	"slices"
)

// resume enters every socket of this node again: at its first tick, after it was
// taken for dead, and in a new epoch. In a new epoch the places of those here
// are brought back first, from this node's memory, as a fan would bring the
// signed one: only unspent ones of earlier epochs.
func (s *season) resume(ctx context.Context, epoch int64) error {
	if err := s.bringBack(ctx, epoch); err != nil {
		return err
	}
	s.mu.Lock()
	sockets := make([]departure, 0, len(s.followers))
	for user, f := range s.followers {
		if f.replaced == 0 {
			sockets = append(sockets, departure{user, f.conn})
		}
	}
	before := s.resumed
	s.mu.Unlock()
	// The oldest first: whoever is entered late may see a place go to somebody
	// behind, and which users those are must not be left to a map.
	slices.SortFunc(sockets, func(a, b departure) int { return cmp.Compare(a.conn, b.conn) })
	if err := s.enterSockets(ctx, sockets, true); err != nil {
		return err
	}
	s.mu.Lock()
	s.resumed = epoch
	s.mu.Unlock()
	if before != 0 {
		s.q.metrics.resyncs.WithLabelValues("resumed").Inc()
	}
	if err := s.lookAgain(ctx, s.everybody()); err != nil {
		s.askResync("resumed")
		return err
	}
	r, err := s.call(ctx, pictureScript)
	if err != nil {
		return err
	}
	return s.refresh(ctx, r.counts, r.extra)
}

// bringBack joins those who waited here in an earlier epoch, or had a turn, by
// their numbers.
func (s *season) bringBack(ctx context.Context, epoch int64) error {
	var waited []record
	s.mu.Lock()
	for _, f := range s.followers {
		// A turn that was not taken has spent nothing.
		in := f.record.State == Waiting || f.record.State == Gathering || f.record.State == Turn
		if in && f.at.epoch < epoch && f.record.Origin < epoch {
			waited = append(waited, f.record)
		}
	}
	s.mu.Unlock()
	for len(waited) > 0 {
		n := min(len(waited), batchSize)
		unspent, err := s.q.ledger.unspent(ctx, s.id, waited[:n])
		if err != nil {
			return err
		}
		waited = waited[n:]
		var args []any
		for _, r := range unspent {
			args = append(args, r.User, r.bring())
		}
		if len(args) == 0 {
			continue
		}
		r, err := s.call(ctx, joinScript, args...)
		if err != nil {
			return err
		}
		if err := s.bringDrawn(ctx, epoch, unspent, r.extra); err != nil {
			return err
		}
	}
	return nil
}
