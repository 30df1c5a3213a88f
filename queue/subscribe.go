package queue

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	heartbeatEvery   = time.Second
	heartbeatsMissed = 3
)

// subscribe keeps the subscription to the seasons' news until ctx ends. A link
// may die without an error: the node's own heartbeat must come back on it.
func (q *Queue) subscribe(ctx context.Context) {
	failing := false
	for ctx.Err() == nil {
		heard, err := q.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		if failing = failing && !heard; !failing {
			q.log.Warn("the news of the line is cut off; positions come by the tick alone", "error", err)
			failing = true
		}
		pause(ctx, 200*time.Millisecond)
	}
}

// listen subscribes and hears until something fails; it reports whether
// anything was heard.
func (q *Queue) listen(ctx context.Context) (heard bool, err error) {
	q.mu.Lock()
	channels := []string{heartbeatChannel(q.o.Node)}
	for id := range q.seasons {
		channels = append(channels, newsChannel(id))
	}
	ps := q.o.Redis.Subscribe(ctx) // to nothing yet: every call of the queue needs the lock, and a Redis that is away may take long
	q.pubsub = ps
	q.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { _ = ps.Close() })
	defer func() {
		stop()
		q.mu.Lock()
		q.pubsub = nil
		q.mu.Unlock()
		err = errors.Join(err, ps.Close())
	}()
	if err := ps.Subscribe(ctx, channels...); err != nil {
		return false, err
	}
	for {
		message, err := ps.ReceiveTimeout(ctx, heartbeatsMissed*heartbeatEvery+heartbeatEvery/2)
		if err != nil {
			return heard, err
		}
		switch m := message.(type) {
		case *redis.Subscription:
			if s := q.byChannel(m.Channel); s != nil && m.Kind == "subscribe" {
				s.askResync("subscribed")
			}
		case *redis.Message:
			heard = true
			if s := q.byChannel(m.Channel); s != nil {
				s.handleNews(m.Payload, false)
			} else if sent, err := strconv.ParseInt(m.Payload, 10, 64); err == nil {
				q.metrics.lag.Observe(time.Since(time.Unix(0, sent)).Seconds())
			}
		}
	}
}

func (q *Queue) byChannel(channel string) *season {
	q.mu.Lock()
	defer q.mu.Unlock()
	for id, s := range q.seasons {
		if newsChannel(id) == channel {
			return s
		}
	}
	return nil
}

// askResync makes the loop read everybody's standing again.
func (s *season) askResync(cause string) {
	s.mu.Lock()
	s.todo.resync = cause
	s.newsCount = -1
	s.mu.Unlock()
	s.wakeLoop()
}

// heartbeat sends this node's own heartbeat until ctx ends.
func (q *Queue) heartbeat(ctx context.Context) {
	ticker := time.NewTicker(heartbeatEvery)
	defer ticker.Stop()
	for {
		// What fails here shows where it is missed.
		_ = q.o.Redis.Publish(ctx, heartbeatChannel(q.o.Node), strconv.FormatInt(time.Now().UnixNano(), 10)).Err()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// hear takes in what a script published. Own is what a script called by this
// node answered; the same message comes back by pub/sub, where its count says
// whether one before it was lost.
func (s *season) handleNews(message string, own bool) {
	n, err := parseNews(message)
	if err != nil {
		s.q.log.Error("a message of the line cannot be read", "season", s.id, "error", err)
		return
	}
	c := countsOf(n.Counts)
	s.mu.Lock()
	s.seeLocked(c)
	if !own {
		s.countNewsLocked(c)
	}
	for _, u := range n.Users {
		s.applyLocked(c, parseUserState(u))
	}
	for _, pair := range n.Replaced {
		var newest socket
		scan(pair, &newest.user, &newest.conn)
		s.replaceLocked(newest.user, newest.conn)
	}
	if n.Moved != "" && (s.atFront && !own || c.Open != s.lastRefresh.Open) {
		s.todo.positions = true
	}
	rouse := s.todo.positions || s.todo.resync != ""
	s.mu.Unlock()
	s.q.out.drain()
	if rouse {
		s.wakeLoop()
	}
}

// countNewsLocked notes that a message came by pub/sub, and asks for a resync
// when one before it did not.
func (s *season) countNewsLocked(c counts) {
	if c.Epoch == s.newsEpoch && s.newsCount >= 0 && c.News > s.newsCount+1 {
		s.todo.resync = "lost"
	}
	if c.Epoch > s.newsEpoch || c.Epoch == s.newsEpoch && c.News > s.newsCount {
		s.newsEpoch, s.newsCount = c.Epoch, c.News
	}
}

// missesNewsLocked reports whether there had been more news at a tick than has
// arrived; a moment later all of it must have. A node that does not know where
// it stands yet begins to count here.
func (s *season) missesNewsLocked(c counts) bool {
	if c.Epoch != s.newsEpoch || s.newsCount < 0 {
		s.newsEpoch, s.newsCount = c.Epoch, c.News
		return false
	}
	return c.News > s.newsCount
}
