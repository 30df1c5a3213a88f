package feed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"sync"
	"time"

	"usher/internal/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// endpointMark is the progress of an endpoint: every event up to Page is settled.
// Page may lag. Then a dispatcher reads settled events again and sends nothing.
type endpointMark struct {
	ID   string `bson:"_id"` // see endpointID
	URL  string `bson:"url"` // without the query, which may contain a secret
	Page int64  `bson:"page"`
	// GoneAt is the time at which the endpoint answered 410. Nothing is sent to the
	// endpoint until an operator calls Resume.
	GoneAt time.Time `bson:"goneAt,omitempty"`
	// Chooses: the endpoint gets some events only, see Endpoint.Wants.
	Chooses bool `bson:"chooses,omitempty"`
}

// dispatcher delivers the events of the log to one endpoint, from this node. Other
// nodes wait for timing.grace before they try a new event. So usually one node sends
// and the others only read the outcome.
type dispatcher struct {
	f    *Feed
	to   *Endpoint // nil: a webhook
	url  string    // of the webhook
	name string    // for logs, metrics and lists: the URL without the query, or the endpoint's name
	id   string    // see endpointID

	// owned by run
	stopping  context.Context // of run
	next      int64           // the page to read next; 0: the mark has not been read
	marked    int64           // the page last written to the mark
	markedAt  time.Time
	unsettled map[int64]int        // page → number of its events in waiting
	waiting   map[string]*delivery // events that are not settled, by id
	busy      int                  // deliveries in flight
	failing   bool                 // the last attempt of this node failed
	down      int                  // failures in a row that concern the whole endpoint, see pauseAfter
	gone      bool                 // the endpoint answered 410: read the mark and send nothing
	paused    time.Time            // send nothing before, as the endpoint asked
	results   chan result
}

// delivery is an event that the endpoint has not accepted yet.
type delivery struct {
	event *Event
	page  int64
	due   time.Time
	busy  bool // in flight: a goroutine owns the fields below

	alone    bool      // the last failure concerned this event only
	tried    bool      // there may be attempts: read the history before sending
	retryNow bool      // the endpoint works again: skip the back-off
	lease    int       // the attempt that another node has in flight; 0: none
	since    time.Time // when this node first saw the lease

	unwritten *attempt // has an outcome that could not be written
}

// result is the result of one try.
type result struct {
	*delivery
	settled  bool
	after    time.Duration // when to try again, unless settled
	sent     bool          // this node made an attempt
	accepted bool          // the endpoint accepted the event: 2xx
	alone    bool          // the failure concerns this event only
	gone     bool          // the endpoint answered 410
	until    time.Time     // the endpoint asked to receive nothing before
}

// endpointID identifies an endpoint by a hash of the URL.
func endpointID(url string) string {
	sum := sha256.Sum256([]byte(url))
	return hex.EncodeToString(sum[:6])
}

// withoutQuery returns a URL for logs and metrics, without the query, which may
// contain a secret.
func withoutQuery(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	u.RawQuery = ""
	return u.String()
}

func newDispatcher(f *Feed, url string) *dispatcher {
	return &dispatcher{
		f: f, url: url, name: withoutQuery(url), id: endpointID(url), unsettled: map[int64]int{}, waiting: map[string]*delivery{},
		results: make(chan result, parallel),
	}
}

// newEndpoint returns the dispatcher of an endpoint that is no webhook.
func newEndpoint(f *Feed, to *Endpoint) *dispatcher {
	d := newDispatcher(f, "")
	d.to, d.name, d.id = to, to.Name, to.Name
	return d
}

// run delivers until ctx ends. Then run waits for the deliveries in flight and writes
// the mark.
func (d *dispatcher) run(ctx context.Context) {
	d.stopping = ctx
	var sending sync.WaitGroup
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		_, more := d.f.eventLog.end()
		if err := d.fill(ctx); err != nil && ctx.Err() == nil {
			d.f.o.Logger.WarnContext(ctx, "feed: reading the log failed: trying again", "endpoint", d.name, "error", err)
		}
		wait := d.start(ctx, &sending)
		d.measure()
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			sending.Wait()
			for d.busy > 0 {
				d.finish(<-d.results)
			}
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.f.timing.look)
			defer cancel()
			d.mark(ctx, true)
			return
		case r := <-d.results:
			d.finish(r)
		case <-more:
		case <-timer.C:
		}
		d.mark(ctx, false)
	}
}

