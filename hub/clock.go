package hub

import (
	"container/heap"
	"sync"
	"time"
)

// clock checks a socket that has been silent for a heartbeat, or whose token
// runs out. One timer serves all sockets. A frame that a socket receives does not
// touch the clock: a socket that was heard from is put back when its alarm rings.
type clock struct {
	hub *Hub

	mu     sync.Mutex
	alarms alarms
	timer  *time.Timer
	wakes  int64 // when timer fires, hub time; 0: it is stopped
}

func newClock(h *Hub) *clock { return &clock{hub: h} }

// set has the clock look at a socket at a moment of hub time, 0 for never.
func (c *clock) set(s *Socket, at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setLocked(s, at)
	c.windLocked()
}

func (c *clock) setLocked(s *Socket, at int64) {
	if at == 0 || s.retired {
		return
	}
	s.alarm = at
	heap.Push(&c.alarms, s)
}

// retire takes a socket out for good.
func (c *clock) retire(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.retired = true
	if s.place > 0 {
		heap.Remove(&c.alarms, s.place-1)
		c.windLocked()
	}
}

// windLocked sets the timer to the earliest alarm. With no alarm it is stopped,
// so an empty hub runs nothing.
func (c *clock) windLocked() {
	if len(c.alarms) == 0 {
		if c.timer != nil {
			c.timer.Stop()
		}
		c.wakes = 0
		return
	}
	first := c.alarms[0].alarm
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

// ring looks at every socket whose moment has come.
func (c *clock) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wakes = 0
	for len(c.alarms) > 0 {
		late := c.hub.now() - c.alarms[0].alarm
		if late < 0 {
			break
		}
		s := heap.Pop(&c.alarms).(*Socket)
		c.mu.Unlock()
		next := s.check(late)
		c.mu.Lock()
		c.setLocked(s, next)
	}
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
	if now-heard < beat {
		return s.beforeExpiry(heard + beat)
	}
	// A late alarm means that this process stood still, or is too busy to read.
	// The answers may lie in the kernel, so the socket is pinged once more.
	if s.pinged > heard && late < beat/2 {
		s.fail(ReasonDead)
		return 0
	}
	s.pinged = now
	s.control(pingFrame)
	return s.beforeExpiry(now + beat)
}

// pingFrame is the whole frame: final, ping, empty.
var pingFrame = []byte{0x80 | opPing, 0}

// alarms is a heap of sockets by alarm.
type alarms []*Socket

func (a alarms) Len() int           { return len(a) }
func (a alarms) Less(i, j int) bool { return a[i].alarm < a[j].alarm }

func (a alarms) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i+1, j+1
}

func (a *alarms) Push(x any) {
	s := x.(*Socket)
	*a = append(*a, s)
	s.place = len(*a)
}

func (a *alarms) Pop() any {
	old := *a
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*a = old[:len(old)-1]
	s.place = 0
	return s
}
