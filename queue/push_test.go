package queue

import (
	"testing"
	"time"
)

// mirrored is a node whose mirror shows ann at place 3 of numbers 10, 11, 12.
func mirrored(t *testing.T) (*node, *season, *follower) {
	t.Helper()
	n := newFixture(t, "").node()
	s := n.Queue.season(n.season)
	f := &follower{
		conn: 1, following: true, shown: 3,
		lastSent: userState{User: "ann", State: Waiting, Number: 12, Position: 3, Origin: 1, Joined: 1}, at: version{1, 5},
	}
	s.followers["ann"] = f
	s.fileLocked(f)
	s.resumed = 1
	s.see(10, 11, 12)
	return n, s, f
}

// see gives the mirror a bitmap of these numbers, newer than the one before.
func (s *season) see(numbers ...int) {
	bytes := make([]byte, 8)
	for _, n := range numbers {
		bytes[n/8] |= 128 >> (n % 8)
	}
	s.positions = countPositions(map[int64]string{0: string(bytes)})
	s.lastRefresh = counts{Epoch: 1, Version: s.lastRefresh.Version + 5, Open: true, Waiting: len(numbers)}
}

func (s *season) pushNow(now time.Time) ([]string, time.Time) {
	s.mu.Lock()
	doubtful, next := s.pushLocked(now)
	s.mu.Unlock()
	s.q.out.drain()
	return doubtful, next
}

func TestAPositionIsToldAtMostOnceASecond(t *testing.T) {
	n, s, f := mirrored(t)
	now := time.Now()
	f.shownAt = now.Add(-time.Second)
	s.see(11, 12)
	if _, next := s.pushNow(now); !next.IsZero() {
		t.Error("nothing is held back")
	}
	s.see(12)
	_, next := s.pushNow(now.Add(400 * time.Millisecond))
	if !next.Equal(now.Add(time.Second)) {
		t.Errorf("the next may go out at %v, want %v", next, now.Add(time.Second))
	}
	if events := n.eventsOf("ann", Moved); len(events) != 1 || events[0].Position != 2 {
		t.Fatalf("%+v", events)
	}
	s.pushNow(next)
	if events := n.eventsOf("ann", Moved); len(events) != 2 || events[1].Position != 1 {
		t.Fatalf("%+v", events)
	}
}

func TestAPositionShownNeverGetsWorse(t *testing.T) {
	n, s, _ := mirrored(t)
	s.see(8, 9, 10, 11, 12) // brought-back places
	if s.pushNow(time.Now()); len(n.eventsOf("ann", Moved)) > 0 {
		t.Fatalf("%+v", n.eventsOf("ann", Moved))
	}
}

func TestAFollowerWhoseBitIsGoneIsInDoubt(t *testing.T) {
	_, s, f := mirrored(t)
	s.see(10, 11)
	if doubtful, _ := s.pushNow(time.Now()); len(doubtful) != 1 {
		t.Error("ann's bit is gone: her state must be read")
	}
	f.at = version{1, 1000}
	if doubtful, _ := s.pushNow(time.Now()); len(doubtful) != 0 {
		t.Error("a bitmap older than what ann was sent must be ignored")
	}
}

func TestWhatIsNotNewerIsIgnored(t *testing.T) {
	for name, c := range map[string]struct {
		counts counts
		newer  bool
	}{
		"older":                         {counts{Epoch: 1, Version: 4, Open: true}, false},
		"the same":                      {counts{Epoch: 1, Version: 5, Open: true}, false},
		"newer":                         {counts{Epoch: 1, Version: 6, Open: true}, true},
		"an epoch that is not yet ours": {counts{Epoch: 2, Version: 1, Open: true}, false},
		"an epoch before, however late": {counts{Epoch: 0, Version: 99, Open: true}, false},
		"newer, of the epoch it is in":  {counts{Epoch: 1, Version: 99, Open: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			n, s, _ := mirrored(t)
			s.mu.Lock()
			s.applyLocked(c.counts, userState{User: "ann", State: Turn, Number: 12, Turn: "1.9"})
			s.applyLocked(c.counts, userState{User: "ann", State: Turn, Number: 12, Turn: "1.9"})
			s.mu.Unlock()
			s.q.out.drain()
			if got := len(n.eventsOf("ann", TurnCame)); got != map[bool]int{false: 0, true: 1}[c.newer] {
				t.Errorf("%d events", got)
			}
		})
	}
}
