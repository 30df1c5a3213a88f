package seats

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	beatEvery  = time.Second
	beatMissed = 3 * time.Second // a subscription this silent is dead: it does not notice that itself
	relisten   = 200 * time.Millisecond
)

// subscription is this node's one subscription, to the channels of all seasons
// it keeps and to its own heartbeat.
type subscription struct {
	mu       sync.Mutex
	channels map[string]*mirror
	live     *redis.PubSub // nil between two
}

// add hears a season's channel from now on.
func (s *subscription) add(ctx context.Context, m *mirror) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[ChannelOf(m.season)] = m
	if s.live != nil {
		// When this fails the connection is broken, and listen subscribes anew to all.
		_ = s.live.Subscribe(ctx, ChannelOf(m.season))
	}
}

func (s *subscription) mirror(channel string) *mirror {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[channel]
}

// Listen hears the seasons' channels until ctx ends, subscribing anew whenever
// nothing comes any more.
func (s *Store) Listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		s.Log.WarnContext(ctx, "the subscription broke; subscribing anew", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(relisten):
		}
	}
}

// listenOnce hears one subscription until it breaks.
func (s *Store) listenOnce(ctx context.Context) error {
	beat := BeatChannel(s.Node)
	sub := s.subscription
	sub.mu.Lock()
	channels := []string{beat, s.SeasonsChannel}
	for channel := range sub.channels {
		channels = append(channels, channel)
	}
	live := s.Redis.Subscribe(ctx, channels...)
	sub.live = live
	sub.mu.Unlock()
	// A read in progress does not notice that ctx has ended; closing ends it.
	stopClosing := context.AfterFunc(ctx, func() { _ = live.Close() })
	beating, stopBeating := context.WithCancel(ctx)
	var helper sync.WaitGroup
	helper.Go(func() { s.beat(beating, beat) })
	defer func() {
		sub.mu.Lock()
		sub.live = nil
		sub.mu.Unlock()
		stopBeating()
		helper.Wait()
		stopClosing()
		_ = live.Close()
	}()
	for {
		got, err := live.ReceiveTimeout(ctx, beatMissed)
		if err != nil {
			return err
		}
		switch got := got.(type) {
		case *redis.Subscription:
			if m := sub.mirror(got.Channel); m != nil && strings.HasPrefix(got.Kind, "sub") {
				m.touch() // messages may have been lost: the next reading brings their news
			}
		case *redis.Message:
			if got.Channel == s.SeasonsChannel {
				s.SeasonChanged()
				continue
			}
			m := sub.mirror(got.Channel)
			if m == nil {
				continue // the heartbeat
			}
			if err := s.Hear(ctx, m, got.Payload); err != nil {
				s.Log.WarnContext(ctx, "a message is not understood", "error", err)
			}
		}
	}
}

// beat publishes the heartbeat that this node must itself receive.
func (s *Store) beat(ctx context.Context, channel string) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			// A failure shows as a beat that is not received.
			_ = s.Redis.Publish(ctx, channel, "").Err()
		}
	}
}
