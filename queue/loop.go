package queue

import (
	"context"
	"strconv"
	"time"
)

const (
	tickEvery      = time.Second
	positionsEvery = 100 * time.Millisecond // the line may move many times a second; its bitmap is read at most this often between ticks
	newsGrace      = 250 * time.Millisecond // news published before a tick must arrive within this time after it
)

// loop keeps this node's mirror of the season until ctx ends. Errors do not end
// it: the next tick tries again.
func (s *season) loop(ctx context.Context) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	later := time.NewTimer(0)
	defer later.Stop()
	s.note(ctx, s.tick(ctx))
	for {
		later.Reset(s.untilNext(s.q.o.Now()))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.note(ctx, s.tick(ctx))
		case <-s.wake:
			s.note(ctx, s.doTasks(ctx, s.q.o.Now()))
		case <-later.C:
			s.note(ctx, s.doTasks(ctx, s.q.o.Now()))
		}
	}
}

// note logs an outage once at its beginning and once at its end.
func (s *season) note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !s.outage.Load():
		s.outage.Store(true)
		s.q.log.Error("the tick of the line failed: every following tick tries again", "season", s.id, "error", err)
	case err == nil && s.outage.Load():
		s.outage.Store(false)
		s.q.log.Info("the tick of the line works again", "season", s.id)
	}
}

// untilNext is how long the loop may sleep unless wakeLoop is called.
func (s *season) untilNext(now time.Time) time.Duration {
	next := now.Add(tickEvery)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outage.Load() || s.resumed != s.epoch.Load() {
		return tickEvery // the tick tries again; trying sooner would only load a store that is down
	}
	for _, at := range []time.Time{s.todo.checkAt, s.deferred} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	if at := s.positionsAt.Add(positionsEvery); s.todo.positions && at.Before(next) {
		next = at
	}
	return max(next.Sub(now), time.Millisecond)
}

// doTasks does the tasks that have come up since the last tick and are due.
func (s *season) doTasks(ctx context.Context, now time.Time) error {
	if err := s.flushGone(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	if s.resumed != s.epoch.Load() {
		s.mu.Unlock()
		return nil // the next tick registers the sockets and reads all states
	}
	if !s.todo.checkAt.IsZero() && !now.Before(s.todo.checkAt) {
		s.todo.checkAt = time.Time{}
		if s.newsCount < s.todo.news {
			s.newsCount = s.todo.news
			s.todo.resync = "lost"
		}
	}
	resync := s.todo.resync
	positions := s.todo.positions && now.Sub(s.positionsAt) >= positionsEvery
	push := !s.deferred.IsZero() && !now.Before(s.deferred)
	s.todo.resync = ""
	admit := s.todo.admit
	s.todo.admit = false
	if positions {
		s.todo.positions = false
	}
	s.mu.Unlock()
	if admit {
		if _, err := s.call(ctx, positionsScript); err != nil {
			return err
		}
	}
	if resync != "" {
		s.q.metrics.resyncs.WithLabelValues(resync).Inc()
		if err := s.readAgain(ctx, s.usersHere()); err != nil {
			s.mu.Lock()
			s.todo.resync = resync
			s.mu.Unlock()
			return err
		}
	}
	switch {
	case positions || resync != "":
		r, err := s.call(ctx, positionsScript)
		if err != nil {
			return err
		}
		return s.refresh(ctx, r.counts, segmentsOf(r))
	case push:
		return s.push(ctx)
	}
	return nil
}

// SeatsFreed makes the line of a season admit users at once, because a seat is free
// again. Without it the next tick of any node does so. It does not block.
func (q *Queue) SeatsFreed(season string) {
	s := q.season(season)
	s.mu.Lock()
	s.todo.admit = true
	s.mu.Unlock()
	s.wakeLoop()
}

// refresh reads the line's bitmap and sends the positions that have changed
// enough.
func (s *season) refresh(ctx context.Context, c counts, segments []int64) error {
	if c.version().before(s.lastRefresh.version()) {
		return nil
	}
	p := positions{}
	s.mu.Lock()
	needed := len(s.waiters) > 0
	s.mu.Unlock()
	if needed && len(segments) > 0 {
		bitmaps, err := s.readBitmaps(ctx, segments)
		if err != nil {
			return err
		}
		p = countPositions(bitmaps)
	}
	s.mu.Lock()
	s.positions, s.positionsAt, s.lastRefresh = p, s.q.o.Now(), c
	s.mu.Unlock()
	return s.push(ctx)
}

// push sends positions, and reads again the states that are in doubt.
func (s *season) push(ctx context.Context) error {
	s.mu.Lock()
	doubtful, next := s.pushLocked(s.q.o.Now())
	s.deferred = next
	s.mu.Unlock()
	s.q.out.drain()
	return s.readAgain(ctx, doubtful)
}

// segmentsOf is what positions.lua adds to its reply.
func segmentsOf(r *reply) (segments []int64) {
	scan([]any{r.extra}, &segments)
	return segments
}

// readBitmaps reads the segments in use.
func (s *season) readBitmaps(ctx context.Context, segments []int64) (map[int64]string, error) {
	prefix := s.keys[keyBits]
	pipe := s.q.o.Redis.Pipeline()
	read := map[int64]func() string{}
	for _, segment := range segments {
		read[segment] = pipe.Get(ctx, prefix+strconv.FormatInt(segment, 10)).Val
	}
	if _, err := pipe.Exec(ctx); err != nil && !isNil(err) {
		return nil, err
	}
	bitmaps := make(map[int64]string, len(read))
	for segment, value := range read {
		bitmaps[segment] = value()
	}
	return bitmaps, nil
}

// usersHere lists the users with a socket here.
func (s *season) usersHere() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := make([]string, 0, len(s.followers))
	for user := range s.followers {
		users = append(users, user)
	}
	return users
}

// readAgain reads the states of users, which is no sign of life, and sends the
// changes they were not sent.
func (s *season) readAgain(ctx context.Context, users []string) error {
	for len(users) > 0 {
		n := min(len(users), batchSize)
		args := []any{"look"}
		for _, user := range users[:n] {
			args = append(args, user)
		}
		users = users[n:]
		r, err := s.call(ctx, touchScript, args...)
		if err != nil {
			return err
		}
		s.mu.Lock()
		for _, one := range r.states {
			s.applyLocked(r.counts, one)
		}
		s.mu.Unlock()
		s.q.out.drain()
	}
	return nil
}
