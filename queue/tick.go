package queue

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

func isNil(err error) bool { return errors.Is(err, redis.Nil) }

// reconcileAfter is how many ticks in a row may find another number of sockets in
// Redis than on this node. Then the sockets are compared one by one.
const reconcileAfter = 3

// tickReply is what tick.lua adds to its reply.
type tickReply struct {
	registered bool     // all sockets of this node are
	sockets    int      // how many are
	segments   []int64  // of the bitmap, in use
	mail       []socket // sockets of users of this node that were opened on other nodes
	stale      []socket // the newest sockets of users whose socket here is not the newest
	last       int64    // number given out
	ceiling    int64
	draw       int64 // drawNone to drawHeld
	nth        int64 // of the draw
}

func tickReplyOf(r *reply) (t tickReply) {
	scan(r.extra, &t.registered, &t.sockets, &t.segments, &t.mail, &t.stale, &t.last, &t.ceiling, &t.draw, &t.nth)
	return t
}

// tick is the node's heartbeat in this season, its share of the upkeep, and the
// reading of the line's bitmap.
func (s *season) tick(ctx context.Context) error {
	began := time.Now()
	if err := s.flushGone(ctx); err != nil {
		return err
	}
	args, pairs, sockets := s.heartbeatArgs()
	r, err := s.call(ctx, tickScript, args...)
	if err != nil {
		return err
	}
	t := tickReplyOf(r)
	s.q.metrics.gauges(s.id, r.counts)
	s.notePause(r.counts.Paused || r.counts.NoSeat)
	if t.draw == drawFrozen || t.draw == drawGathering && t.nth > 1 && s.gatherKept.Load() != t.nth {
		select {
		case s.drawDue <- struct{}{}:
		default:
		}
	}
	if !t.registered || s.resumedIn() != r.counts.Epoch {
		return s.resume(ctx, r.counts.Epoch)
	}
	s.acks = t.mail
	s.takeMail(t.mail)
	if err := s.mendSockets(ctx, pairs, t.stale); err != nil {
		return err
	}
	if err := s.refresh(ctx, r.counts, t.segments); err != nil {
		return err
	}
	s.mu.Lock()
	if s.missesNewsLocked(r.counts) {
		s.todo.news, s.todo.checkAt = r.counts.News, s.q.o.Now().Add(newsGrace)
	}
	s.mu.Unlock()
	if t.ceiling-t.last < segmentSize/2 {
		s.low.Store(true)
		s.needLedger()
	}
	s.q.metrics.tick.Observe(time.Since(began).Seconds())
	if t.sockets == sockets {
		s.mismatched = 0
	} else if s.mismatched++; s.mismatched >= reconcileAfter {
		s.mismatched = 0
		return s.reconcile(ctx)
	}
	return nil
}

func (s *season) resumedIn() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resumed
}

// heartbeatArgs returns the arguments of tick.lua, the users named in them with
// their sockets, and the number of sockets here.
func (s *season) heartbeatArgs() (args []any, pairs map[string]int64, sockets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pairs = map[string]int64{}
	var flat []any
	for user, f := range s.placed {
		pairs[user] = f.conn
		flat = append(flat, user, f.conn)
	}
	args = append([]any{s.q.o.Node, len(pairs)}, flat...)
	for _, ack := range s.acks {
		args = append(args, ack.user, ack.conn)
	}
	return args, pairs, len(s.followers)
}

// takeMail handles sockets that were replaced on other nodes, in case the news
// was lost.
func (s *season) takeMail(mail []socket) {
	s.mu.Lock()
	for _, m := range mail {
		s.replaceLocked(m.user, m.conn)
	}
	s.mu.Unlock()
	s.q.out.drain()
}

// mendSockets handles sockets of users with a place that are not their newest in
// Redis: replaced sockets get an event, lost ones are registered again.
func (s *season) mendSockets(ctx context.Context, pairs map[string]int64, stale []socket) error {
	var lost []socket
	s.mu.Lock()
	for _, newest := range stale {
		if own := pairs[newest.user]; newest.conn > own {
			s.replaceLocked(newest.user, newest.conn)
		} else {
			lost = append(lost, socket{newest.user, own})
		}
	}
	s.mu.Unlock()
	s.q.out.drain()
	return s.enterSockets(ctx, lost, false)
}

// enterSockets registers open sockets of this node. all: these are all sockets of
// this node.
func (s *season) enterSockets(ctx context.Context, sockets []socket, all bool) error {
	for len(sockets) > 0 || all {
		n := min(len(sockets), batchSize)
		mark := 0
		if all && n == len(sockets) {
			mark, all = 1, false
		}
		args := []any{s.q.o.Node, mark, 0}
		for _, d := range sockets[:n] {
			args = append(args, d.user, d.conn)
		}
		sockets = sockets[n:]
		r, err := s.call(ctx, connectScript, args...)
		if err != nil {
			return err
		}
		s.mu.Lock()
		for i, newest := range r.perUser() {
			s.replaceLocked(r.states[i].User, whole(newest))
		}
		s.mu.Unlock()
		s.q.out.drain()
	}
	return nil
}

// reconcile compares the sockets that Redis has for this node with the sockets
// here. A Connect whose reply was lost leaves a socket in Redis that has no
// client.
func (s *season) reconcile(ctx context.Context) error {
	entered, err := s.q.o.Redis.HGetAll(ctx, s.keys[keySockets]+s.q.o.Node).Result()
	if err != nil {
		return err
	}
	delete(entered, "@")
	var lost []socket
	s.mu.Lock()
	for user, conn := range entered {
		if s.followers[user] == nil && s.arriving[user] == nil {
			s.gone = append(s.gone, socket{user, whole(conn)})
		}
	}
	for user, f := range s.followers {
		if _, known := entered[user]; !known && f.replaced == 0 {
			lost = append(lost, socket{user, f.conn})
		}
	}
	s.mu.Unlock()
	if err := s.flushGone(ctx); err != nil {
		return err
	}
	return s.enterSockets(ctx, lost, false)
}
