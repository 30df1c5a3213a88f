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

// endpointMark says how far an endpoint has come: every event up to Page is settled.
// It may lag behind, and then settled events are looked at again and left alone.
type endpointMark struct {
	ID   string `bson:"_id"` // the endpoint's
	URL  string `bson:"url"` // without its query, which may hold a secret
	Page int64  `bson:"page"`
	// GoneAt is when the endpoint answered that it is gone (410). Nothing is sent to
	// it until an operator asks for that.
	GoneAt time.Time `bson:"goneAt,omitempty"`
}

// dispatcher brings the log's events to one endpoint, from this node. A new event is
// left for a moment to the node that put it into the log; so in the ordinary way
// one node sends, and the others only look whether it has.
type dispatcher struct {
	f   *Feed
	url string
	id  string // of the endpoint: a hash of its URL

	// owned by run
	next     int64 // the page to read next; 0: the mark is not read yet
	marked   int64
	markedAt time.Time
	left     map[int64]int        // page → its events that are not settled
	waiting  map[string]*delivery // those events, by id
	busy     int
	failing  bool      // the last attempt of this node failed
	gone     bool      // the endpoint said that it is gone: the mark is looked at, nothing is sent
	paused   time.Time // nothing is sent before: the endpoint asked for that
	results  chan result
}

// delivery is an event that an endpoint has yet to take.
type delivery struct {
	event *Event
	page  int64
	due   time.Time
	busy  bool // a goroutine has it; what follows is that goroutine's

	looked   bool      // somebody may have tried it: look before trying
	retryNow bool      // the endpoint is well again: do not wait out the failure
	lease    int       // the attempt that another node has under way, 0: none
	since    time.Time // when this node first saw that
}

// result is what a goroutine found out about a delivery.
type result struct {
	*delivery
	settled bool
	after   time.Duration // look again, if not settled
	sent    bool          // this node made an attempt,
	took    bool          // and the endpoint took it
	gone    bool          // or said that it is gone
	until   time.Time     // or asked to be left alone until then
}

func endpointID(url string) string {
	sum := sha256.Sum256([]byte(url))
	return hex.EncodeToString(sum[:6])
}

// withoutQuery is a URL for people and metrics: what follows the path may be secret.
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
		f: f, url: url, id: endpointID(url), left: map[int64]int{}, waiting: map[string]*delivery{},
		results: make(chan result, parallel),
	}
}

// run delivers until ctx ends, and then waits for the deliveries under way.
func (c *dispatcher) run(ctx context.Context) {
	var sending sync.WaitGroup
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		_, more := c.f.eventLog.end()
		if err := c.fill(ctx); err != nil && ctx.Err() == nil {
			c.f.o.Logger.WarnContext(ctx, "the feed cannot be read", "endpoint", withoutQuery(c.url), "error", err)
		}
		wait := c.start(ctx, &sending)
		c.measure()
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			sending.Wait()
			for c.busy > 0 {
				c.finish(<-c.results)
			}
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.f.timing.look)
			defer cancel()
			c.mark(ctx, true)
			return
		case r := <-c.results:
			c.finish(r)
		case <-more:
		case <-timer.C:
		}
		c.mark(ctx, false)
	}
}

// fill reads pages until enough events wait.
func (c *dispatcher) fill(ctx context.Context) error {
	if c.next == 0 {
		if err := c.begin(ctx); err != nil {
			return err
		}
	}
	for len(c.waiting) < window {
		if tail, _ := c.f.eventLog.end(); c.next > tail {
			return nil
		}
		page, err := c.f.eventLog.read(ctx, c.next)
		if err != nil || page == nil {
			return err
		}
		due, foreign := time.Now(), page.By != c.f.o.Node
		if foreign {
			due = due.Add(c.f.timing.grace)
		}
		for i := range page.Events {
			e := &page.Events[i]
			if c.waiting[e.ID] == nil {
				c.waiting[e.ID] = &delivery{event: e, page: page.ID, due: due, looked: foreign}
				c.left[page.ID]++
			}
		}
		c.next++
	}
	return nil
}

