package queue

import "time"

const (
	front     = 100         // up to this position every change is sent
	pushPause = time.Second // a user is sent positions at most this often
)

// worthSending is the push policy, apart from the pace: every change within the
// first hundred; behind them, when the position shown is off by one per cent or
// more.
func worthSending(shown, now int) bool {
	if shown == now {
		return false
	}
	if now <= front || shown <= front {
		return true
	}
	return 100*(shown-now) >= now
}

// pushLocked sends positions that have changed enough. It returns the users whose
// last sent state is in doubt, and when the next position that was held back for
// its pace may be sent.
func (s *season) pushLocked(now time.Time) (doubtful []string, next time.Time) {
	s.atFront = false
	c := s.lastRefresh
	s.tellPassedLocked(c)
	for i := range s.waiters {
		w := &s.waiters[i]
		position, in := s.positions.of(w.number)
		gathers := c.gathers(w.number)
		sure := in && !gathers && !w.gathering
		if sure {
			// A position that was shown never gets worse, although places brought back may stand before it.
			position = min(position, w.shown)
			s.atFront = s.atFront || position <= front+1
			if !worthSending(w.shown, position) {
				continue
			}
		}
		f := w.follower
		switch {
		case c.version().before(f.at):
			continue // the bitmap is older than the state this user was sent
		case w.gathering && gathers:
			continue
		case !sure && s.bringing[f.lastSent.User].Number > 0:
			continue
		case !sure:
			doubtful = append(doubtful, f.lastSent.User)
			continue
		case !f.following:
			continue
		}
		if free := f.shownAt.Add(pushPause); now.Before(free) {
			if next.IsZero() || free.Before(next) {
				next = free
			}
			continue
		}
		w.shown, f.shown, f.shownAt = position, position, now
		wait := f.lastSent.eta(c, position)
		f.keepForecast(s.unpaused(now), wait)
		s.q.out.add(Event{
			Kind: Moved, Season: s.id, User: f.lastSent.User,
			Position: position, Waiting: c.Waiting, ETA: wait,
		})
	}
	return doubtful, next
}
