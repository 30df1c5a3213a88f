package queue

import "context"

// needLedger asks for what needs the ledger to be done soon.
func (s *season) needLedger() {
	select {
	case s.ledgerDue <- struct{}{}:
	default:
	}
}

// errandLoop does until ctx ends what the tick finds to be done with the ledger.
// It is no part of the tick: heartbeats and pushes must not wait for MongoDB.
func (s *season) errandLoop(ctx context.Context) {
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ledgerDue:
		}
		err := s.runErrands(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.q.log.Warn("places and numbers wait for the ledger", "season", s.id, "error", err)
		}
		if failing = err != nil; failing {
			s.needLedger()
			pause(ctx, tickEvery)
		}
	}
}

// runErrands raises the ceiling of numbers when the tick has found it low, and
// brings back the places of those here that were lost with an earlier epoch.
func (s *season) runErrands(ctx context.Context) error {
	if s.low.Load() {
		if err := s.raiseCeiling(ctx); err != nil {
			return err
		}
		s.low.Store(false)
	}
	return s.bringBack(ctx)
}
