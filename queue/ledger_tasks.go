package queue

import (
	"context"
	"strings"
)

// needLedger wakes ledgerLoop.
func (s *season) needLedger() {
	select {
	case s.ledgerDue <- struct{}{}:
	default:
	}
}

// ledgerLoop does tasks that need the ledger until ctx ends. It runs apart from
// the tick, because heartbeats and pushes must not wait for MongoDB.
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
			s.q.log.Warn("writing to the ledger failed: bringing back places and raising the ceiling are tried again", "season", s.id, "error", err)
		}
		if failing = err != nil; failing {
			s.needLedger()
			pause(ctx, tickEvery)
		}
	}
}

// runLedgerTasks raises the ceiling of numbers when the tick found it low, and
// brings back the places of users here that were lost with an earlier epoch.
func (s *season) runLedgerTasks(ctx context.Context) error {
	if s.low.Load() {
		if err := s.raiseCeiling(ctx); err != nil {
			return err
		}
		s.low.Store(false)
	}
	return s.bringBack(ctx)
}

// giveUpBatch is how many given-up numbers are recorded at once.
const giveUpBatch = 500

// giveUpLoop records given-up numbers in the ledger until ctx ends, so that a
// place which a user left or missed does not come back in a later epoch. It runs
// apart from the tick, because the heartbeat must not wait for MongoDB.
func (s *season) giveUpLoop(ctx context.Context) {
	for ctx.Err() == nil {
		// After an error the numbers stay in Redis, for the next attempt of any node.
		if err := s.giveUpOnce(ctx); err != nil && ctx.Err() == nil {
			s.q.log.Debug("recording given-up numbers failed: they stay in Redis and are tried again", "season", s.id, "error", err)
		}
		pause(ctx, tickEvery)
	}
}

// giveUpOnce moves one batch from Redis to the ledger. Several nodes may move the
// same numbers: each is recorded once, and removed from Redis only after that.
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
