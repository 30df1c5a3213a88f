package feed

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// TestEveryEndpointHearsEveryEventOnce: two nodes record and deliver, whether each
// leaves the other's events to it or both fight for each.
func TestEveryEndpointHearsEveryEventOnce(t *testing.T) {
	t.Parallel()
	for name, grace := range map[string]time.Duration{"each its own": time.Hour, "both at once": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell := newTeller(t)
			one, two := openShop(t, nil), openShop(t, nil)
			waits := hastyTiming
			waits.grace = grace
			a, b := tell.node("a", waits, one, two), tell.node("b", waits, one, two)
			tell.run(a)
			tell.run(b)
			events := tell.events(40, a, b)
			one.wantTaken(events...)
			two.wantTaken(events...)
			if grace == 0 { // else the nodes wait for each other for an hour
				tell.wantMarked(a, one)
				tell.wantMarked(a, two)
			}
			one.wantOnce(events...)
			two.wantOnce(events...)
			if pulled := tell.pulled(a, 7); !sameEvents(pulled, events) {
				t.Errorf("%d events in the feed, %d recorded", len(pulled), len(events))
			}
		})
	}
}

func sameEvents(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// TestEventsAreTriedAgain: until the endpoint says 2xx, whatever it says before.
func TestEventsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]int{"500": 500, "a redirect": 302, "404": 404, "no answer in time": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell := newTeller(t)
			slow := make(chan struct{})
			var once sync.Once
			s := openShop(t, func(_ string, n int) int {
				if n > 2 {
					once.Do(func() { close(slow) })
					return http.StatusNoContent
				}
				if first == 0 {
					<-slow
					return 500
				}
				return first
			})
			t.Cleanup(func() { once.Do(func() { close(slow) }) })
			waits := hastyTiming
			if first == 0 {
				waits.send = 200 * time.Millisecond
			}
			b := tell.node("a", waits, s)
			tell.run(b)
			event := tell.events(1, b)[0]
			s.wantTaken(event)
			tell.wantMarked(b, s)
			n := s.times(s.heard)[event]
			if n != 3 && (first != 0 || n < 3) { // on a busy machine no answer at all is in time
				t.Errorf("it came %d times, want 3", n)
			}
			past, err := b.history(tell.ctx, event, endpointID(s.URL))
			if err != nil || past.n != n || past.failures != n-1 || !past.delivered {
				t.Errorf("written down: %+v, %v", past, err)
			}
		})
	}
}

// TestAnEndpointInTroubleHoldsUpNobodyElse: another endpoint hears at once, and so
// does this one of everything once it is well again, although each event had a
// long wait before it.
func TestAnEndpointInTroubleHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	tell := newTeller(t)
	var mu sync.Mutex
	well := false
	ill := openShop(t, func(string, int) int {
		mu.Lock()
		defer mu.Unlock()
		if well {
			return 200
		}
		return 503
	})
	fine := openShop(t, nil)
	waits := hastyTiming
	waits.first, waits.longest = time.Hour, time.Hour
	b := tell.node("a", waits, ill, fine)
	tell.run(b)
	events := tell.events(40, b)
	fine.wantOnce(events...)
	testkit.Eventually(t, soon, "each was tried", func() bool { return len(ill.times(ill.heard)) == len(events) })
	mu.Lock()
	well = true
	mu.Unlock()
	// One that gets through brings the others along, but for those whose failure
	// this node has yet to hear of: they come with the next.
	testkit.Eventually(t, soon, "the endpoint has taken every event", func() bool {
		events = append(events, tell.events(1, b)...)
		return testkit.Within(time.Second, func() bool { return len(ill.times(ill.took)) == len(events) })
	})
	tell.wantMarked(b, ill)
	for event, n := range ill.times(ill.took) {
		if n != 1 {
			t.Errorf("event %s was taken %d times", event, n)
		}
	}
}

