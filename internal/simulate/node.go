package simulate

import (
	"context"
	"fmt"
	"time"

	"usher/queue"
)

// node is one node of package queue, moved by hand.
type node struct {
	s      *simulation
	number int
	queue  *queue.Queue
	mirror queue.Mirror

	dead    bool
	thaws   time.Time       // when a frozen node goes on; zero: it is not frozen
	missed  []string        // news that lies in its link meanwhile
	chores  time.Time       // when chores are on the agenda; zero: they are not
	sockets map[*fan]socket // as this node sees them
}

// socket is one connection of a fan's.
type socket struct {
	conn int64
	link int // which of the fan's connections, in the order they were made
}

func (s *simulation) startNode() {
	s.made++
	n := &node{s: s, number: s.made, sockets: map[*fan]socket{}}
	q, err := queue.New(queue.Options{
		Redis: s.client, Mongo: s.mongo, Keys: s.ring, Node: fmt.Sprintf("node-%d", n.number),
		Notify: n.notify, Now: func() time.Time { return s.now }, DrawSeed: s.drawSeed, Gather: gather,
		Settings: func(context.Context, string) (queue.Settings, error) { return s.laid, nil },
	})
	if err != nil {
		s.fail("making a node", err)
		return
	}
	n.queue, n.mirror = q, q.Mirror(season)
	s.nodes = append(s.nodes, n)
	// Nodes do not tick in step.
	s.in(time.Duration(s.chance.Int64N(int64(time.Second))), n.who(), n.tick)
}

// reachable is a random node that answers, nil when there is none.
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

// tick is the loop's once a second.
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
	n.roused()
}

// roused puts on the agenda what the node wants to do before its next tick.
func (n *node) roused() {
	if !n.answers() {
		return
	}
	due, ok := n.mirror.Due()
	if !ok || !n.chores.IsZero() && !due.Before(n.chores) {
		return
	}
	n.chores = due
	n.s.agenda.add(due, n.who(), func() {
		if !n.chores.Equal(due) {
			return // an earlier one has been put on the agenda since
		}
		n.chores = time.Time{}
		if !n.answers() {
			return
		}
		if err := n.mirror.Chores(n.s.ctx); err != nil {
			n.s.fail("a node's chores", err)
		}
		n.roused()
	})
}

func (n *node) hear(message string) {
	switch {
	case n.dead:
	case !n.thaws.IsZero():
		n.missed = append(n.missed, message)
	default:
		n.mirror.Hear(message)
		n.roused()
	}
}

// notify brings events to the fans whose sockets are here.
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
			f.hear(e)
		}
	}
}

// close says to the queue that a socket is gone, if the node still has it.
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
	n.roused()
}

// kill ends the node as kill -9 does.
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

// freeze stops the node for a while, as SIGSTOP does. Its sockets stay open and
// nothing is said on them.
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
			n.mirror.Hear(message)
		}
		n.missed = nil
		n.tickOnce()
		// The tick has entered its sockets again, if others took it for dead.
		for _, f := range n.s.fans {
			if f.node == n && f.connected {
				n.s.check.present(f)
			}
		}
	})
}
