package queue

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
	switch f.record.State {
	case Waiting, Gathering:
		s.waiters = append(s.waiters, waiter{f.record.Number, f.shown, f.record.State == Gathering, f})
		f.slot = len(s.waiters)
	case Turn, Active:
		s.placed[f.record.User] = f
	}
}

func (s *season) unfileLocked(f *follower) {
	if s.placed[f.record.User] == f {
		delete(s.placed, f.record.User)
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