// TestADeadNodesDeliveryIsTakenOver: the node dies while the endpoint has the
// message and has not answered.
func TestADeadNodesDeliveryIsTakenOver(t *testing.T) {
	t.Parallel()
	tell := newTeller(t)
	came, answer := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s := openShop(t, func(_ string, n int) int {
		if n == 1 {
			close(came)
			<-answer
		}
		return 200
	})
	t.Cleanup(func() { once.Do(func() { close(answer) }) })
	patient := hastyTiming
	patient.grace = time.Hour // the other must not begin before the first has
	wire := testkit.StartProxy(t, testkit.Stores(t).MongoURL)
	mortal := tell.nodeAt(wire.URL, "mortal", patient, s)
	stop := tell.run(mortal)
	event := tell.events(1, mortal)[0]
	<-came
	// Dead: whatever it would still write reaches nobody.
	wire.Freeze()
	waits := hastyTiming
	waits.lease = 100 * time.Millisecond
	heir := tell.node("heir", waits, s)
	tell.run(heir)
	s.wantTaken(event)
	tell.wantMarked(heir, s)
	once.Do(func() { close(answer) })
	stop()
	wire.Thaw()
	past, err := heir.history(tell.ctx, event, endpointID(s.URL))
	if err != nil || past.n != 2 || !past.delivered || past.last.Node != "heir" {
		t.Errorf("written down: %+v, %v", past, err)
	}
	if n := s.times(s.heard)[event]; n != 2 {
		t.Errorf("it came %d times, want 2: at least once", n)
	}
}

// TestAStoppingNodeFinishesWhatItHasBegun: its successor does not send it again.
func TestAStoppingNodeFinishesWhatItHasBegun(t *testing.T) {
	t.Parallel()
	tell := newTeller(t)
	came, answer := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s := openShop(t, func(string, int) int {
		once.Do(func() { close(came); <-answer })
		return 200
	})
	b := tell.node("a", hastyTiming, s)
	stop := tell.run(b)
	event := tell.events(1, b)[0]
	<-came
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	close(answer)
	<-stopped
	next := tell.node("b", hastyTiming, s)
	tell.run(next)
	events := append(tell.events(1, next), event)
	s.wantTaken(events...)
	tell.wantMarked(next, s)
	s.wantOnce(events...)
}

