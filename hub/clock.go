package hub

import (
	"container/heap"
	"sync"
	"time"
)

// clock checks a socket that has been silent for a heartbeat, or whose token
// runs out. One timer serves all sockets, and sockets whose moments are close are
// checked together: waking for each costs more than the check. A frame that a
// socket receives does not touch the clock: a socket that was heard from is put
// back when its alarm rings.
type clock struct {
	hub *Hub

	mu      sync.Mutex
	due     map[int64][]*Socket // by alarm
	moments moments             // the keys of due
	set     int                 // sockets in due
	ringing bool
	timer   *time.Timer
	wakes   int64 // when timer fires, hub time; 0: it is stopped
}

// An alarm is rounded up to a multiple of a 256th of the socket's heartbeat, and to
// at most coarsest.
const (
	grains   = 256
	coarsest = 100 * time.Millisecond
)

func newClock(h *Hub) *clock { return &clock{hub: h, due: map[int64][]*Socket{}} }

// add has the clock look at a socket at a moment of hub time, 0 for never.
func (c *clock) add(s *Socket, at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addLocked(s, at)
	c.windLocked()
}

func (c *clock) addLocked(s *Socket, at int64) {
	if at == 0 || s.retired {
		return
	}
	grain := int64(coarsest)
	if s.id.Heartbeat > 0 {
		grain = max(1, min(grain, int64(s.id.Heartbeat)/grains))
	}
	s.alarm = (at + grain - 1) / grain * grain
	sockets, known := c.due[s.alarm]
	if !known {
		heap.Push(&c.moments, s.alarm)
	}
	c.due[s.alarm] = append(sockets, s)
	s.place = len(c.due[s.alarm])
	c.set++
}

// retire takes a socket out for good.
func (c *clock) retire(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.retired = true
	if s.place == 0 {
		return
	}
	sockets := c.due[s.alarm]
	last := len(sockets) - 1
	sockets[s.place-1], sockets[last].place = sockets[last], s.place
	sockets[last] = nil
	c.due[s.alarm] = sockets[:last]
	s.place = 0
	c.set--
	c.windLocked()
}

// windLocked sets the timer to the earliest alarm. With no alarm it is stopped,
// so an empty hub runs nothing.
func (c *clock) windLocked() {
	if c.ringing {
		return // ring winds it
	}
	if c.set == 0 {
		if c.timer != nil {
			c.timer.Stop()
		}
		clear(c.due)
		c.moments, c.wakes = nil, 0
		return
	}
	first := c.moments[0]
	if first == c.wakes {
		return
	}
	c.wakes = first
	wait := time.Duration(max(0, first-c.hub.now()))
	if c.timer == nil {
		c.timer = time.AfterFunc(wait, c.ring)
		return
	}
	c.timer.Reset(wait)
}

// ring checks every socket whose moment has come.
func (c *clock) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ringing {
		return // the timer was set again while the other call began
	}
	c.ringing, c.wakes = true, 0
	for len(c.moments) > 0 && c.moments[0] <= c.hub.now() {
		alarm := heap.Pop(&c.moments).(int64)
		sockets := c.due[alarm]
		delete(c.due, alarm)
		c.set -= len(sockets)
		for _, s := range sockets {
			s.place = 0
		}
		c.mu.Unlock()
		next := make([]int64, len(sockets))
		for i, s := range sockets {
			next[i] = s.check(c.hub.now() - alarm)
		}
		c.mu.Lock()
		for i, s := range sockets {
			c.addLocked(s, next[i])
		}
	}
	c.ringing = false
	c.windLocked()
}

// check pings a silent socket, ends a dead or expired one, and returns when to
// check again (hub time, 0: never). late is how long after its alarm the clock
// rang, in nanoseconds.
func (s *Socket) check(late int64) int64 {
	if !s.id.ExpiresAt.IsZero() && !time.Now().Before(s.id.ExpiresAt) {
		s.Close(CloseExpired, ReasonExpired)
		return 0
	}
	beat := int64(s.id.Heartbeat)
	if beat <= 0 {
		return s.beforeExpiry(0)
	}
	now, heard := s.hub.now(), s.heard.Load()
	if s.handling.Load() {
		heard = now // it cannot be heard while its message is being handled
	}
	// A stream is pinged in every heartbeat: its client notices by the comment that the
	// stream still flows.
	if now-heard < beat && !s.stream {
		return s.beforeExpiry(heard + beat)
	}
	// A late alarm means that this process stood still, or is too busy to read.
	// The answers may lie in the kernel, so the socket is pinged once more.
	if s.pinged > heard && late < beat/2 && !(s.stream && s.hub.o.Deaf(s.id.Season)) {
		s.fail(ReasonDead)
		return 0
	}
	s.pinged = now
	if s.stream {
		s.control(pingComment)
	} else {
		s.control(pingFrame)
	}
	return s.beforeExpiry(now + beat)
}

// pingFrame is the whole frame: final, ping, empty.
var pingFrame = []byte{0x80 | opPing, 0}

// pingComment is the whole comment.
var pingComment = []byte(":\n\n")

// moments is a heap of moments of hub time.
type moments []int64

func (m moments) Len() int           { return len(m) }
func (m moments) Less(i, j int) bool { return m[i] < m[j] }
func (m moments) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *moments) Push(x any)        { *m = append(*m, x.(int64)) }

func (m *moments) Pop() any {
	old := *m
	last := old[len(old)-1]
	*m = old[:len(old)-1]
	return last
}
