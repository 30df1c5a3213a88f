package queue

import (
	"context"
	"time"

	"usher/internal/store"
)

// Status returns a user's state and counts as a sign of life. With user "" it
// returns the public counts.
func (q *Queue) Status(ctx context.Context, season, user string) (Status, error) {
	s := q.season(season)
	a, err := s.touch.Do(ctx, question{user: user})
	if err != nil {
		return Status{}, store.Fault(err)
	}
	return s.answered(a)
}

// answered returns the Status of an answer, and sends changes to the user's
// socket here.
func (s *season) answered(a answer) (Status, error) {
	s.mu.Lock()
	s.applyLocked(a.counts, a.state)
	s.mu.Unlock()
	s.q.out.drain()
	return s.status(a.counts, a.state), nil
}

// status is a user's state as callers of the package see it.
func (s *season) status(c counts, r userState) Status {
	st := Status{
		Season: s.id, State: r.State,
		Waiting: c.Waiting, Active: c.Active, Limit: c.Limit, Paused: c.Paused,
		Now: time.UnixMicro(c.Now).UTC(), Epoch: c.Epoch, Version: c.Version,
	}
	if (!c.Open || r.State == Gathering) && c.Opening*1000 > c.Now {
		st.OpensAt = time.UnixMilli(c.Opening).UTC()
	}
	switch r.State {
	case Gathering, Waiting:
		st.Number, st.Proof, st.Wish = r.Number, &proof{s, r}, r.wish(c)
		if r.State == Waiting {
			st.Position, st.ETA = r.Position, r.eta(c, r.Position)
		}
	case Turn:
		st.Deadline = time.UnixMilli(r.Deadline).UTC()
	case Active:
		st.Deadline = time.UnixMilli(r.Deadline).UTC()
		st.SessionEndsAt = time.UnixMilli(r.SessionEnd).UTC()
	case None:
		if c.Open {
			st.ETA = eta(c, c.Waiting+1, 0)
		}
	}
	return st
}
