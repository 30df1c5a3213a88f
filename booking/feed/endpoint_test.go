package feed

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/store"
	"usher/internal/testkit"
)

// receiver is an endpoint that is no webhook.
type receiver struct {
	t *testing.T

	mu   sync.Mutex
	sent map[string]int
	// answer answers the n-th delivery of an event, from 1; nil accepts. It runs without
	// the lock.
	answer func(ctx context.Context, event string, n int) Answer
	wants  func(event string) bool // nil: all
}

var errRefused = errors.New("refused")

func (r *receiver) endpoint() Endpoint {
	r.sent = map[string]int{}
	return Endpoint{
		Name: "mail",
		Pace: Pace{Send: time.Minute, Lease: time.Hour, First: 10 * time.Millisecond, Longest: 50 * time.Millisecond, GiveUp: time.Hour, Stale: time.Hour},
		Wants: func(_ context.Context, e *Event) (bool, error) {
			return r.wants == nil || r.wants(e.id()), nil
		},
		Send: func(ctx context.Context, e *Event) Answer {
			r.mu.Lock()
			r.sent[e.id()]++
			n := r.sent[e.id()]
			r.mu.Unlock()
			if r.answer == nil {
				return Answer{Status: 250}
			}
			return r.answer(ctx, e.id(), n)
		},
	}
}

func (r *receiver) times(event string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent[event]
}

// receiving returns a node with an endpoint that is no webhook.
func (c *cluster) receiving(name string, to Endpoint) *Feed {
	c.t.Helper()
	stores := testkit.OpenAt(c.t, testkit.Stores(c.t).RedisURL, testkit.Stores(c.t).MongoURL, c.stores.Mongo.Name())
	f, err := New(Options{Mongo: stores.Mongo, Node: name, Endpoints: []Endpoint{to}})
	if err != nil {
		c.t.Fatal(err)
	}
	f.timing = testTiming
	return f
}

// wantEnd waits until the mark of the endpoint is at the end of the log.
func (c *cluster) wantEnd(f *Feed) {
	c.t.Helper()
	testkit.Eventually(c.t, soon, "every event is settled", func() bool {
		mark, err := store.Find[endpointMark](c.ctx, c.stores.Mongo.Collection(marksName), "mail")
		left, err2 := c.stores.Mongo.Collection(outboxName).CountDocuments(c.ctx, bson.D{})
		tail, err3 := f.eventLog.search(c.ctx)
		return err == nil && err2 == nil && err3 == nil && mark != nil && left == 0 && mark.Page == tail
	})
}

// TestAnEndpointRefusesEvents: an event that is refused for good is given up at once and
// sent again when an operator asks; one that is put off is tried again; the others, and
// those that the endpoint does not want, do not wait.
func TestAnEndpointRefusesEvents(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	var refuse sync.Map
	r := &receiver{t: t, wants: func(event string) bool { return !strings.HasPrefix(event, "not") }}
	r.answer = func(_ context.Context, event string, n int) Answer {
		switch {
		case strings.HasPrefix(event, "never"):
			if _, repaired := refuse.Load(event); !repaired {
				return Answer{Err: errRefused, Status: 550, Final: true, Alone: true}
			}
		case strings.HasPrefix(event, "later") && n < 4:
			return Answer{Err: errRefused, Status: 451, Alone: true}
		}
		return Answer{Status: 250}
	}
	f := c.receiving("a", r.endpoint())
	stop := c.run(f)
	old := Event{ID: "old", At: store.NowMilli().Add(-2 * time.Hour), Body: `{"type":"test"}`}
	if err := f.Record(c.ctx, old); err != nil {
		t.Fatal(err)
	}
	for _, event := range []string{"never-1", "later-1", "not-1", "fine-1"} {
		c.record(f, event)
	}
	c.wantEnd(f)
	for event, want := range map[string]int{"never-1": 1, "later-1": 4, "not-1": 0, "fine-1": 1, "old": 0} {
		if n := r.times(event); n != want {
			t.Errorf("event %s was sent %d times, want %d", event, n, want)
		}
	}
	if n, err := c.stores.Mongo.Collection(attemptsName).CountDocuments(c.ctx, bson.D{{Key: "event", Value: bson.D{{Key: "$in", Value: bson.A{"not-1", "old"}}}}}); err != nil || n != 0 {
		t.Errorf("%d attempts of events that are not wanted, %v", n, err)
	}
	list, err := f.Undelivered(c.ctx)
	if err != nil || len(list) != 1 || list[0].Event != "never-1" || list[0].URL != "mail" || list[0].State != outcomeGivenUp || list[0].Status != 550 || list[0].Error != "refused" {
		t.Errorf("the list is %+v, %v", list, err)
	}
	refuse.Store("never-1", true)
	if n, err := f.Retry(c.ctx, "never-1", "operator"); err != nil || n != 1 {
		t.Errorf("%d events are tried again, %v", n, err)
	}
	testkit.Eventually(t, soon, "the event is sent again", func() bool { return r.times("never-1") == 2 })
	c.wantEnd(f)
	if list, err := f.Undelivered(c.ctx); err != nil || len(list) != 0 {
		t.Errorf("the list is %+v, %v", list, err)
	}
	stop()
	c.record(f, "fine-2")
	again := c.receiving("b", r.endpoint()) // counts from zero
	c.run(again)
	c.wantEnd(again)
	for event, want := range map[string]int{"never-1": 0, "later-1": 0, "fine-1": 0, "fine-2": 1} {
		if n := r.times(event); n != want {
			t.Errorf("a node that starts sent event %s %d times, want %d", event, n, want)
		}
	}
}

