package queue

import (
	"context"
	"strings"
)

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
	given, moved := make([]record, len(members)), make([]any, len(members))
	for i, member := range members {
		place, user, _ := strings.Cut(member, " ")
		origin, number, _ := strings.Cut(place, "/")
		given[i], moved[i] = record{User: user, Origin: whole(origin), Number: whole(number)}, member
	}
	if err := s.q.ledger.giveUp(ctx, s.id, given); err != nil {
		return err
	}
	return client.SRem(ctx, s.keys[keyGivenUp], moved...).Err()
}
