package feed

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/store"
	"usher/internal/testkit"
)

const testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// soon is the deadline of Eventually. It allows for a busy machine.
const soon = time.Minute

// testTiming are short durations for tests.
var testTiming = timing{
	look: 100 * time.Millisecond, gather: time.Millisecond, grace: 100 * time.Millisecond, stop: 100 * time.Millisecond,
	send: time.Minute, lease: time.Hour,
	first: 10 * time.Millisecond, longest: 50 * time.Millisecond, giveUp: time.Hour,
}

// shop is a receiver of webhooks. It verifies every message by Standard Webhooks, with
// code of its own.
type shop struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	received map[string]int    // event → messages received
	accepted map[string]int    // event → messages answered 2xx
	bodies   map[string]string // event → body
	// answer returns the status for the n-th message of an event, from 1; nil: 200. It
	// runs without the lock.
	answer func(event string, n int) int
	// retryAfter is the header Retry-After of every response but 2xx; "": none.
	retryAfter string
}

func openShop(t *testing.T, answer func(event string, n int) int) *shop {
	t.Helper()
	s := &shop{t: t, received: map[string]int{}, accepted: map[string]int{}, bodies: map[string]string{}, answer: answer}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = verifyWebhook(testSecret, r.Header, text)
	}
	if err != nil || r.Method != http.MethodPost {
		s.t.Errorf("an invalid message: %s %v: %v", r.Method, r.Header, err)
	}
	id := r.Header.Get("webhook-id")
	s.mu.Lock()
	s.received[id]++
	n := s.received[id]
	if before, ok := s.bodies[id]; ok && before != string(text) {
		s.t.Errorf("the body of event %s changed from %s to %s", id, before, text)
	}
	s.bodies[id] = string(text)
	s.mu.Unlock()
	status := http.StatusOK
	if s.answer != nil {
		status = s.answer(id, n)
	}
	if status >= 200 && status < 300 {
		s.mu.Lock()
		s.accepted[id]++
		s.mu.Unlock()
	}
	if s.retryAfter != "" && status > 299 {
		w.Header().Set("Retry-After", s.retryAfter)
	}
	if status == http.StatusFound {
		w.Header().Set("Location", s.URL+"/elsewhere")
	}
	w.WriteHeader(status)
}

// verifyWebhook is the receiver's side of Standard Webhooks.
func verifyWebhook(secret string, h http.Header, body []byte) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		return err
	}
	if age := time.Since(time.Unix(seconds, 0)); age > 5*time.Minute || age < -5*time.Minute {
		return fmt.Errorf("the message is %v old, at most 5m is valid", age)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "."))
	mac.Write(body)
	want := mac.Sum(nil)
	for _, given := range strings.Fields(h.Get("webhook-signature")) {
		version, text, _ := strings.Cut(given, ",")
		if got, err := base64.StdEncoding.DecodeString(text); version == "v1" && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return fmt.Errorf("no signature is valid: %q", h.Get("webhook-signature"))
}

// times copies one of the counts.
func (s *shop) times(counts map[string]int) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(counts)
}

// wantAccepted waits until the shop has accepted these events.
func (s *shop) wantAccepted(events ...string) {
	s.t.Helper()
	testkit.Eventually(s.t, soon, "the shop has accepted every event", func() bool {
		accepted := s.times(s.accepted)
		return !slices.ContainsFunc(events, func(e string) bool { return accepted[e] == 0 })
	})
}

// wantOnce fails unless the shop received these events, each once, and no other.
func (s *shop) wantOnce(events ...string) {
	s.t.Helper()
	s.wantAccepted(events...)
	received := s.times(s.received)
	for _, e := range events {
		if received[e] != 1 {
			s.t.Errorf("event %s was received %d times, want 1", e, received[e])
		}
	}
	if len(received) != len(events) {
		s.t.Errorf("%d events were received, want %d", len(received), len(events))
	}
}

// cluster is the nodes of a test and the stores that they share.
type cluster struct {
	t      *testing.T
	ctx    context.Context
	stores *store.Stores
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	return &cluster{t: t, ctx: context.Background(), stores: testkit.Open(t, "")}
}

// node returns a node with its own connections. The node does not run yet.
func (c *cluster) node(name string, timing timing, shops ...*shop) *Feed {
	c.t.Helper()
	return c.nodeAt(testkit.Stores(c.t).MongoURL, name, timing, shops...)
}

// nodeAt is node with another address of MongoDB.
func (c *cluster) nodeAt(mongoURL, name string, timing timing, shops ...*shop) *Feed {
	c.t.Helper()
	stores := testkit.OpenAt(c.t, testkit.Stores(c.t).RedisURL, mongoURL, c.stores.Mongo.Name())
	o := Options{Mongo: stores.Mongo, Node: name}
	for _, s := range shops {
		o.URLs = append(o.URLs, s.URL)
	}
	o.Secrets = []string{testSecret}
	f, err := New(o)
	if err != nil {
		c.t.Fatal(err)
	}
	f.timing = timing
	return f
}

// run runs a node until the test ends or stop is called.
func (c *cluster) run(b *Feed) (stop func()) {
	ctx, cancel := context.WithCancel(c.ctx)
	var running sync.WaitGroup
	running.Go(func() { b.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	c.t.Cleanup(stop)
	return stop
}

// events records n new events, on the given nodes in turn, and returns their ids.
func (c *cluster) events(n int, by ...*Feed) []string {
	c.t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = bson.NewObjectID().Hex()
		c.record(by[i%len(by)], ids[i])
	}
	return ids
}

// record records an event with this id.
func (c *cluster) record(b *Feed, id string) {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"id": id, "type": "test"})
	if err == nil {
		err = b.Record(c.ctx, Event{ID: id, At: store.NowMilli(), Body: string(body)})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// wantMarked waits until the outbox is empty and the mark of the endpoint is at the end
// of the log.
func (c *cluster) wantMarked(b *Feed, s *shop) {
	c.t.Helper()
	testkit.Eventually(c.t, soon, "every event is settled", func() bool {
		mark, err := store.Find[endpointMark](c.ctx, c.stores.Mongo.Collection(marksName), endpointID(s.URL))
		left, err2 := c.stores.Mongo.Collection(outboxName).CountDocuments(c.ctx, bson.D{})
		tail, err3 := b.eventLog.search(c.ctx)
		return err == nil && err2 == nil && err3 == nil && mark != nil && left == 0 && mark.Page == tail
	})
}

// pulled returns the ids of all events of the feed, read in steps of limit.
func (c *cluster) pulled(b *Feed, limit int) []string {
	c.t.Helper()
	var ids []string
	for after := ""; ; {
		got, err := b.Pull(c.ctx, after, limit)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, text := range got.Events {
			var e struct{ ID string }
			if err := json.Unmarshal(text, &e); err != nil {
				c.t.Fatal(err)
			}
			ids = append(ids, e.ID)
		}
		if after = got.Next; !got.More {
			return ids
		}
	}
}

// sameEvents reports whether two lists contain the same ids, in any order.
func sameEvents(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
