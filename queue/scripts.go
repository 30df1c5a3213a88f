package queue

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
)

// anyEpoch lets a script run in any epoch, or without one.
const anyEpoch = "-"

// call runs a script in the current epoch and applies its reply. It opens an
// epoch when there is none.
func (s *season) call(ctx context.Context, script *script, args ...any) (*reply, error) {
	return s.callBy(ctx, s.q.o.Redis, script, args)
}

// callBy does the same with a given Redis client.
func (s *season) callBy(ctx context.Context, client redis.Scripter, script *script, args []any) (*reply, error) {
	ran := false
	for range 3 {
		seen := s.seenSoFar()
		r, err := s.runBy(ctx, client, script, strconv.FormatInt(s.epoch.Load(), 10), args)
		if err != nil {
			return nil, err
		}
		switch {
		case r.refused && r.epoch == 0:
			err = s.open(ctx)
		case r.refused && r.epoch < seen.epoch:
			err = s.wentBack(ctx, version{epoch: r.epoch}, seen)
		case r.refused:
			s.epoch.Store(r.epoch)
		case r.counts.version().before(seen):
			ran = true
			err = s.wentBack(ctx, r.counts.version(), seen)
		default:
			r.ranBefore = ran
			s.applyReply(r)
			return r, nil
		}
		if err != nil && !ran {
			return nil, notRun{err}
		} else if err != nil {
			return nil, err
		}
	}
	err := error(fault.New(fault.Unavailable, "the season is being made ready; try again"))
	if !ran {
		err = notRun{err}
	}
	return nil, err
}

// notRun is the error of a script that has not run and will not run: each time it
// was sent, Redis was in another epoch.
type notRun struct{ error }

func (e notRun) Unwrap() error { return e.error }

// run runs a script for the given epoch.
func (s *season) run(ctx context.Context, script *script, epoch string, args []any) (*reply, error) {
	return s.runBy(ctx, s.q.o.Redis, script, epoch, args)
}

func (s *season) runBy(ctx context.Context, client redis.Scripter, script *script, epoch string, args []any) (*reply, error) {
	argv := append([]any{epoch, newsChannel(s.id)}, args...)
	raw, err := script.Run(ctx, client, s.keys, argv...).Slice()
	if err != nil {
		return nil, err
	}
	r, err := parseReply(raw)
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return r, nil
}

// seenSoFar is the newest version that this node has seen. A reply to a later
// call cannot be older unless Redis has lost data.
func (s *season) seenSoFar() version {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

func (s *season) seeLocked(c counts) {
	if s.seen.before(c.version()) {
		s.seen = c.version()
	}
}

// applyReply counts what a script of this node did, and sends events to the users
// here without waiting for the news to come back.
func (s *season) applyReply(r *reply) {
	s.ahead.Store(r.counts.Now - s.q.o.Now().UnixMicro())
	s.mu.Lock()
	s.seeLocked(r.counts)
	s.mu.Unlock()
	s.q.metrics.tally(s.id, r)
	if r.news != "" {
		s.handleNews(r.news, true)
	}
}