// TestWhatIsGivenUpIsSeenAndCanBeAskedForAgain: and a crash between the request and
// the rest costs only another request.
func TestWhatIsGivenUpIsSeenAndCanBeAskedForAgain(t *testing.T) {
	t.Parallel()
	tell := newTeller(t)
	var mu sync.Mutex
	well := false
	s := openShop(t, func(string, int) int {
		mu.Lock()
		defer mu.Unlock()
		if well {
			return 200
		}
		return 500
	})
	fine := openShop(t, nil)
	waits := hastyTiming
	waits.giveUp = 0
	b := tell.node("a", waits, s, fine)
	tell.run(b)
	events := tell.events(2, b)
	tell.wantMarked(b, s)
	tell.wantMarked(b, fine)

	operator := tell.node("operator", hastyTiming)
	list, err := operator.Undelivered(tell.ctx)
	if err != nil || len(list) != 2 {
		t.Fatalf("listed: %+v, %v", list, err)
	}
	for _, d := range list {
		if d.State != "given_up" || d.Status != 500 || d.Error == "" || d.URL != s.URL || d.Type != "test" || d.Attempts < 2 || !slices.Contains(events, d.Event) {
			t.Errorf("listed: %+v", d)
		}
	}
	mu.Lock()
	well = true
	mu.Unlock()
	if _, err := operator.Retry(tell.ctx, bson.NewObjectID().Hex(), "me"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	// The request is noted, and then the operator's command dies.
	d := list[0]
	if won, err := operator.insertAttempt(tell.ctx, &attempt{Event: d.Event, Endpoint: d.Endpoint, N: d.n + 1, Page: d.page, Outcome: outcomeRetry}); err != nil || !won {
		t.Fatal(won, err)
	}
	if n, err := operator.Retry(tell.ctx, list[0].Event, "me"); n != 1 || err != nil {
		t.Errorf("asked for %d, %v", n, err)
	}
	s.wantTaken(list[0].Event)
	if n, err := operator.Retry(tell.ctx, "", "me"); err != nil || n < 1 {
		t.Errorf("asked for %d, %v", n, err)
	}
	s.wantTaken(events...)
	tell.wantMarked(b, s)
	tell.wantMarked(b, fine)
	fine.wantOnce(events...)
	if list, err := operator.Undelivered(tell.ctx); err != nil || len(list) != 0 {
		t.Errorf("still listed: %+v, %v", list, err)
	}
	for event, n := range s.times(s.took) {
		if n != 1 {
			t.Errorf("event %s was taken %d times", event, n)
		}
	}
}

// TestWhatWaitsIsListed: an event under way to an endpoint that is down.
func TestWhatWaitsIsListed(t *testing.T) {
	t.Parallel()
	tell := newTeller(t)
	s := openShop(t, func(string, int) int { return 500 })
	waits := hastyTiming
	waits.first, waits.longest = time.Hour, time.Hour
	b := tell.node("a", waits, s)
	tell.run(b)
	event := tell.events(1, b)[0]
	testkit.Eventually(t, soon, "it is listed with its failure", func() bool {
		list, err := b.Undelivered(tell.ctx)
		return err == nil && len(list) == 1 && list[0].Event == event && list[0].State == "waiting" && list[0].Attempts == 1 && list[0].Status == 500
	})
}

// TestTheFeedIsKnownToWhoComesLater: a new endpoint is told all there ever was,
// one that was there before nothing twice, by a node that was not there before.
func TestTheFeedIsKnownToWhoComesLater(t *testing.T) {
	t.Parallel()
	tell := newTeller(t)
	old, late := openShop(t, nil), openShop(t, nil)
	a := tell.node("a", hastyTiming, old)
	stop := tell.run(a)
	var events []string
	for range 5 { // several pages
		events = append(events, tell.events(3, a)...)
		old.wantTaken(events...)
	}
	tell.wantMarked(a, old)
	stop()
	b := tell.node("b", hastyTiming, old, late)
	tell.run(b)
	late.wantOnce(events...)
	// Recorded once more, as by a purchase that is settled again long after.
	b.eventLog.placed = map[string]bool{}
	tell.record(b, events[0])
	events = append(events, tell.events(1, b)...)
	old.wantTaken(events...)
	tell.wantMarked(b, old)
	tell.wantMarked(b, late)
	old.wantOnce(events...)
	late.wantOnce(events...)
}

// TestManyNodesKeepOneLog: they all move the same outbox, and whoever reads along
// meanwhile misses nothing and sees one order.
func TestManyNodesKeepOneLog(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	tell := newTeller(t)
	nodes := []*Feed{tell.node("a", hastyTiming), tell.node("b", hastyTiming), tell.node("c", hastyTiming)}
	const rounds, each = 6, 5
	var working sync.WaitGroup
	var mu sync.Mutex
	recorded := map[string]bool{}
	for _, b := range nodes {
		working.Go(func() {
			for range rounds {
				for _, id := range tell.events(each, b) {
					mu.Lock()
					recorded[id] = true
					mu.Unlock()
				}
				if err := b.eventLog.placeOnce(tell.ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var followed []string
	after := ""
	follow := func() {
		got, err := nodes[0].Pull(tell.ctx, after, 3)
		if err != nil {
			t.Error(err)
		}
		for _, text := range got.Events {
			var e struct{ ID string }
			_ = json.Unmarshal(text, &e)
			followed = append(followed, e.ID)
		}
		after = got.Next
	}
	done := make(chan struct{})
	go func() { defer close(done); working.Wait() }()
	for working := true; working; {
		select {
		case <-done:
			working = false
		default:
			follow()
		}
	}
	if err := nodes[1].eventLog.placeOnce(tell.ctx); err != nil {
		t.Fatal(err)
	}
	for len(followed) < rounds*each*len(nodes) {
		before := len(followed)
		if follow(); len(followed) == before {
			break
		}
	}
	if !slices.Equal(followed, tell.pulled(nodes[2], 1000)) {
		t.Error("who read along saw another order than who reads now")
	}
	if !sameEvents(followed, slices.Collect(maps.Keys(recorded))) {
		t.Errorf("%d events in the feed, %d recorded", len(followed), len(recorded))
	}
	fresh := tell.node("d", hastyTiming)
	last, err := fresh.eventLog.search(tell.ctx)
	if tail, _ := nodes[1].eventLog.end(); err != nil || last != tail {
		t.Errorf("the last page is found as %d, %v; it is %d", last, err, tail)
	}
}

func TestPullingTheFeedStepByStep(t *testing.T) {
	t.Parallel()
	tell := newTeller(t)
	b := tell.node("a", hastyTiming)
	empty, err := b.Pull(tell.ctx, "", 10)
	if err != nil || len(empty.Events) != 0 || empty.More || empty.Next == "" {
		t.Fatalf("an empty feed: %+v, %v", empty, err)
	}
	var want []string
	for range 4 {
		want = append(want, tell.events(3, b)...)
		if err := b.eventLog.placeOnce(tell.ctx); err != nil {
			t.Fatal(err)
		}
	}
	for limit := 1; limit <= 13; limit++ {
		if got := tell.pulled(b, limit); !slices.Equal(got, want) {
			t.Errorf("in steps of %d: %v, want %v", limit, got, want)
		}
	}
	if got, err := b.Pull(tell.ctx, empty.Next, 2); err != nil || len(got.Events) != 2 || !got.More {
		t.Errorf("from where nothing was yet: %+v, %v", got, err)
	}
	for _, cursor := range []string{"x", "1", "0-0", "1-x", "-1-0", "1--1"} {
		if _, err := b.Pull(tell.ctx, cursor, 1); fault.CodeOf(err) != fault.InvalidRequest {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

func TestEachSecretSigns(t *testing.T) {
	t.Parallel()
	tell := newTeller(t)
	b := tell.node("a", hastyTiming)
	other, err := ParseSecret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
	if err != nil {
		t.Fatal(err)
	}
	b.secrets = append(b.secrets, other)
	stamp := fmt.Sprint(time.Now().Unix())
	h := http.Header{}
	h.Set("webhook-id", "msg")
	h.Set("webhook-timestamp", stamp)
	h.Set("webhook-signature", b.sign("msg", stamp, "body"))
	for _, secret := range []string{testSecret, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"} {
		if err := verifyWebhook(secret, h, []byte("body")); err != nil {
			t.Error(err)
		}
	}
	if verifyWebhook(testSecret, h, []byte("other")) == nil {
		t.Error("a forged body passed")
	}
	// The example of the standard's own documentation.
	known, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	f := &Feed{secrets: [][]byte{known}}
	if got := f.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signed %s", got)
	}
}

func TestFeedOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for url, good := range map[string]bool{
		"https://shop.example/hooks?x=1": true, "http://127.0.0.1:8080": true,
		"shop.example": false, "ftp://shop.example": false, "https://": false, "https://a:b@shop.example/": false, "https://shop.example/#x": false, "": false,
	} {
		if err := CheckURL(url); (err == nil) != good {
			t.Errorf("%q: %v", url, err)
		}
	}
	for secret, good := range map[string]bool{
		testSecret: true, "": false, "whsec_": false, strings.TrimPrefix(testSecret, "whsec_"): false, "whsec_short": false,
		"whsec_" + strings.Repeat("A", 88): false, "whsec_" + strings.Repeat("A", 84): true,
	} {
		if _, err := ParseSecret(secret); (err == nil) != good {
			t.Errorf("%q: %v", secret, err)
		}
	}
	stores := testkit.Open(t, "")
	_, err := New(Options{Mongo: stores.Mongo, Webhooks: Webhooks{URLs: []string{"https://shop.example"}}})
	if err == nil || !strings.Contains(err.Error(), "secret") {
		t.Errorf("an endpoint without a secret: %v", err)
	}
}

func TestBackOffGrowsToItsLimit(t *testing.T) {
	t.Parallel()
	c := &dispatcher{f: &Feed{timing: usualTiming}}
	for failures, want := range map[int]time.Duration{1: 2 * time.Second, 2: 4 * time.Second, 5: 32 * time.Second, 11: 2048 * time.Second, 12: time.Hour, 200: time.Hour} {
		for range 20 {
			if got := c.backOff(failures); got < want*3/4 || got > want*5/4 {
				t.Errorf("after %d failures %v, want about %v", failures, got, want)
			}
		}
	}
}
