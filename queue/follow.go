package queue

import "time"

// stamp orders what is known of a season: by epoch, then by version.
type stamp struct{ epoch, version int64 }

func (a stamp) before(b stamp) bool {
	return a.epoch < b.epoch || a.epoch == b.epoch && a.version < b.version
}

func (c counts) stamp() stamp { return stamp{c.Epoch, c.Version} }

// follower is a user with a socket on this node, and what the user was last
// told.
type follower struct {
	conn      int64
	following bool    // the socket has sent welcome
	held      []Event // what came before that
	record    record  // what was last told …
	at        stamp   // … and of when it was
	slot      int     // where it is among the waiters, from 1; 0: nowhere
	shown     int     // the position last shown
	shownAt   time.Time
	replaced  int64 // the newest socket the user has elsewhere, once heard of
	leaving   int64 // the number this user gave up, or was about to; 0: none

	// When the turn is to have come by the first wait this socket was shown, as
	// its p90 says, by unpaused; zero while none was shown, or since it was
	// judged.
	promised time.Time
}

// promise keeps the first expected wait that is shown, for scoring it.
func (f *follower) promise(now time.Time, shown *ETA) {
	if f.promised.IsZero() && shown != nil {
		f.promised = now.Add(time.Duration(shown.P90) * time.Second)
	}
}

// arrival keeps what is heard of a user while Connect is under way: the script
// has run, and its answer may still be on the way back.
type arrival struct {
	calls    int
	heard    []told
	replaced int64
}

type told struct {
	counts counts
	record record
}

// applyLocked takes in a user's standing and queues the event it means. What is
// not newer than what was applied is ignored.
func (s *season) applyLocked(c counts, r record) {
	if a := s.arriving[r.User]; a != nil {
		a.heard = append(a.heard, told{c, r})
	}
	f := s.followers[r.User]
	// In a new epoch the places of those here are brought back; until then their
	// absence from the line means nothing.
	if f == nil || c.Epoch > s.resumed || !f.at.before(c.stamp()) {
		return
	}
	if _, lost := s.bringing[r.User]; lost && r.State == None {
		return
	}
	was := f.record
	f.record, f.at = r, c.stamp()
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
		f.promise(s.unpaused(s.q.o.Now()), e.Status.ETA)
	} else {
		if was.State == Waiting && (r.State == Turn || r.State == Active) && !f.promised.IsZero() {
			s.q.metrics.promise(!s.unpaused(s.q.o.Now()).After(f.promised))
		}
		f.promised = time.Time{}
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
