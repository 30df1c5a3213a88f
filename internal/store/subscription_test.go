package store_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/store"
	"usher/internal/testkit"
)

// receiver is a running subscription and what it has received.
type receiver struct {
	*store.Subscription
	messages, confirmed chan string
}

// receive runs a subscription on a client until the test ends.
func receive(t *testing.T, client redis.UniversalClient, o store.SubscriptionOptions, channels ...string) *receiver {
	t.Helper()
	r := &receiver{messages: make(chan string, 1000), confirmed: make(chan string, 1000)}
	o.Redis = client
	o.Message = func(channel, payload string) { r.messages <- channel + " " + payload }
	o.Subscribed = func(channel string) { r.confirmed <- channel }
	r.Subscription = store.NewSubscription(o, channels...)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("the subscription did not end with its context")
		}
	})
	return r
}

// want waits for one value.
func want(t *testing.T, values <-chan string, wanted string) {
	t.Helper()
	deadline := time.After(15 * time.Second)
	for {
		select {
		case got := <-values:
			if got == wanted {
				return
			}
		case <-deadline:
			t.Fatalf("%q did not arrive", wanted)
		}
	}
}

func TestASubscriptionReceivesAlsoChannelsAddedLater(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, url string) {
		client := testkit.Open(t, url).Redis
		name := testkit.SeasonID()
		r := receive(t, client, store.SubscriptionOptions{}, name+":one")
		want(t, r.confirmed, name+":one")
		r.Add(t.Context(), name+":two")
		r.Add(t.Context(), name+":two")
		want(t, r.confirmed, name+":two")
		for _, channel := range []string{name + ":one", name + ":two"} {
			if err := client.Publish(t.Context(), channel, "news").Err(); err != nil {
				t.Fatal(err)
			}
			want(t, r.messages, channel+" news")
		}
	})
}

// TestABrokenSubscriptionIsConfirmedAgain: after a break the subscription is confirmed
// again, which tells its owner to read what was missed.
func TestABrokenSubscriptionIsConfirmedAgain(t *testing.T) {
	for name, breaks := range map[string]func(*testkit.Proxy){
		"cut": (*testkit.Proxy).Cut,
		"silent": func(p *testkit.Proxy) {
			p.Freeze()
			time.AfterFunc(time.Second, p.Thaw)
		},
	} {
		for _, heartbeat := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " with a heartbeat", false: " with pings"}[heartbeat], func(t *testing.T) {
				t.Parallel()
				here := testkit.Stores(t)
				p := testkit.StartProxy(t, here.RedisURL)
				channel := testkit.SeasonID()
				o := store.SubscriptionOptions{Silence: 150 * time.Millisecond}
				lags := make(chan time.Duration, 1000)
				if heartbeat {
					o.Heartbeat, o.Lag = channel+":heartbeat", func(lag time.Duration) { lags <- lag }
				}
				r := receive(t, testkit.Open(t, p.URL).Redis, o, channel)
				want(t, r.confirmed, channel)
				if heartbeat {
					if lag := <-lags; lag <= 0 || lag > 15*time.Second {
						t.Errorf("the heartbeat took %v", lag)
					}
				}
				breaks(p)
				want(t, r.confirmed, channel)
				if err := testkit.Open(t, "").Redis.Publish(t.Context(), channel, "news").Err(); err != nil {
					t.Fatal(err)
				}
				want(t, r.messages, channel+" news")
			})
		}
	}
}

// TestASilentChannelKeepsItsConnection: a connection that answers pings is not
// replaced, however long its channels are silent.
func TestASilentChannelKeepsItsConnection(t *testing.T) {
	p := testkit.StartProxy(t, testkit.Stores(t).RedisURL)
	pings := make(chan struct{}, 1000)
	p.Lose(func(request []byte) bool {
		if bytes.Contains(request, []byte("ping")) {
			pings <- struct{}{}
		}
		return false
	})
	channel := testkit.SeasonID()
	r := receive(t, testkit.Open(t, p.URL).Redis, store.SubscriptionOptions{Silence: 500 * time.Millisecond}, channel)
	want(t, r.confirmed, channel)
	for range 3 {
		<-pings
	}
	if len(r.confirmed) > 0 {
		t.Error("the connection was replaced")
	}
}