// fill reads pages of the log until a window of events waits or the log ends.
func (d *dispatcher) fill(ctx context.Context) error {
	if d.next == 0 {
		if err := d.begin(ctx); err != nil {
			return err
		}
	}
	for len(d.waiting) < d.window() {
		if tail, _ := d.f.eventLog.end(); d.next > tail {
			return nil
		}
		page, err := d.f.eventLog.read(ctx, d.next)
		if err != nil || page == nil {
			return err
		}
		due, foreign := time.Now(), page.By != d.f.o.Node
		if foreign {
			due = due.Add(d.f.timing.grace)
		}
		for i := range page.Events {
			e := &page.Events[i]
			if d.waiting[e.ID] == nil {
				d.waiting[e.ID] = &delivery{event: e, page: page.ID, due: due, tried: foreign}
				d.unsettled[page.ID]++
			}
		}
		d.next++
	}
	return nil
}

// begin reads the mark of the endpoint. A new endpoint starts with the first event of
// the log.
func (d *dispatcher) begin(ctx context.Context) error {
	marks := d.f.o.Mongo.Collection(marksName)
	_, err := marks.InsertOne(ctx, endpointMark{ID: d.id, URL: d.name, Chooses: d.to != nil})
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return err
	}
	mark, err := store.Find[endpointMark](ctx, marks, d.id)
	if err != nil || mark == nil {
		return err
	}
	d.next, d.marked = mark.Page+1, mark.Page
	d.setGone(!mark.GoneAt.IsZero())
	return nil
}

// start sends the deliveries that are due, the oldest first, and returns how long run
// may wait until the next is due.
func (d *dispatcher) start(ctx context.Context, sending *sync.WaitGroup) time.Duration {
	now := time.Now()
	wait := d.f.timing.look
	if d.gone {
		d.resume(ctx)
		return wait
	}
	if d.paused.After(now) {
		return min(wait, d.paused.Sub(now))
	}
	var due []*delivery
	for _, delivery := range d.waiting {
		switch {
		case delivery.busy:
		case delivery.due.After(now):
			wait = min(wait, delivery.due.Sub(now))
		default:
			due = append(due, delivery)
		}
	}
	slices.SortFunc(due, func(a, b *delivery) int {
		return cmp.Or(cmp.Compare(a.page, b.page), a.event.At.Compare(b.event.At), cmp.Compare(a.event.ID, b.event.ID))
	})
	for _, delivery := range due {
		if d.busy == parallel || ctx.Err() != nil {
			break
		}
		delivery.busy = true
		d.busy++
		// A stopping node finishes the attempt and writes the outcome.
		ctx := context.WithoutCancel(ctx)
		sending.Go(func() { d.results <- d.attempt(ctx, delivery) })
	}
	return wait
}

// finish applies the result of a delivery.
func (d *dispatcher) finish(r result) {
	d.busy--
	r.busy = false
	r.due = time.Now().Add(r.after)
	if r.settled {
		delete(d.waiting, r.event.ID)
		if d.unsettled[r.page]--; d.unsettled[r.page] == 0 {
			delete(d.unsettled, r.page)
		}
	}
	r.delivery.alone = r.alone
	d.pauseAfter(r)
	if r.until.After(d.paused) {
		d.paused = r.until
	}
	if r.gone {
		d.setGone(true)
	}
	if r.accepted && d.failing {
		// The endpoint works again: all failed deliveries are due at once.
		for _, delivery := range d.waiting {
			if !delivery.busy && delivery.tried && !delivery.alone {
				delivery.retryNow, delivery.due = true, time.Now()
			}
		}
	}
	if r.sent && !r.alone {
		d.failing = !r.accepted
	}
}

// mark writes the progress of the endpoint, at most once in timing.look unless now is
// set.
func (d *dispatcher) mark(ctx context.Context, now bool) {
	done := d.next - 1
	for page := range d.unsettled {
		done = min(done, page-1)
	}
	if done <= d.marked || !now && time.Since(d.markedAt) < d.f.timing.look {
		return
	}
	d.markedAt = time.Now()
	_, err := d.f.o.Mongo.Collection(marksName).UpdateOne(ctx, store.ByID(d.id), bson.D{{Key: "$set", Value: bson.D{{Key: "page", Value: done}}}})
	if err == nil {
		d.marked = done
	}
}

// measure sets the gauges of waiting events and of the lag.
func (d *dispatcher) measure() {
	var oldest time.Time
	for _, delivery := range d.waiting {
		if oldest.IsZero() || delivery.event.At.Before(oldest) {
			oldest = delivery.event.At
		}
	}
	lag := 0.0
	if !oldest.IsZero() {
		lag = max(0, time.Since(oldest).Seconds())
	}
	d.f.metrics.waiting.WithLabelValues(d.name).Set(float64(len(d.waiting)))
	d.f.metrics.lag.WithLabelValues(d.name).Set(lag)
}
