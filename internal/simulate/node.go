package simulate

import (
	"context"
	"fmt"
	"time"

	"usher/queue"
)

// node is one node of package queue, moved by the simulation.
type node struct {
	s      *simulation
	number int
	queue  *queue.Queue
	mirror queue.Mirror

	dead    bool
	thaws   time.Time       // when a frozen node continues; zero: not frozen
	missed  []string        // news that arrived while the node was frozen
	tasksAt time.Time       // when its tasks are scheduled; zero: not scheduled
	sockets map[*fan]socket // as this node sees them
}

// socket is one connection of a fan.
type socket struct {
	conn int64
	link int // index among the fan's connections, in order
}

func (s *simulation) startNode() {
	s.made++
	n := &node{s: s, number: s.made, sockets: map[*fan]socket{}}
	q, err := queue.New(queue.Options{
		Redis: s.client, Mongo: s.mongo, Keys: s.ring, Node: fmt.Sprintf("node-%d", n.number),
		Notify: n.notify, Now: func() time.Time { return s.now }, DrawSeed: s.drawSeed, Gather: gather,
		Settings: func(context.Context, string) (queue.Settings, error) { return s.laid, nil },
		BeforeEpoch: func(context.Context, string, int64) error {
			if s.house != nil {
				return s.house.lay()
			}
			if s.noSeat {
				s.setStock()
			}
			return nil
		},
	})
	if err != nil {
		s.fail("starting a node", err)
		return
	}
	n.queue, n.mirror = q, q.Mirror(season)
	s.nodes = append(s.nodes, n)
	// Nodes do not tick at the same moment.
	s.in(time.Duration(s.chance.Int64N(int64(time.Second))), n.who(), n.tick)
}

// reachable returns a random node that answers, nil when there is none.
func (s *simulation) reachable() *node {
	var there []*node
	for _, n := range s.nodes {
		if n.answers() {
			there = append(there, n)
		}
	}
	if len(there) == 0 {
		return nil
	}
	return there[s.chance.IntN(len(there))]
}

func (n *node) who() int      { return -1 - n.number }
func (n *node) answers() bool { return !n.dead && n.thaws.IsZero() }

// tick does what the loop of a node does once a second.
func (n *node) tick() {
	if n.dead {
		return
	}
	n.s.in(time.Second, n.who(), n.tick)
	n.tickOnce()
}

func (n *node) tickOnce() {
	if !n.answers() {
		return
	}
	if err := n.mirror.Tick(n.s.ctx); err != nil {
		n.s.fail("a tick", err)
	}
	n.planTasks()
}

// planTasks schedules the node's tasks before its next tick.
func (n *node) planTasks() {
	if !n.answers() {
		return
	}
	due, ok := n.mirror.Due()
	if !ok || !n.tasksAt.IsZero() && !due.Before(n.tasksAt) {
		return
	}
	n.tasksAt = due
	n.s.agenda.add(due, n.who(), func() {
		if !n.tasksAt.Equal(due) {
			return // an earlier time has been scheduled since
		}
		n.tasksAt = time.Time{}
		if !n.answers() {
			return
		}
		if err := n.mirror.Tasks(n.s.ctx); err != nil {
			n.s.fail("a node's tasks", err)
		}
		n.planTasks()
	})
}

func (n *node) handle(message string) {
	switch {
	case n.dead:
	case !n.thaws.IsZero():
		n.missed = append(n.missed, message)
	default:
		n.mirror.Handle(message)
		n.planTasks()
	}
}

// notify delivers events to the fans with a socket here.
func (n *node) notify(events []queue.Event) {
	for _, e := range events {
		f := n.s.byUser[e.User]
		sock, ok := n.sockets[f]
		switch {
		case !ok:
		case e.Kind == queue.Replaced:
			if sock.conn < e.Conn {
				n.s.in(0, f.index, func() { n.close(f, sock) })
			}
		case f.link == sock.link && f.connected:
			n.s.tally.push(n.s.now, e.Kind == queue.Moved)
			f.handle(e)
		}
	}
}

// close tells the queue that a socket has closed, if the node still has it.
func (n *node) close(f *fan, sock socket) {
	if n.dead || n.sockets[f] != sock {
		return
	}
	if !n.answers() {
		n.s.agenda.add(n.thaws.Add(latency), f.index, func() { n.close(f, sock) })
		return
	}
	delete(n.sockets, f)
	n.queue.Disconnect(season, f.user, sock.conn)
	n.planTasks()
}

// kill ends the node like kill -9.
func (n *node) kill() {
	n.dead = true
	for i, other := range n.s.nodes {
		if other == n {
			n.s.nodes = append(n.s.nodes[:i:i], n.s.nodes[i+1:]...)
			break
		}
	}
	for _, f := range n.s.fans {
		if f.node == n && f.connected {
			f.lose()
		}
	}
}

// freeze stops the node for a while, like SIGSTOP. Its sockets stay open, and
// nothing is sent on them.
func (n *node) freeze(d time.Duration) {
	n.thaws = n.s.now.Add(d)
	for _, f := range n.s.fans {
		if f.node == n && f.connected {
			f.sure, f.seen = false, n.s.now
		}
	}
	n.s.agenda.add(n.thaws, n.who(), func() {
		n.thaws = time.Time{}
		if n.dead {
			return
		}
		for _, message := range n.missed {
			n.mirror.Handle(message)
		}
		n.missed = nil
		n.tickOnce()
		// The tick has registered its sockets again if other nodes took it for dead.
		for _, f := range n.s.fans {
			if f.node == n && f.connected {
				n.s.check.present(f)
			}
		}
	})
}
