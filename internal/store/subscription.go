package store

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// subscriptionSilence is the default of SubscriptionOptions.Silence.
	subscriptionSilence = 3 * time.Second
	// subscriptionPause is the pause before the next attempt to subscribe.
	subscriptionPause = 200 * time.Millisecond
	removeTime        = time.Second // the longest that ending one channel may take
)

// SubscriptionOptions configures a Subscription.
type SubscriptionOptions struct {
	Redis redis.UniversalClient
	// Name says in the log what the subscription is for.
	Name string
	// Message receives each message, one at a time. It must not block.
	Message func(channel, payload string)
	// Subscribed is called each time Redis confirms a channel: messages published
	// before may have been lost, at the first time and after each reconnection.
	// Optional. It must not block.
	Subscribed func(channel string)
	// Heartbeat is a channel of this node's own, on which the subscription sends
	// itself a message three times per Silence. It proves that messages pass from one
	// server of a cluster to another. Without it a silent connection is pinged.
	Heartbeat string
	// Lag receives how long each heartbeat took. Optional.
	Lag func(time.Duration)
	// Silence is how long a connection may be silent before it counts as broken
	// (without Heartbeat: before it is pinged, and then again). A half-open
	// connection never reports an error.
	Silence time.Duration
	Logger  *slog.Logger // nil: discard
}

// Subscription receives the messages of Redis channels. It reconnects for as long
// as Run runs, and subscribes again to every channel. Safe for concurrent use.
type Subscription struct {
	o   SubscriptionOptions
	log *slog.Logger

	mu       sync.Mutex
	channels []string
	live     *redis.PubSub // nil between two connections
}

// NewSubscription prepares a subscription to channels. Nothing is received before
// Run.
func NewSubscription(o SubscriptionOptions, channels ...string) *Subscription {
	if o.Silence == 0 {
		o.Silence = subscriptionSilence
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Subscription{o: o, log: o.Logger.With("subscription", o.Name), channels: slices.Clone(channels)}
}

// Add subscribes to one more channel. It needs no error: when the connection is
// broken, the next one subscribes to the channel.
func (s *Subscription) Add(ctx context.Context, channel string) {
	s.mu.Lock()
	if slices.Contains(s.channels, channel) {
		s.mu.Unlock()
		return
	}
	s.channels = append(s.channels, channel)
	live := s.live
	s.mu.Unlock()
	if live != nil {
		_ = live.Subscribe(ctx, channel)
	}
}

// Remove ends the subscription to a channel. It needs no error either: a later message of
// the channel is passed on as if it had come before.
func (s *Subscription) Remove(channel string) {
	s.mu.Lock()
	s.channels = slices.DeleteFunc(s.channels, func(c string) bool { return c == channel })
	live := s.live
	s.mu.Unlock()
	if live != nil {
		ctx, cancel := context.WithTimeout(context.Background(), removeTime)
		defer cancel()
		_ = live.Unsubscribe(ctx, channel)
	}
}

// Run receives messages until ctx ends, and waits for what it started.
func (s *Subscription) Run(ctx context.Context) {
	var beating sync.WaitGroup
	defer beating.Wait()
	if s.o.Heartbeat != "" {
		beating.Go(func() { s.beat(ctx) })
	}
	warned := false
	for ctx.Err() == nil {
		received, err := s.receive(ctx)
		if ctx.Err() != nil {
			return
		}
		if !warned || received {
			s.log.Warn("subscription: the connection broke: subscribing again", "error", err)
			warned = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(subscriptionPause):
		}
	}
}

// receive receives on one connection until the connection breaks. It reports
// whether any message arrived.
func (s *Subscription) receive(ctx context.Context) (received bool, err error) {
	s.mu.Lock()
	// Subscribes to nothing yet: Redis may be away, and Add needs the lock.
	live := s.o.Redis.Subscribe(ctx)
	channels := slices.Clone(s.channels)
	s.live = live
	s.mu.Unlock()
	if s.o.Heartbeat != "" {
		channels = append(channels, s.o.Heartbeat)
	}
	// A read under way does not notice that ctx has ended. Closing ends it.
	stop := context.AfterFunc(ctx, func() { _ = live.Close() })
	defer func() {
		stop()
		s.mu.Lock()
		s.live = nil
		s.mu.Unlock()
		_ = live.Close()
	}()
	if err := live.Subscribe(ctx, channels...); err != nil {
		return false, err
	}
	pinged := false
	for {
		got, err := live.ReceiveTimeout(ctx, s.o.Silence)
		if err != nil {
			if pinged || s.o.Heartbeat != "" || !isTimeout(err) {
				return received, err
			}
			if err := live.Ping(ctx); err != nil {
				return received, err
			}
			pinged = true
			continue
		}
		pinged = false
		switch m := got.(type) {
		case *redis.Subscription:
			if m.Kind == "subscribe" && m.Channel != s.o.Heartbeat && s.o.Subscribed != nil {
				s.o.Subscribed(m.Channel)
			}
		case *redis.Message:
			received = true
			if m.Channel == s.o.Heartbeat {
				s.measure(m.Payload)
				continue
			}
			s.o.Message(m.Channel, m.Payload)
		}
	}
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}

// beat publishes the heartbeat until ctx ends. A publication that fails shows as a
// heartbeat that does not arrive.
func (s *Subscription) beat(ctx context.Context) {
	ticker := time.NewTicker(s.o.Silence / 3)
	defer ticker.Stop()
	for {
		_ = s.o.Redis.Publish(ctx, s.o.Heartbeat, strconv.FormatInt(time.Now().UnixNano(), 10)).Err()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Subscription) measure(payload string) {
	sent, err := strconv.ParseInt(payload, 10, 64)
	if err == nil && s.o.Lag != nil {
		s.o.Lag(time.Since(time.Unix(0, sent)))
	}
}
