package feed

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/store"
)

// The collections. docs/feed.md describes the feed for receivers.
const (
	outboxName   = "feed"          // events that are not in the log yet, by event id
	logName      = "feed_log"      // pages of events by number, see logPage
	attemptsName = "feed_attempts" // "<event>/<endpoint>/<n>", see attempt
	marksName    = "feed_marks"    // progress of each endpoint, see endpointMark
)

// Webhooks are the endpoints that receive every event.
type Webhooks struct {
	URLs []string // see CheckURL; a new endpoint receives the whole log
	// Secrets each sign every message. Give two while a secret is replaced. See
	// ParseSecret.
	Secrets []string
}

// Options configures a Feed.
type Options struct {
	Webhooks
	Endpoints []Endpoint // receive events by other ways
	Mongo     *mongo.Database
	Node      string // this node's id
	// Warn replaces the texts that an operator sees for a source; no text withdraws
	// them. Nil: warnings are dropped.
	Warn       func(source string, texts ...string)
	Logger     *slog.Logger          // nil: discard
	Registerer prometheus.Registerer // nil: no metrics
}

// timing are the durations of the feed. Tests shorten them.
type timing struct {
	look    time.Duration // the interval at which a node reads what other nodes wrote
	gather  time.Duration // the wait after an event is recorded, so that more events share its page
	grace   time.Duration // how long other nodes leave a new event to the node that inserted its page
	send    time.Duration // the timeout of one HTTP request
	lease   time.Duration // an attempt without an outcome for so long counts as abandoned
	first   time.Duration // the first back-off; each further one is twice as long,
	longest time.Duration // up to this
	stop    time.Duration // how long a delivery to an Endpoint may still take when its node stops
	giveUp  time.Duration // a failure so long after the first attempt gives the event up
}

var usualTiming = timing{
	look: 2 * time.Second, gather: 50 * time.Millisecond, grace: 5 * time.Second, stop: 5 * time.Second,
	send: 10 * time.Second, lease: 20 * time.Second,
	first: 2 * time.Second, longest: time.Hour, giveUp: 24 * time.Hour,
}

const (
	pageSize         = 200  // events in a page of the log
	outboxBatch      = 2000 // events moved at once
	parallel         = 8    // deliveries in flight, per node and endpoint
	window           = 1000 // waiting events in memory, per node and endpoint
	pagesRemembered  = 50   // pages of the log that a node reads at its start
	placedRemembered = 20_000
)

// Feed is a node's part of the feed. Safe for concurrent use.
type Feed struct {
	o           Options
	timing      timing
	secrets     [][]byte
	client      *http.Client
	eventLog    *eventLog
	dispatchers []*dispatcher
	metrics     metrics

	recorded chan struct{} // holds one token when this node has recorded something
}

// New checks the options. Nothing runs before Run.
func New(o Options) (*Feed, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Warn == nil {
		o.Warn = func(string, ...string) {}
	}
	f := &Feed{o: o, timing: usualTiming, eventLog: newEventLog(o.Mongo, o.Node), recorded: make(chan struct{}, 1)}
	var problems []error
	for _, text := range o.Secrets {
		secret, err := ParseSecret(text)
		problems = append(problems, err)
		f.secrets = append(f.secrets, secret)
	}
	seen := map[string]bool{}
	for _, url := range o.URLs {
		problems = append(problems, CheckURL(url))
		if !seen[url] {
			f.dispatchers = append(f.dispatchers, newDispatcher(f, url))
		}
		seen[url] = true
	}
	if len(f.dispatchers) > 0 && len(f.secrets) == 0 {
		problems = append(problems, errors.New("the feed has endpoints and no secret: give a secret to sign with"))
	}
	for i := range o.Endpoints {
		f.dispatchers = append(f.dispatchers, newEndpoint(f, &o.Endpoints[i]))
	}
	var names []string
	for _, d := range f.dispatchers {
		names = append(names, d.name)
	}
	f.metrics = newMetrics(o.Registerer, names)
	f.client = &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			MaxIdleConnsPerHost: parallel,
			IdleConnTimeout:     30 * time.Second,
			ForceAttemptHTTP2:   true,
		},
		// A redirect is not followed: the operator did not choose the address it leads to.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return f, errors.Join(problems...)
}

// Run moves recorded events into the log and delivers them until ctx ends.
// Run then waits for the deliveries in flight.
func (f *Feed) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, c := range f.dispatchers {
		running.Go(func() { c.run(ctx) })
	}
	f.place(ctx)
	running.Wait()
	f.client.CloseIdleConnections()
}

// ensureIndex creates the index by which Undelivered finds the events given up.
func (f *Feed) ensureIndex(ctx context.Context) error {
	_, err := f.o.Mongo.Collection(attemptsName).Indexes().CreateOne(ctx, attemptsIndex())
	return err
}

func attemptsIndex() mongo.IndexModel {
	return mongo.IndexModel{Keys: bson.D{{Key: "outcome", Value: 1}}}
}

// MissingIndexes lists the indexes of the feed that MongoDB lacks. A running node makes
// them.
func (f *Feed) MissingIndexes(ctx context.Context) ([]string, error) {
	missing, err := store.MissingIndexes(ctx, f.o.Mongo.Collection(attemptsName), []mongo.IndexModel{attemptsIndex()})
	return missing, store.Fault(err)
}

// place moves events from the outbox into the log until ctx ends, after each Record of
// this node and at least once in timing.look.
func (f *Feed) place(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	indexed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.recorded:
			select { // wait a moment, so that a busy sale does not write one page per purchase
			case <-ctx.Done():
				return
			case <-time.After(f.timing.gather):
			}
		case <-timer.C:
		}
		if err := f.eventLog.placeOnce(ctx); err != nil && ctx.Err() == nil {
			f.o.Logger.WarnContext(ctx, "feed: moving events into the log failed: they stay in the outbox and are moved later", "error", err)
		}
		if !indexed {
			indexed = f.ensureIndex(ctx) == nil
		}
		timer.Reset(f.timing.look)
	}
}
