package queue

import (
	"context"
	"strconv"
	"time"

	"usher/internal/fault"
	"usher/internal/store"
)

// Connect registers a new socket of a user on this node. The number it returns is
// the highest of the user's sockets; older sockets on all nodes get the event
// Replaced. Events for the user are held back until Follow.
func (q *Queue) Connect(ctx context.Context, season, user string) (conn int64, status Status, err error) {
	q.Watch(season)
	s := q.season(season)
	s.expect(user)
	conn, a, err := s.enterSocket(ctx, user)
	if err != nil {
		s.mu.Lock()
		s.arrivedLocked(user)
		s.mu.Unlock()
		return 0, Status{}, store.Fault(err)
	}
	s.mu.Lock()
	s.settleLocked(user, conn, a)
	s.mu.Unlock()
	q.out.drain()
	return conn, s.status(a.counts, a.state), nil
}

// connectTime is how long Redis may take over a new socket or a join, which is as
// long as the caller waits. A script that runs later refuses.
const connectTime = 2 * time.Second

// enterSocket registers a new socket and returns its number. When the script
// finds that it came too late, the estimate of Redis' clock may have been wrong;
// the reply has corrected it, so one retry follows.
func (s *season) enterSocket(ctx context.Context, user string) (conn int64, a answer, err error) {
	for range 2 {
		if a, err = s.connect.Do(ctx, question{user: user, args: []any{0}}); err != nil {
			return 0, a, err
		}
		if a.extra != "" {
			conn, err = strconv.ParseInt(a.extra, 10, 64)
			return conn, a, err
		}
	}
	return 0, a, fault.New(fault.Unavailable, "the line answers too slowly; try again")
}

// expect collects updates of a user while Connect is in flight.
func (s *season) expect(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.arriving[user]
	if a == nil {
		a = &arrival{}
		s.arriving[user] = a
	}
	a.calls++
}

// arrivedLocked ends one expect and returns the updates collected.
func (s *season) arrivedLocked(user string) arrival {
	a := s.arriving[user]
	if a.calls--; a.calls == 0 {
		delete(s.arriving, user)
	}
	return *a
}

// settleLocked adds the new socket as a follower, unless a newer socket of the
// user was added first.
func (s *season) settleLocked(user string, conn int64, a answer) {
	arrived := s.arrivedLocked(user)
	// An older socket on this node gets Replaced from the news of the script or
	// from Follow. The same holds for this socket if it is the older one.
	if before := s.followers[user]; before != nil && before.conn > conn {
		return
	}
	f := &follower{conn: conn, lastSent: a.state, at: a.counts.version(), shown: a.state.Position, shownAt: s.q.o.Now(), passed: a.state.passedOver(a.counts)}
	if f.lastSent.State == Waiting {
		f.keepForecast(s.unpaused(f.shownAt), f.lastSent.eta(a.counts, f.lastSent.Position))
	}
	if before := s.followers[user]; before != nil {
		s.unfileLocked(before)
	}
	s.followers[user] = f
	s.fileLocked(f)
	s.atFront = s.atFront || a.state.State == Waiting && f.shown <= front+1
	for _, t := range arrived.updates {
		s.applyLocked(t.counts, t.state)
	}
	s.replaceLocked(user, arrived.replaced)
}

// Follow releases the events held back for a socket. The caller has sent it the
// welcome message.
func (q *Queue) Follow(season, user string, conn int64) {
	s := q.season(season)
	s.mu.Lock()
	if f := s.followers[user]; f != nil {
		switch {
		case f.conn == conn && !f.following:
			f.following = true
			for _, e := range f.held {
				q.out.add(e)
			}
			f.held = nil
		case f.conn > conn:
			q.out.add(Event{Kind: Replaced, Season: s.id, User: user, Conn: f.conn})
		}
	}
	s.mu.Unlock()
	q.out.drain()
}

// Answer passes on that a user has answered the ping of a connection on another node:
// all nodes that watch the season get the event Answered. A message that is lost costs
// at most the connection, which its client opens again. echo asks for a pong. Errors:
// unavailable.
func (q *Queue) Answer(ctx context.Context, season, user string, echo bool) error {
	if echo {
		user = echoed + user
	}
	return store.Fault(q.o.Redis.Publish(ctx, answersChannel(season), user).Err())
}

// echoed stands before the user's id in a message that asks for a pong.
const echoed = "echo "

// Hears reports whether messages of other nodes can reach this one: the last tick of
// the season reached Redis.
func (q *Queue) Hears(season string) bool { return !q.season(season).outage.Load() }

// Disconnect removes a socket that has closed. The user becomes absent only if
// conn is the user's newest socket.
func (q *Queue) Disconnect(season, user string, conn int64) {
	s := q.season(season)
	s.mu.Lock()
	if f := s.followers[user]; f != nil && f.conn == conn {
		s.unfileLocked(f)
		delete(s.followers, user)
	}
	s.gone = append(s.gone, socket{user, conn})
	s.mu.Unlock()
	s.wakeLoop()
}

// flushGone removes closed sockets from Redis. Sockets of a call that fails are
// tried again by the next flush.
func (s *season) flushGone(ctx context.Context) error {
	for {
		s.mu.Lock()
		n := min(len(s.gone), batchSize)
		batch := s.gone[:n:n]
		s.gone = s.gone[n:]
		s.mu.Unlock()
		if n == 0 {
			return nil
		}
		args := []any{s.q.o.Node}
		for _, d := range batch {
			args = append(args, d.user, d.conn)
		}
		if _, err := s.call(ctx, disconnectScript, args...); err != nil {
			s.mu.Lock()
			s.gone = append(batch, s.gone...)
			s.mu.Unlock()
			return err
		}
	}
}
