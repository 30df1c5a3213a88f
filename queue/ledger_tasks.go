package queue

import (
	"context"
	"strings"
)

// needLedger asks for what needs the ledger to be done soon.
func (s *season) needLedger() {
	select {
	case s.ledgerDue <- struct{}{}:
	default:
	}
}

// errandLoop does until ctx ends what the tick finds to be done with the ledger.
// It is no part of the tick: heartbeats and pushes must not wait for MongoDB.
func (s *season) ledgerLoop(ctx context.Context) {
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ledgerDue:
		}
		err := s.runLedgerTasks(ctx)
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
func (s *season) runLedgerTasks(ctx context.Context) error {
	if s.low.Load() {
		if err := s.raiseCeiling(ctx); err != nil {
			return err
		}
		s.low.Store(false)
	}
	return s.bringBack(ctx)
}

// giveUpBatch is how many given-up numbers the ledger is told of at once.
const giveUpBatch = 500

// giveUpLoop tells the ledger until ctx ends which numbers were given up, so
// that a place somebody left or missed does not come back in a later epoch. It
// is no part of the tick: the heartbeat must not wait for MongoDB.
func (s *season) giveUpLoop(ctx context.Context) {
	for ctx.Err() == nil {
		// What fails stays in Redis for the next time, on any node.
		if err := s.giveUpOnce(ctx); err != nil && ctx.Err() == nil {
			s.q.log.Debug("given-up numbers wait for the ledger", "season", s.id, "error", err)
		}
		pause(ctx, tickEvery)
	}
}

// giveUpOnce moves one batch from Redis to the ledger. Many nodes may move the
// same: a number is noted once, and forgotten by Redis only then.
func (s *season) giveUpOnce(ctx context.Context) error {
	client := s.q.o.Redis
	members, err := client.SRandMemberN(ctx, s.keys[keyGivenUp], giveUpBatch).Result()
	if err != nil || len(members) == 0 {
		return err
	}
	given, moved := make([]userState, len(members)), make([]any, len(members))
	for i, member := range members {
		place, user, _ := strings.Cut(member, " ")
		origin, number, _ := strings.Cut(place, "/")
		given[i], moved[i] = userState{User: user, Origin: whole(origin), Number: whole(number)}, member
	}
	if err := s.q.ledger.giveUp(ctx, s.id, given); err != nil {
		return err
	}
	return client.SRem(ctx, s.keys[keyGivenUp], moved...).Err()
}
