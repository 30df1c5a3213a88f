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

// soon is how long a busy machine may take for what takes a moment.
const soon = time.Minute

// hastyTiming are times for tests: nothing waits longer than it must.
var hastyTiming = timing{
	look: 100 * time.Millisecond, gather: time.Millisecond, grace: 100 * time.Millisecond,
	send: time.Minute, lease: time.Hour,
	first: 10 * time.Millisecond, longest: 50 * time.Millisecond, giveUp: time.Hour,
}

// shop is a receiver of webhooks. It checks every message as the standard asks,
// with its own code.
type shop struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	heard  map[string]int // event → messages that came
	took   map[string]int // event → messages answered 2xx
	bodies map[string]string
	// answer says what to answer to the n-th message of an event, from 1; nil is
	// 200. It runs without the lock.
	answer func(event string, n int) int
	// retryAfter is the header of that name, with every answer but 2xx.
	retryAfter string
}

func openShop(t *testing.T, answer func(event string, n int) int) *shop {
	t.Helper()
	s := &shop{t: t, heard: map[string]int{}, took: map[string]int{}, bodies: map[string]string{}, answer: answer}
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
		s.t.Errorf("a message that cannot be trusted: %s %v: %v", r.Method, r.Header, err)
	}
	id := r.Header.Get("webhook-id")
	s.mu.Lock()
	s.heard[id]++
	n := s.heard[id]
	if before, ok := s.bodies[id]; ok && before != string(text) {
		s.t.Errorf("event %s was %s, and is %s", id, before, text)
	}
	s.bodies[id] = string(text)
	s.mu.Unlock()
	status := http.StatusOK
	if s.answer != nil {
		status = s.answer(id, n)
	}
	if status >= 200 && status < 300 {
		s.mu.Lock()
		s.took[id]++
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
		return fmt.Errorf("it is %v old", age)
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
	return fmt.Errorf("no signature fits: %q", h.Get("webhook-signature"))
}

func (s *shop) times(counts map[string]int) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(counts)
}

// wantTaken waits until the shop has taken these events.
func (s *shop) wantTaken(events ...string) {
	s.t.Helper()
	testkit.Eventually(s.t, soon, "the shop has taken every event", func() bool {
		took := s.times(s.took)
		return !slices.ContainsFunc(events, func(e string) bool { return took[e] == 0 })
	})
}

// wantOnce fails unless each event has come exactly once.
func (s *shop) wantOnce(events ...string) {
	s.t.Helper()
	s.wantTaken(events...)
	heard := s.times(s.heard)
	for _, e := range events {
		if heard[e] != 1 {
			s.t.Errorf("event %s came %d times", e, heard[e])
		}
	}
	if len(heard) != len(events) {
		s.t.Errorf("%d events came, want %d", len(heard), len(events))
	}
}

// teller is what nodes of the feed share in a test.
type teller struct {
	t      *testing.T
	ctx    context.Context
	stores *store.Stores
}

func newTeller(t *testing.T) *teller {
	t.Helper()
	return &teller{t: t, ctx: context.Background(), stores: testkit.Open(t, "")}
}

// node is a node of the feed on connections of its own. Nothing of it runs.
func (tell *teller) node(name string, timing timing, shops ...*shop) *Feed {
	tell.t.Helper()
	return tell.nodeAt(testkit.Stores(tell.t).MongoURL, name, timing, shops...)
}

// nodeAt is node with a MongoDB of its own address.
func (tell *teller) nodeAt(mongoURL, name string, timing timing, shops ...*shop) *Feed {
	tell.t.Helper()
	stores := testkit.OpenAt(tell.t, testkit.Stores(tell.t).RedisURL, mongoURL, tell.stores.Mongo.Name())
	o := Options{Mongo: stores.Mongo, Node: name}
	for _, s := range shops {
		o.URLs = append(o.URLs, s.URL)
	}
	o.Secrets = []string{testSecret}
	f, err := New(o)
	if err != nil {
		tell.t.Fatal(err)
	}
	f.timing = timing
	return f
}

// run runs a node's feed until the test ends, or stop is called.
func (tell *teller) run(b *Feed) (stop func()) {
	ctx, cancel := context.WithCancel(tell.ctx)
	var running sync.WaitGroup
	running.Go(func() { b.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	tell.t.Cleanup(stop)
	return stop
}

// events records n new events by the given nodes in turn, and returns their ids.
func (tell *teller) events(n int, by ...*Feed) []string {
	tell.t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = bson.NewObjectID().Hex()
		tell.record(by[i%len(by)], ids[i])
	}
	return ids
}

func (tell *teller) record(b *Feed, id string) {
	tell.t.Helper()
	body, err := json.Marshal(map[string]any{"id": id, "type": "test"})
	if err == nil {
		err = b.Record(tell.ctx, Event{ID: id, At: store.NowMilli(), Body: string(body)})
	}
	if err != nil {
		tell.t.Fatal(err)
	}
}

// wantMarked waits until nothing is left to do for an endpoint.
func (tell *teller) wantMarked(b *Feed, s *shop) {
	tell.t.Helper()
	testkit.Eventually(tell.t, soon, "every event is settled", func() bool {
		mark, err := store.Find[endpointMark](tell.ctx, tell.stores.Mongo.Collection(marksName), endpointID(s.URL))
		left, err2 := tell.stores.Mongo.Collection(outboxName).CountDocuments(tell.ctx, bson.D{})
		tail, err3 := b.eventLog.search(tell.ctx)
		return err == nil && err2 == nil && err3 == nil && mark != nil && left == 0 && mark.Page == tail
	})
}

// pulled returns the ids of all events of the feed, read in steps of limit.
func (tell *teller) pulled(b *Feed, limit int) []string {
	tell.t.Helper()
	var ids []string
	for after := ""; ; {
		got, err := b.Pull(tell.ctx, after, limit)
		if err != nil {
			tell.t.Fatal(err)
		}
		for _, text := range got.Events {
			var e struct{ ID string }
			if err := json.Unmarshal(text, &e); err != nil {
				tell.t.Fatal(err)
			}
			ids = append(ids, e.ID)
		}
		if after = got.Next; !got.More {
			return ids
		}
	}
}
