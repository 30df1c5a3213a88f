package queue

import (
	"context"
	"sync"
	"time"
)

// resignTime is how long a node that stops may take to remove itself from its
// seasons.
const resignTime = 3 * time.Second

// Run keeps the mirrors, heartbeats and subscriptions until ctx ends. Then it
// removes this node from its seasons, so that its users have no socket here, and
// returns nil.
func (q *Queue) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	loops.Go(func() { q.news.Run(ctx) })
	loops.Go(func() { q.ledger.keepIndex(ctx) })
	for ctx.Err() == nil {
		for _, s := range q.watchedSeasons() {
			s.mu.Lock()
			start := s.watched && !s.running
			if start {
				s.running = true
				own, stop := context.WithCancel(ctx)
				ended := make(chan struct{})
				s.stop, s.ended = stop, ended
				loops.Go(func() {
					defer close(ended)
					defer stop()
					s.runLoops(own)
				})
			}
			s.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-q.added:
		}
	}
	loops.Wait()

	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), resignTime)
	defer cancel()
	for _, s := range q.watchedSeasons() {
		s.mu.Lock()
		s.running = false
		s.mu.Unlock()
		if err := s.resign(last); err != nil {
			q.log.Warn("removing this stopping node failed: other nodes remove it when its heartbeat is missing", "season", s.id, "error", err)
		}
	}
	return nil
}

func (s *season) runLoops(ctx context.Context) {
	var loops sync.WaitGroup
	for _, loop := range []func(context.Context){s.loop, s.giveUpLoop, s.drawLoop, s.ledgerLoop} {
		loops.Go(func() { loop(ctx) })
	}
	loops.Wait()
}

// Watch makes this node keep a season's mirror and take its share of the ticks.
func (q *Queue) Watch(season string) {
	s := q.season(season)
	s.mu.Lock()
	watched := s.watched
	s.watched = true
	s.mu.Unlock()
	if watched {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), runTimeout)
	defer cancel()
	q.news.Add(ctx, newsChannel(season))
	q.news.Add(ctx, answersChannel(season))
	select {
	case q.added <- struct{}{}:
	default:
	}
}

func (q *Queue) watchedSeasons() []*season {
	q.mu.Lock()
	defer q.mu.Unlock()
	var watched []*season
	for _, s := range q.seasons {
		s.mu.Lock()
		if s.watched {
			watched = append(watched, s)
		}
		s.mu.Unlock()
	}
	return watched
}

// resign removes this node from the season, so that its users are absent at once
// and not after three seconds without a heartbeat.
func (s *season) resign(ctx context.Context) error {
	for {
		r, err := s.call(ctx, resignScript, s.q.o.Node)
		if err != nil {
			return err
		}
		var done bool
		if scan(r.extra, &done); done {
			return nil
		}
	}
}
