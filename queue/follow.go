package queue

import "time"

// stamp orders what is known of a season: by epoch, then by version.
type version struct{ epoch, version int64 }

func (a version) before(b version) bool {
	return a.epoch < b.epoch || a.epoch == b.epoch && a.version < b.version
}

func (c counts) version() version { return version{c.Epoch, c.Version} }

// follower is a user with a socket on this node, and what the user was last
// told.
type follower struct {
	conn      int64
	following bool      // the socket has sent welcome
	held      []Event   // what came before that
	lastSent  userState // the state last sent …
	at        version   // … and of when it was
	slot      int       // where it is among the waiters, from 1; 0: nowhere
	shown     int       // the position last shown
	shownAt   time.Time
	replaced  int64 // the newest socket the user has elsewhere, once heard of
	leaving   int64 // the number this user gave up, or was about to; 0: none

	// When the turn is to have come by the first wait this socket was shown, as
	// its p90 says, by unpaused; zero while none was shown, or since it was
	// judged.
	forecast time.Time
}

// promise keeps the first expected wait that is shown, for scoring it.
func (f *follower) keepForecast(now time.Time, shown *ETA) {
	if f.forecast.IsZero() && shown != nil {
		f.forecast = now.Add(time.Duration(shown.P90) * time.Second)
	}
}

// arrival keeps what is heard of a user while Connect is under way: the script
// has run, and its answer may still be on the way back.
type arrival struct {
	calls    int
	updates  []update
	replaced int64
}

type update struct {
	counts counts
	state  userState
}

// applyLocked takes in a user's standing and queues the event it means. What is
// not newer than what was applied is ignored.
func (s *season) applyLocked(c counts, r userState) {
	if a := s.arriving[r.User]; a != nil {
		a.updates = append(a.updates, update{c, r})
	}
	f := s.followers[r.User]
	// In a new epoch the places of those here are brought back; until then their
	// absence from the line means nothing.
	if f == nil || c.Epoch > s.resumed || !f.at.before(c.version()) {
		return
	}
	if _, lost := s.bringing[r.User]; lost && r.State == None {
		return
	}
	was := f.lastSent
	f.lastSent, f.at = r, c.version()
	if was.State == r.State && was.Number == r.Number && was.Turn == r.Turn {
		return
	}
	if r.State == Waiting {
		f.shown, f.shownAt = r.Position, s.q.o.Now()
		s.atFront = s.atFront || r.Position <= front+1
	}
	s.fileLocked(f)
	e := Event{Kind: Changed, Season: s.id, User: r.User, Status: s.status(c, r)}
	if r.State == Waiting {
		f.keepForecast(s.unpaused(s.q.o.Now()), e.Status.ETA)
	} else {
		if was.State == Waiting && (r.State == Turn || r.State == Active) && !f.forecast.IsZero() {
			s.q.metrics.forecast(!s.unpaused(s.q.o.Now()).After(f.forecast))
		}
		f.forecast = time.Time{}
	}
	switch {
	case r.State == Turn:
		e.Kind = TurnCame
	case r.State == None && r.Reason != "":
		e.Kind, e.Reason = Lapsed, r.Reason
	}
	s.deliverLocked(f, e)
}

// deliverLocked queues an event, or holds it back until the socket follows.
func (s *season) deliverLocked(f *follower, e Event) {
	if !f.following {
		f.held = append(f.held, e)
		return
	}
	s.q.out.add(e)
}

// replaceLocked takes in that the user's newest socket is conn.
func (s *season) replaceLocked(user string, conn int64) {
	if a := s.arriving[user]; a != nil {
		a.replaced = max(a.replaced, conn)
	}
	f := s.followers[user]
	if f == nil || conn <= f.conn || conn <= f.replaced {
		return
	}
	f.replaced = conn
	s.deliverLocked(f, Event{Kind: Replaced, Season: s.id, User: user, Conn: conn})
}

// waiter is what the mirror's tick must know of a follower in line. Waiters lie
// together in memory, apart from all else about them: of a hundred thousand, a
// tick looks at each and speaks to a few.
type waiter struct {
	number    int64
	shown     int // the position last shown
	gathering bool
	follower  *follower
}

// fileLocked puts a follower where its standing belongs: among the waiters,
// among those with a place, or in neither.
func (s *season) fileLocked(f *follower) {
	s.unfileLocked(f)
	switch f.lastSent.State {
	case Waiting, Gathering:
		s.waiters = append(s.waiters, waiter{f.lastSent.Number, f.shown, f.lastSent.State == Gathering, f})
		f.slot = len(s.waiters)
	case Turn, Active:
		s.placed[f.lastSent.User] = f
	}
}

func (s *season) unfileLocked(f *follower) {
	if s.placed[f.lastSent.User] == f {
		delete(s.placed, f.lastSent.User)
	}
	if f.slot == 0 {
		return
	}
	last := len(s.waiters) - 1
	s.waiters[f.slot-1] = s.waiters[last]
	s.waiters[f.slot-1].follower.slot = f.slot
	s.waiters[last] = waiter{}
	s.waiters = s.waiters[:last]
	f.slot = 0
}
