package queue

import (
	"context"
	"strings"
	"time"

	"usher/internal/store"
)

// newSubscription prepares the subscription to the news of every watched season.
// A heartbeat of this node's own proves that messages arrive, because a connection
// may die without an error.
func (q *Queue) newSubscription() *store.Subscription {
	return store.NewSubscription(store.SubscriptionOptions{
		Redis: q.o.Redis, Name: "news of the line", Logger: q.log,
		Message: func(channel, payload string) {
			switch s, answer := q.byChannel(channel); {
			case answer:
				user, echo := strings.CutPrefix(payload, echoed)
				q.out.add(Event{Kind: Answered, Season: s.id, User: user, Echo: echo})
				q.out.drain()
			case s != nil:
				s.handleNews(payload, false)
			}
		},
		Subscribed: func(channel string) {
			if s, answers := q.byChannel(channel); s != nil && !answers {
				s.askResync("subscribed")
			}
		},
		Heartbeat: heartbeatChannel(q.o.Node),
		Lag:       func(d time.Duration) { q.metrics.lag.Observe(d.Seconds()) },
	})
}

// byChannel returns the season of a channel, nil for none. answers: it is the channel of
// answers and not of news.
func (q *Queue) byChannel(channel string) (s *season, answers bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for id, s := range q.seasons {
		switch channel {
		case newsChannel(id):
			return s, false
		case answersChannel(id):
			return s, true
		}
	}
	return nil, false
}

// askResync makes the loop read all states again.
func (s *season) askResync(cause string) {
	s.mu.Lock()
	s.todo.resync = cause
	s.newsCount = -1
	s.mu.Unlock()
	s.wakeLoop()
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
	if n.Moved != "" && (s.atFront && !own || c.Open != s.lastRefresh.Open || c.Gathers != s.lastRefresh.Gathers) {
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