// begin finds out where this endpoint stands. One that is new begins with the
// first event there ever was.
func (c *dispatcher) begin(ctx context.Context) error {
	marks := c.f.o.Mongo.Collection(marksName)
	_, err := marks.InsertOne(ctx, endpointMark{ID: c.id, URL: withoutQuery(c.url)})
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return err
	}
	mark, err := store.Find[endpointMark](ctx, marks, c.id)
	if err != nil || mark == nil {
		return err
	}
	c.next, c.marked = mark.Page+1, mark.Page
	c.setGone(!mark.GoneAt.IsZero())
	return nil
}

// start sends what is due, and returns how long there is nothing else to do.
func (c *dispatcher) start(ctx context.Context, sending *sync.WaitGroup) time.Duration {
	now := time.Now()
	wait := c.f.timing.look
	if c.gone {
		c.resume(ctx)
		return wait
	}
	if c.paused.After(now) {
		return min(wait, c.paused.Sub(now))
	}
	var due []*delivery
	for _, d := range c.waiting {
		switch {
		case d.busy:
		case d.due.After(now):
			wait = min(wait, d.due.Sub(now))
		default:
			due = append(due, d)
		}
	}
	slices.SortFunc(due, func(a, b *delivery) int {
		return cmp.Or(cmp.Compare(a.page, b.page), a.event.At.Compare(b.event.At), cmp.Compare(a.event.ID, b.event.ID))
	})
	for _, d := range due {
		if c.busy == parallel || ctx.Err() != nil {
			break
		}
		d.busy = true
		c.busy++
		// What has been begun is finished and its outcome written, though the node stops.
		ctx := context.WithoutCancel(ctx)
		sending.Go(func() { c.results <- c.attempt(ctx, d) })
	}
	return wait
}

// finish takes note of what became of a delivery.
func (c *dispatcher) finish(r result) {
	c.busy--
	r.busy = false
	r.due = time.Now().Add(r.after)
	if r.settled {
		delete(c.waiting, r.event.ID)
		if c.left[r.page]--; c.left[r.page] == 0 {
			delete(c.left, r.page)
		}
	}
	if r.until.After(c.paused) {
		c.paused = r.until
	}
	if r.gone {
		c.setGone(true)
	}
	if r.took && c.failing {
		// It is well again: nothing waits for the end of its back-off.
		for _, d := range c.waiting {
			if !d.busy && d.looked {
				d.retryNow, d.due = true, time.Now()
			}
		}
	}
	if r.sent {
		c.failing = !r.took
	}
}

// mark notes how far the endpoint has come, now and then.
func (c *dispatcher) mark(ctx context.Context, now bool) {
	done := c.next - 1
	for page := range c.left {
		done = min(done, page-1)
	}
	if done <= c.marked || !now && time.Since(c.markedAt) < c.f.timing.look {
		return
	}
	c.markedAt = time.Now()
	_, err := c.f.o.Mongo.Collection(marksName).UpdateOne(ctx, store.ByID(c.id), bson.D{{Key: "$set", Value: bson.D{{Key: "page", Value: done}}}})
	if err == nil {
		c.marked = done
	}
}

// measure shows what waits.
func (c *dispatcher) measure() {
	var oldest time.Time
	for _, d := range c.waiting {
		if oldest.IsZero() || d.event.At.Before(oldest) {
			oldest = d.event.At
		}
	}
	lag := 0.0
	if !oldest.IsZero() {
		lag = max(0, time.Since(oldest).Seconds())
	}
	c.f.metrics.waiting.WithLabelValues(withoutQuery(c.url)).Set(float64(len(c.waiting)))
	c.f.metrics.lag.WithLabelValues(withoutQuery(c.url)).Set(lag)
}
