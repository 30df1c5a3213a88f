package queue

import "time"

const (
	front     = 100         // positions within which every change is told
	pushPause = time.Second // one user hears of positions at most this often
)

// worthTelling is the contract's push policy, but for its pace: every change
// within the first hundred; beyond, when what the user sees is off by one per
// cent or more.
func worthTelling(shown, now int) bool {
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
	for user, f := range s.followers {
		if s.lastRefresh.stamp().before(f.at) {
			continue // the picture is older than what this user was told
		}
		switch f.record.State {
		case Gathering:
			if c.Open {
				doubtful = append(doubtful, user)
			}
			continue
		case Waiting:
			if !c.Open {
				doubtful = append(doubtful, user)
				continue
			}
		default:
			continue
		}
		position, in := s.picture.position(f.record.Number)
		if !in {
			doubtful = append(doubtful, user)
			continue
		}
		// A position shown never gets worse, whatever brought-back places do.
		position = min(position, f.shown)
		if position <= front+1 {
			s.atFront = true
		}
		if !f.following || !worthTelling(f.shown, position) {
			continue
		}
		if free := f.shownAt.Add(pushPause); now.Before(free) {
			if next.IsZero() || free.Before(next) {
				next = free
			}
			continue
		}
		f.shown, f.shownAt = position, now
		s.q.out.add(Event{
			Kind: Moved, Season: s.id, User: user,
			Position: position, Waiting: c.Waiting, ETA: eta(c, position),
		})
	}
	return doubtful, next
}
