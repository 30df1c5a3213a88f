package booking

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// The feed tells shops of transactions: by webhooks to the URLs an operator has
// named, and to whoever asks (Feed). docs/feed.md describes it from outside. Its
// collections:
//
//	feed           the outbox: events recorded and not in the log yet, by event id
//	feed_log       the log: pages of events by number, inserted once, in one order for all
//	feed_attempts  "<event>/<endpoint>/<n>": whoever inserts it may make that attempt
//	feed_marks     by endpoint: up to which page every event is settled; a hint
//
// An event is recorded by whoever settles a purchase or a refund, before its entry
// leaves pending, so a crash in between is made good by recovery. Every node moves
// the outbox into the log, and every node that knows an endpoint follows the log
// for it. Nothing is decided but by insert, and there is no leader.
const (
	feedName         = "feed"
	feedLogName      = "feed_log"
	feedAttemptsName = "feed_attempts"
	feedMarksName    = "feed_marks"
)

// FeedOptions says whom to tell.
type FeedOptions struct {
	URLs []string // each is told every event there ever was, see CheckFeedURL
	// Secrets sign every message, each of them: with two a secret can be replaced.
	// See ParseFeedSecret.
	Secrets []string
}

// feedTimes are how long the feed waits for what; tests shorten them.
type feedTimes struct {
	look    time.Duration // between two looks at what other nodes did
	gather  time.Duration // what is recorded meanwhile goes into the same page
	grace   time.Duration // how long a new event is left to the node that put it into the log
	send    time.Duration // how long an endpoint may take
	lease   time.Duration // after so long an attempt without an outcome is taken for dead
	first   time.Duration // before the first repetition; each wait is twice the one before …
	longest time.Duration // … up to this
	giveUp  time.Duration // after the first attempt: what fails then is given up
}

var feedUsual = feedTimes{
	look: 2 * time.Second, gather: 50 * time.Millisecond, grace: 5 * time.Second,
	send: 10 * time.Second, lease: 20 * time.Second,
	first: 2 * time.Second, longest: time.Hour, giveUp: 24 * time.Hour,
}

const (
	feedPageSize = 200  // events in a page of the log
	feedOutbox   = 2000 // events moved at once
	feedParallel = 8    // deliveries at once, a node and endpoint
	feedWindow   = 1000 // events that wait for an endpoint in a node's memory
	feedRemember = 50   // pages of the log that a node reads at its start
	feedPlaced   = 20_000
)

// feed is a node's part in it.
type feed struct {
	b        *Booking
	times    feedTimes
	secrets  [][]byte
	client   *http.Client
	log      *feedLog
	couriers []*courier
	metrics  feedMetrics

	recorded chan struct{} // holds one token when this node has recorded something
}

func newFeed(b *Booking) (*feed, error) {
	f := &feed{b: b, times: feedUsual, recorded: make(chan struct{}, 1)}
	f.log = newFeedLog(b)
	var problems []error
	var err error
	if f.metrics, err = newFeedMetrics(b.o.Registerer); err != nil {
		return nil, err
	}
	for _, text := range b.o.Feed.Secrets {
		secret, err := ParseFeedSecret(text)
		problems = append(problems, err)
		f.secrets = append(f.secrets, secret)
	}
	seen := map[string]bool{}
	for _, url := range b.o.Feed.URLs {
		problems = append(problems, CheckFeedURL(url))
		if !seen[url] {
			f.couriers = append(f.couriers, newCourier(f, url))
		}
		seen[url] = true
	}
	if len(f.couriers) > 0 && len(f.secrets) == 0 {
		problems = append(problems, errors.New("the feed's endpoints need a secret"))
	}
	f.client = &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			MaxIdleConnsPerHost: feedParallel,
			IdleConnTimeout:     30 * time.Second,
			ForceAttemptHTTP2:   true,
		},
		// Where the operator did not send it, it does not go.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return f, errors.Join(problems...)
}

// run moves recorded events into the log and delivers them until ctx ends.
// Deliveries under way then are finished.
func (f *feed) run(ctx context.Context) {
	var running sync.WaitGroup
	for _, c := range f.couriers {
		running.Go(func() { c.run(ctx) })
	}
	f.place(ctx)
	running.Wait()
	f.client.CloseIdleConnections()
}

// place keeps the outbox empty.
func (f *feed) place(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	indexed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.recorded:
			select { // a moment more, so that a busy sale does not make a page a purchase
			case <-ctx.Done():
				return
			case <-time.After(f.times.gather):
			}
		case <-timer.C:
		}
		if err := f.log.placeOnce(ctx); err != nil && ctx.Err() == nil {
			f.b.log.WarnContext(ctx, "events wait for their place in the feed", "error", err)
		}
		if !indexed {
			indexed = f.b.ensureDeskIndexes(ctx) == nil
		}
		timer.Reset(f.times.look)
	}
}
