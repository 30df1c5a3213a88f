package queue

import "time"

// version orders what is known about a season: by epoch, then by the version of
// the line.
type version struct{ epoch, version int64 }

func (a version) before(b version) bool {
	return a.epoch < b.epoch || a.epoch == b.epoch && a.version < b.version
}

func (c counts) version() version { return version{c.Epoch, c.Version} }

// follower is a user with a socket on this node, and what the user was sent.
type follower struct {
	conn      int64
	following bool      // the socket was sent the welcome message
	held      []Event   // events that came before that
	lastSent  userState // the state last sent …
	at        version   // … and its version
	slot      int       // index in season.waiters, from 1; 0: not a waiter
	shown     int       // the position last shown
	shownAt   time.Time
	replaced  int64 // the user's newer socket, once this node knows of one; 0: none
	leaving   int64 // the number this user is giving up or has given up; 0: none
	passed    bool  // the user was told that others passed because of the wish

	// When a place is expected at the latest: the p90 of the first expected wait
	// that this socket was shown, on the clock unpaused. Zero while no wait was
	// shown, and after the forecast was scored.
	forecast time.Time
}

// keepForecast keeps the first expected wait that is shown, so that it can be
// scored.
func (f *follower) keepForecast(now time.Time, shown *ETA) {
	if f.forecast.IsZero() && shown != nil {
		f.forecast = now.Add(time.Duration(shown.P90) * time.Second)
	}
}

// arrival collects updates of a user while Connect is in flight: the script may
// have run while its reply is still on the way.
type arrival struct {
	calls    int
	updates  []update
	replaced int64
}

type update struct {
	counts counts
	state  userState
}

// applyLocked records a user's state and queues the event that follows. A state
// that is not newer than the last one is ignored.
func (s *season) applyLocked(c counts, r userState) {
	if a := s.arriving[r.User]; a != nil {
		a.updates = append(a.updates, update{c, r})
	}
	f := s.followers[r.User]
	// In a new epoch the places of users with a socket here are brought back.
	// Until then, their absence from the line means nothing.
	if f == nil || c.Epoch > s.resumed || !f.at.before(c.version()) {
		return
	}
	if _, lost := s.bringing[r.User]; lost && r.State == None {
		return
	}
	was := f.lastSent
	f.lastSent, f.at = r, c.version()
	passed := f.passed
	f.passed = r.passedOver(c)
	if was.State == r.State && was.Number == r.Number && was.Turn == r.Turn && was.Wish == r.Wish && passed == f.passed {
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

// deliverLocked queues an event, or holds it back until Follow.
func (s *season) deliverLocked(f *follower, e Event) {
	if !f.following {
		f.held = append(f.held, e)
		return
	}
	s.q.out.add(e)
}

// replaceLocked records that the newest socket of the user is conn.
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

// waiter is what a tick needs to know about a follower in line. The waiters are
// in one slice, because a tick looks at each of a hundred thousand users and
// sends to a few.
type waiter struct {
	number    int64
	shown     int // the position last shown
	gathering bool
	follower  *follower
}

// fileLocked puts a follower among the waiters or among the users with a place,
// as its state says.
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
