package queue

import "time"

const (
	front     = 100         // positions within which every change is told
	pushPause = time.Second // one user hears of positions at most this often
)

// worthTelling is the push policy, but for its pace: every change
// within the first hundred; beyond, when what the user sees is off by one per
// cent or more.
func worthSending(shown, now int) bool {
	if shown == now {
		return false
	}
	if now <= front || shown <= front {
		return true
	}
	return 100*(shown-now) >= now
}

// pushLocked tells those whose position has changed enough, and returns the
// users whose standing is not what was last told, and when one that had to be
// held back for its pace may be told.
func (s *season) pushLocked(now time.Time) (doubtful []string, next time.Time) {
	s.atFront = false
	c := s.lastRefresh
	for i := range s.waiters {
		w := &s.waiters[i]
		position, in := s.positions.of(w.number)
		sure := in && c.Open && !w.gathering
		if sure {
			// A position shown never gets worse, whatever brought-back places do.
			position = min(position, w.shown)
			s.atFront = s.atFront || position <= front+1
			if !worthSending(w.shown, position) {
				continue
			}
		}
		f := w.follower
		switch {
		case c.version().before(f.at):
			continue // the picture is older than what this user was told
		case w.gathering && !c.Open:
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
		wait := eta(c, position, w.number)
		f.keepForecast(s.unpaused(now), wait)
		s.q.out.add(Event{
			Kind: Moved, Season: s.id, User: f.lastSent.User,
			Position: position, Waiting: c.Waiting, ETA: wait,
		})
	}
	return doubtful, next
}
