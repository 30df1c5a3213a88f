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

// subscribe keeps the subscription to the seasons' news until ctx ends. A
// connection may die without an error, so this node's own heartbeat must come
// back on it.
func (q *Queue) subscribe(ctx context.Context) {
	failing := false
	for ctx.Err() == nil {
		received, err := q.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		if failing = failing && !received; !failing {
			q.log.Warn("the subscription to news failed: positions come with the tick until it works again", "error", err)
			failing = true
		}
		pause(ctx, 200*time.Millisecond)
	}
}

// listen subscribes and handles messages until an error. It reports whether any
// message came.
func (q *Queue) listen(ctx context.Context) (received bool, err error) {
	q.mu.Lock()
	channels := []string{heartbeatChannel(q.o.Node)}
	for id := range q.seasons {
		channels = append(channels, newsChannel(id))
	}
	ps := q.o.Redis.Subscribe(ctx) // without a channel yet: this call holds the lock that every call of the queue needs, and subscribing may take long
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
			return received, err
		}
		switch m := message.(type) {
		case *redis.Subscription:
			if s := q.byChannel(m.Channel); s != nil && m.Kind == "subscribe" {
				s.askResync("subscribed")
			}
		case *redis.Message:
			received = true
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

// askResync makes the loop read all states again.
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
		// An error shows as a missing heartbeat in listen.
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

// handleNews handles the news of a script. Own: the script was called by this
// node, and the news is from its reply. The same message comes back by pub/sub,
// where its count shows whether a message before it was lost.
func (s *season) handleNews(message string, own bool) {
	n, err := parseNews(message)
	if err != nil {
		s.q.log.Error("reading a news message failed: it is ignored", "season", s.id, "error", err)
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
	wake := s.todo.positions || s.todo.resync != ""
	s.mu.Unlock()
	s.q.out.drain()
	if wake {
		s.wakeLoop()
	}
}

// countNewsLocked records that a message came by pub/sub, and asks for a resync
// when a message before it is missing.
func (s *season) countNewsLocked(c counts) {
	if c.Epoch == s.newsEpoch && s.newsCount >= 0 && c.News > s.newsCount+1 {
		s.todo.resync = "lost"
	}
	if c.Epoch > s.newsEpoch || c.Epoch == s.newsEpoch && c.News > s.newsCount {
		s.newsEpoch, s.newsCount = c.Epoch, c.News
	}
}

// missesNewsLocked reports whether there was more news at a tick than has
// arrived. All of it must arrive a moment later. A node that does not know the
// count yet begins to count here.
func (s *season) missesNewsLocked(c counts) bool {
	if c.Epoch != s.newsEpoch || s.newsCount < 0 {
		s.newsEpoch, s.newsCount = c.Epoch, c.News
		return false
	}
	return c.News > s.newsCount
}
