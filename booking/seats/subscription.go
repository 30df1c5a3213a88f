package seats

import (
	"context"

	"usher/internal/store"
)

// newSubscription prepares this node's subscription to the changes of every kept
// season, and to the channel that says that settings have changed. The heartbeat
// proves that messages arrive, because a connection may die without an error.
func (s *Store) newSubscription() *store.Subscription {
	return store.NewSubscription(store.SubscriptionOptions{
		Redis: s.Redis, Name: "changes of seats", Logger: s.Log,
		Message: s.message,
		Subscribed: func(channel string) {
			if m := s.mirrorOn(channel); m != nil {
				m.wake() // messages may have been lost: the next reading finds what they said
			}
		},
		Heartbeat: BeatChannel(s.Node),
	}, s.SeasonsChannel)
}

// Listen receives messages until ctx ends.
func (s *Store) Listen(ctx context.Context) { s.subscription.Run(ctx) }

// message handles a message from any channel.
func (s *Store) message(channel, payload string) {
	if channel == s.SeasonsChannel {
		s.SeasonChanged()
		return
	}
	if m := s.mirrorOn(channel); m != nil {
		s.handle(m, payload)
	}
}

// mirrorOn returns the mirror of the season that a channel belongs to, nil for none.
func (s *Store) mirrorOn(channel string) *mirror {
	m, ok := s.channels.Load(channel)
	if !ok {
		return nil
	}
	return m.(*mirror)
}
