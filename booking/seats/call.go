package seats

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
)

// call runs a script for a season and reads its reply into values; see decode. The
// caller judges the outcome. A season whose data is not opened is fault.Unavailable:
// the queue opens it within a second. Errors of Redis come back as they are: the
// exported methods pass them through store.Fault.
func (s *Store) call(ctx context.Context, script *redis.Script, season string, values reply, args ...any) (outcome, error) {
	raw, err := s.run(ctx, script, season, args...)
	if err != nil {
		return "", err
	}
	return decode(raw, values)
}

// callAt does the same under a given epoch, and also for a script that ignores the
// epoch.
func (s *Store) callAt(ctx context.Context, script *redis.Script, season string, epoch int64, values reply, args ...any) (outcome, error) {
	raw, err := s.runAt(ctx, script, season, epoch, args...)
	if err != nil {
		return "", err
	}
	return decode(raw, values)
}

// run runs a script in the epoch that this node knows and returns the reply as Redis
// gives it. When the epoch has changed, run learns the new one and runs the script
// again, once.
func (s *Store) run(ctx context.Context, script *redis.Script, season string, args ...any) ([]any, error) {
	for attempt := 0; ; attempt++ {
		epoch, err := s.epoch(ctx, season, attempt > 0)
		if err != nil {
			return nil, err
		}
		raw, err := s.runAt(ctx, script, season, epoch, args...)
		if err != nil {
			return nil, err
		}
		switch outcomeOf(raw) {
		case outcomeClosed:
			s.epochs.Delete(season)
			return nil, errNotOpened(season)
		case outcomeEpoch:
			if attempt > 0 {
				return nil, errNotOpened(season)
			}
		default:
			return raw, nil
		}
	}
}

// runAt runs a script under a given epoch. It counts the run as a change made by this
// node, unless the script only reads, or sweeps: a caller of Snapshot on this node
// must see the change.
func (s *Store) runAt(ctx context.Context, script *redis.Script, season string, epoch int64, args ...any) ([]any, error) {
	argv := append(make([]any, 0, len(args)+1), epoch)
	raw, err := script.Run(ctx, s.Redis, KeysOf(season), append(argv, args...)...).Slice()
	switch script {
	case s.Scripts.cart, s.Scripts.mayHold, s.Scripts.snapshot, s.Scripts.audit, s.Scripts.sweep:
	default:
		s.MirrorOf(season).made.Add(1)
	}
	return raw, err
}

// errClosed is why a season's data cannot be read while its epoch is missing.
var errClosed = errors.New("seats: the season's data in Redis is not opened")

func errNotOpened(season string) error {
	return fault.Wrap(fault.Unavailable, errClosed, "season %s is being made ready; try again in a second", season)
}

func errOutcome(script string, o outcome) error {
	return fmt.Errorf("seats: %s.lua answered %q, which its caller does not know", script, o)
}

// epoch returns the season's epoch, from memory unless it must be fresh.
func (s *Store) epoch(ctx context.Context, season string, fresh bool) (int64, error) {
	if known, ok := s.epochs.Load(season); ok && !fresh {
		return known.(int64), nil
	}
	epoch, err := s.Redis.Get(ctx, EpochKey(season)).Int64()
	if errors.Is(err, redis.Nil) {
		s.epochs.Delete(season)
		return 0, errNotOpened(season)
	}
	if err != nil {
		return 0, err
	}
	s.epochs.Store(season, epoch)
	return epoch, nil
}
