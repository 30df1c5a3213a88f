package queue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// openingLock is how long a node that opens an epoch keeps other nodes from
// trying. The lock only saves work: the insert into the ledger and the script's
// check of the epoch key decide.
const openingLock = 10 * time.Second

// deleteIfStill deletes a key that still has the value the caller knows. It may
// run twice: the second run does nothing.
var deleteIfStill = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)

// open opens an epoch of the season's Redis data. The ledger decides its number,
// then the settings and everything else are written, and the epoch key is set
// last. When another node is opening the season, open waits for it and returns
// nil.
func (s *season) open(ctx context.Context) error {
	s.opening.Lock()
	defer s.opening.Unlock()
	client := s.q.o.Redis
	switch epoch, err := client.Get(ctx, s.keys[keyEpoch]).Int64(); {
	case err == nil:
		s.epoch.Store(epoch)
		return nil
	case err != redis.Nil: //nolint:errorlint // go-redis returns it as it is
		return err
	}
	if s.q.o.MayOpen != nil {
		if err := s.q.o.MayOpen(ctx); err != nil {
			return err
		}
	}
	free, err := client.SetNX(ctx, openingKey(s.id), s.q.o.Node, openingLock).Result()
	if err != nil {
		return err
	}
	if !free {
		return s.awaitEpoch(ctx)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), runTimeout)
		defer cancel()
		_ = deleteIfStill.Run(ctx, client, []string{openingKey(s.id)}, s.q.o.Node).Err()
	}()

	// The settings are read first, so that an unknown season gets no epoch.
	var settings Settings
	if s.q.o.Settings != nil {
		if settings, err = s.q.o.Settings(ctx, s.id); err != nil {
			return fmt.Errorf("queue: settings for a new epoch: %w", err)
		}
	}
	if err := s.settleDraws(ctx); err != nil { // before an epoch number is used up
		return fmt.Errorf("queue: the season's draw: %w", err)
	}
	next, err := s.q.ledger.nextEpoch(ctx, s.id)
	if err != nil {
		return fmt.Errorf("queue: the ledger's next epoch: %w", err)
	}
	drawArgs, err := s.drawAtOpening(ctx, next.Epoch, settings)
	if err != nil {
		return fmt.Errorf("queue: the season's draw: %w", err)
	}
	if err := beginScript.Run(ctx, client, s.keys, anyEpoch, newsChannel(s.id), next.Epoch).Err(); err != nil {
		return err
	}
	if s.q.o.Settings != nil {
		if _, err := s.run(ctx, configureScript, anyEpoch, settings.args(0)); err != nil {
			return err
		}
	}
	if s.q.o.BeforeEpoch != nil {
		if err := s.q.o.BeforeEpoch(ctx, s.id, next.Epoch); err != nil {
			return fmt.Errorf("queue: before a new epoch: %w", err)
		}
	}
	gather := time.Duration(0)
	if next.Epoch > 1 {
		gather = s.q.o.Gather
	}
	args := append([]any{
		anyEpoch, newsChannel(s.id), next.Epoch, next.FirstNumber, next.Ceiling, gather.Milliseconds(),
	}, drawArgs...)
	raw, err := openScript.Run(ctx, client, s.keys, args...).Slice()
	if err != nil {
		return err
	}
	var opened int64
	scan(raw[1:], &opened)
	if opened == 0 {
		s.q.log.Warn("Redis lost data while the season was being opened: opening it again", "season", s.id)
		return nil
	}
	s.epoch.Store(opened)
	s.q.log.Info("epoch opened", "season", s.id, "epoch", opened, "first_number", next.FirstNumber, "gather", gather)
	return nil
}

// awaitEpoch waits a moment for the node that is opening the season, so that most
// callers are not refused.
func (s *season) awaitEpoch(ctx context.Context) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for range 50 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		text, err := s.q.o.Redis.Get(ctx, s.keys[keyEpoch]).Result()
		if err == nil {
			epoch, err := strconv.ParseInt(text, 10, 64)
			s.epoch.Store(epoch)
			return err
		}
	}
	return nil
}

// raiseCeiling allows the line to give out another segment of numbers. The ledger
// records this first, so a later epoch never gives out the same numbers.
func (s *season) raiseCeiling(ctx context.Context) error {
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.q.o.Now().Sub(s.raised) < time.Second {
		return nil // another call has just raised it
	}
	epoch := s.epoch.Load()
	ceiling, err := s.q.ledger.raise(ctx, s.id, epoch)
	if err != nil {
		return err
	}
	if _, err = s.run(ctx, raiseScript, strconv.FormatInt(epoch, 10), []any{ceiling}); err != nil {
		return err
	}
	s.raised = s.q.o.Now()
	return nil
}

// wentBack ends an epoch whose data is older than what this node has seen: Redis
// has lost some writes (the tail of its append-only file, a failover). Positions
// already sent would contradict the older data.
func (s *season) wentBack(ctx context.Context, to, seen version) error {
	s.q.log.Warn("Redis data loss detected: opening a new epoch",
		"season", s.id, "epoch", to.epoch, "version", to.version, "seen_epoch", seen.epoch, "seen", seen.version)
	if err := deleteIfStill.Run(ctx, s.q.o.Redis, s.keys[keyEpoch:keyEpoch+1], to.epoch).Err(); err != nil {
		return err
	}
	return s.open(ctx)
}
