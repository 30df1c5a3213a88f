package queue

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

func isNil(err error) bool { return errors.Is(err, redis.Nil) }

// reconcileAfter is how many ticks in a row may count other sockets than this
// node has before they are compared one by one.
const reconcileAfter = 3

// tick is the node's heartbeat in this season, its share of the upkeep, and the
// picture of the line.
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
	s.q.metrics.gauges(s.id, r.counts)
	s.notePause(r.counts.Paused)
	if whole(at(r.extra, 7)) == drawFrozen {
		select {
		case s.drawDue <- struct{}{}:
		default:
		}
	}
	if text(at(r.extra, 0)) != "1" || s.resumedIn() != r.counts.Epoch {
		return s.resume(ctx, r.counts.Epoch)
	}
	s.acks = list(at(r.extra, 3))
	s.takeMail(s.acks)
	if err := s.mendSockets(ctx, pairs, list(at(r.extra, 4))); err != nil {
		return err
	}
	if err := s.refresh(ctx, r.counts, list(at(r.extra, 2))); err != nil {
		return err
	}
	s.mu.Lock()
	if s.missesNewsLocked(r.counts) {
		s.todo.news, s.todo.checkAt = r.counts.News, s.q.o.Now().Add(newsGrace)
	}
	s.mu.Unlock()
	if whole(at(r.extra, 6))-whole(at(r.extra, 5)) < segmentSize/2 {
		s.low.Store(true)
		s.needLedger()
	}
	s.q.metrics.tick.Observe(time.Since(began).Seconds())
	if whole(at(r.extra, 1)) == int64(sockets) {
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

// heartbeatArgs are tick.lua's arguments, the users named in them with their
// sockets, and how many sockets there are here.
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
	return append(args, s.acks...), pairs, len(s.followers)
}

// takeMail hears of sockets that were replaced on other nodes, in case the
// message was lost.
func (s *season) takeMail(mail []any) {
	s.mu.Lock()
	for i := 0; i+1 < len(mail); i += 2 {
		s.replaceLocked(text(mail[i]), whole(mail[i+1]))
	}
	s.mu.Unlock()
	s.q.out.drain()
}

// mendSockets deals with sockets of users with a place that are not their
// newest: replaced ones hear it, lost ones are entered again.
func (s *season) mendSockets(ctx context.Context, pairs map[string]int64, stale []any) error {
	var lost []departure
	s.mu.Lock()
	for i := 0; i+1 < len(stale); i += 2 {
		user, newest := text(stale[i]), whole(stale[i+1])
		if newest > pairs[user] {
			s.replaceLocked(user, newest)
		} else {
			lost = append(lost, departure{user, pairs[user]})
		}
	}
	s.mu.Unlock()
	s.q.out.drain()
	return s.enterSockets(ctx, lost, false)
}

// enterSockets enters sockets that live here; all says that with them every
// socket of this node is entered.
func (s *season) enterSockets(ctx context.Context, sockets []departure, all bool) error {
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
		for i, one := range r.records {
			s.replaceLocked(one.User, whole(at(r.extra, i)))
		}
		s.mu.Unlock()
		s.q.out.drain()
	}
	return nil
}

// reconcile compares the sockets Redis has for this node with those here, one by
// one: a Connect whose answer was lost leaves a socket that nobody has.
func (s *season) reconcile(ctx context.Context) error {
	entered, err := s.q.o.Redis.HGetAll(ctx, s.keys[len(s.keys)-2]+s.q.o.Node).Result()
	if err != nil {
		return err
	}
	delete(entered, "@")
	var lost []departure
	s.mu.Lock()
	for user, conn := range entered {
		if s.followers[user] == nil && s.arriving[user] == nil {
			s.gone = append(s.gone, departure{user, whole(conn)})
		}
	}
	for user, f := range s.followers {
		if _, known := entered[user]; !known && f.replaced == 0 {
			lost = append(lost, departure{user, f.conn})
		}
	}
	s.mu.Unlock()
	if err := s.flushGone(ctx); err != nil {
		return err
	}
	return s.enterSockets(ctx, lost, false)
}