// TestAFailingEndpointIsLeftAlone: failures of the endpoint itself pause all events, and
// when it works again all come.
func TestAFailingEndpointIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	r := &receiver{t: t}
	works := make(chan struct{})
	var tries sync.Map
	r.answer = func(_ context.Context, event string, n int) Answer {
		select {
		case <-works:
			return Answer{}
		default:
			tries.Store(event, n)
			return Answer{Err: errRefused}
		}
	}
	to := r.endpoint()
	to.Pace.First, to.Pace.Longest = time.Hour, time.Hour
	f := c.receiving("a", to)
	events := c.events(30, f)
	d := f.dispatchers[0]
	ctx, cancel := context.WithCancel(c.ctx)
	d.stopping = ctx
	var sending sync.WaitGroup
	if err := f.eventLog.placeOnce(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.fill(ctx); err != nil {
		t.Fatal(err)
	}
	d.start(ctx, &sending)
	for d.busy > 0 {
		d.finish(<-d.results)
	}
	count := func() (n int) {
		tries.Range(func(any, any) bool { n++; return true })
		return n
	}
	if first := count(); first != parallel || d.down != 1 || time.Until(d.paused) < time.Minute || time.Until(d.paused) > longestPause {
		t.Fatalf("%d events were tried, %d failures count, the pause is %v", first, d.down, time.Until(d.paused))
	}
	if wait := d.start(ctx, &sending); d.busy != 0 || wait > f.timing.look {
		t.Fatalf("%d deliveries began in the pause, which is looked at in %v", d.busy, wait)
	}
	d.paused = time.Time{} // the pause ends
	close(works)
	for len(d.waiting) > 0 {
		d.start(ctx, &sending)
		d.finish(<-d.results)
	}
	cancel()
	sending.Wait()
	for _, e := range events {
		if n := r.times(e); n < 1 || n > 2 {
			t.Errorf("event %s was sent %d times", e, n)
		}
	}
	if d.down != 0 || d.failing {
		t.Errorf("%d failures count, failing %v", d.down, d.failing)
	}
}

// heard is a log that tells when it gets a message.
type heard struct {
	slog.Handler
	message string
	once    func()
}

func (h heard) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, h.message) {
		h.once()
	}
	return nil
}

func (h heard) Enabled(context.Context, slog.Level) bool { return true }
func (h heard) WithAttrs([]slog.Attr) slog.Handler       { return h }

// TestAnAcceptedEventIsNotSentAgain: while the outcome cannot be written, the node that
// sent the event keeps the outcome and writes it later.
func TestAnAcceptedEventIsNotSentAgain(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	wire := testkit.StartProxy(t, testkit.Stores(t).MongoURL)
	stores := testkit.OpenAt(t, testkit.Stores(t).RedisURL, wire.URL, c.stores.Mongo.Name())
	r := &receiver{t: t, answer: func(context.Context, string, int) Answer {
		wire.Down()
		return Answer{Status: 250}
	}}
	failed := make(chan struct{})
	log := slog.New(heard{slog.DiscardHandler, "writing a delivery attempt failed", sync.OnceFunc(func() { close(failed) })})
	f, err := New(Options{Mongo: stores.Mongo, Node: "a", Endpoints: []Endpoint{r.endpoint()}, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	f.timing = testTiming
	c.run(f)
	event := c.events(1, f)[0]
	<-failed
	wire.Up()
	other := c.receiving("b", (&receiver{t: t}).endpoint()) // reads only
	testkit.Eventually(t, soon, "the outcome is written", func() bool {
		past, err := other.history(c.ctx, event, "mail")
		return err == nil && past.delivered && past.n == 1
	})
	c.wantEnd(other)
	if n := r.times(event); n != 1 {
		t.Errorf("the event was sent %d times, want 1", n)
	}
}

// TestAStoppingNodeLeavesASlowEndpoint: it waits for a short time, and notes that the
// delivery did not end.
func TestAStoppingNodeLeavesASlowEndpoint(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	came := make(chan struct{})
	r := &receiver{t: t, answer: func(ctx context.Context, _ string, _ int) Answer {
		close(came)
		<-ctx.Done()
		return Answer{Err: ctx.Err()}
	}}
	f := c.receiving("a", r.endpoint())
	stop := c.run(f)
	event := c.events(1, f)[0]
	<-came
	stop() // hangs for as long as Pace.Send without timing.stop
	if past, err := f.history(c.ctx, event, "mail"); err != nil || past.n != 1 || past.last.Outcome != outcomeFailed {
		t.Errorf("the history is %+v, %v", past, err)
	}
}
