package queue

import (
	"context"
	"strconv"
	"time"

	"usher/internal/fault"
	"usher/internal/store"
)

// Connect says that a socket of this user is opening on this node. The number
// it returns is the newest of the user's connections; older sockets anywhere
// hear Replaced. Events for the user are held back until Follow.
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

// connectTime is how long a new socket, or somebody who joins, is waited for: as
// long as a call to Redis may take.
const connectTime = 2 * time.Second

// enterSocket draws a new socket's number. That it came too late is known only
// by an estimate of Redis' clock, which each answer puts right.
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

// expect keeps what is heard of a user whose Connect is under way.
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

// arrivedLocked ends one expect and returns what was heard since.
func (s *season) arrivedLocked(user string) arrival {
	a := s.arriving[user]
	if a.calls--; a.calls == 0 {
		delete(s.arriving, user)
	}
	return *a
}

// settleLocked makes the new socket's follower, unless a still newer one has
// been quicker.
func (s *season) settleLocked(user string, conn int64, a answer) {
	heard := s.arrivedLocked(user)
	// An older socket here has heard from the script's own news that it is
	// replaced, or hears it from Follow; so does this one if it is the older.
	if before := s.followers[user]; before != nil && before.conn > conn {
		return
	}
	f := &follower{conn: conn, lastSent: a.state, at: a.counts.version(), shown: a.state.Position, shownAt: s.q.o.Now()}
	if f.lastSent.State == Waiting {
		f.keepForecast(s.unpaused(f.shownAt), eta(a.counts, f.lastSent.Position, f.lastSent.Number))
	}
	if before := s.followers[user]; before != nil {
		s.unfileLocked(before)
	}
	s.followers[user] = f
	s.fileLocked(f)
	s.atFront = s.atFront || a.state.State == Waiting && f.shown <= front+1
	for _, t := range heard.updates {
		s.applyLocked(t.counts, t.state)
	}
	s.replaceLocked(user, heard.replaced)
}

// Follow releases the events of a connected user: its socket has sent welcome.
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

// Disconnect says that the socket is gone. If conn is no longer the user's
// newest it marks nobody absent.
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

// flushGone takes sockets that are gone out of Redis. What fails stays for the
// next time.
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
