package feed

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"usher/internal/testkit"
)

// TestEveryEndpointReceivesEveryEventOnce: two nodes record and deliver. Either each
// delivers its own events only, or both compete for every event.
func TestEveryEndpointReceivesEveryEventOnce(t *testing.T) {
	t.Parallel()
	for name, grace := range map[string]time.Duration{"each its own": time.Hour, "both at once": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			one, two := openShop(t, nil), openShop(t, nil)
			waits := testTiming
			waits.grace = grace
			a, b := c.node("a", waits, one, two), c.node("b", waits, one, two)
			c.run(a)
			c.run(b)
			events := c.events(40, a, b)
			one.wantAccepted(events...)
			two.wantAccepted(events...)
			if grace == 0 { // otherwise each node waits an hour for the other
				c.wantMarked(a, one)
				c.wantMarked(a, two)
			}
			one.wantOnce(events...)
			two.wantOnce(events...)
			if pulled := c.pulled(a, 7); !sameEvents(pulled, events) {
				t.Errorf("%d events in the feed, %d recorded", len(pulled), len(events))
			}
		})
	}
}

// TestEventsAreTriedAgain: every response but 2xx leads to another attempt.
func TestEventsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]int{"500": 500, "a redirect": 302, "404": 404, "no answer in time": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
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
			waits := testTiming
			if first == 0 {
				waits.send = 200 * time.Millisecond
			}
			b := c.node("a", waits, s)
			c.run(b)
			event := c.events(1, b)[0]
			s.wantAccepted(event)
			c.wantMarked(b, s)
			n := s.times(s.received)[event]
			if n != 3 && (first != 0 || n < 3) { // on a busy machine every response may come too late
				t.Errorf("the event was sent %d times, want 3", n)
			}
			past, err := b.history(c.ctx, event, endpointID(s.URL))
			if err != nil || past.n != n || past.failures != n-1 || !past.delivered {
				t.Errorf("the history is %+v, %v", past, err)
			}
		})
	}
}

// TestAFailingEndpointDelaysNoOther: another endpoint receives events at once. When the
// failing endpoint works again, it receives all events, although their back-off is long.
func TestAFailingEndpointDelaysNoOther(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
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
	waits := testTiming
	waits.first, waits.longest = time.Hour, time.Hour
	b := c.node("a", waits, ill, fine)
	c.run(b)
	events := c.events(40, b)
	fine.wantOnce(events...)
	testkit.Eventually(t, soon, "each event was tried", func() bool { return len(ill.times(ill.received)) == len(events) })
	mu.Lock()
	well = true
	mu.Unlock()
	// An accepted event makes the failed ones due. An event whose failure the node has
	// not processed by then becomes due with the next accepted event.
	testkit.Eventually(t, soon, "the endpoint has taken every event", func() bool {
		events = append(events, c.events(1, b)...)
		return testkit.Within(time.Second, func() bool { return len(ill.times(ill.accepted)) == len(events) })
	})
	c.wantMarked(b, ill)
	for event, n := range ill.times(ill.accepted) {
		if n != 1 {
			t.Errorf("event %s was accepted %d times", event, n)
		}
	}
}

// TestADeadNodesDeliveryIsTakenOver: the node dies after the endpoint received the
// message and before it answered.
func TestADeadNodesDeliveryIsTakenOver(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
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
	patient := testTiming
	patient.grace = time.Hour // the second node must not begin before the first
	wire := testkit.StartProxy(t, testkit.Stores(t).MongoURL)
	mortal := c.nodeAt(wire.URL, "mortal", patient, s)
	stop := c.run(mortal)
	event := c.events(1, mortal)[0]
	<-came
	// The node counts as dead: no write of it reaches the store.
	wire.Freeze()
	waits := testTiming
	waits.lease = 100 * time.Millisecond
	heir := c.node("heir", waits, s)
	c.run(heir)
	s.wantAccepted(event)
	c.wantMarked(heir, s)
	once.Do(func() { close(answer) })
	stop()
	wire.Thaw()
	past, err := heir.history(c.ctx, event, endpointID(s.URL))
	if err != nil || past.n != 2 || !past.delivered || past.last.Node != "heir" {
		t.Errorf("the history is %+v, %v", past, err)
	}
	if n := s.times(s.received)[event]; n != 2 {
		t.Errorf("the event was sent %d times, want 2: once by each node", n)
	}
}

// TestAStoppingNodeFinishesItsDeliveries: the next node does not send the event again.
func TestAStoppingNodeFinishesItsDeliveries(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	came, answer := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s := openShop(t, func(string, int) int {
		once.Do(func() { close(came); <-answer })
		return 200
	})
	b := c.node("a", testTiming, s)
	stop := c.run(b)
	event := c.events(1, b)[0]
	<-came
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	close(answer)
	<-stopped
	next := c.node("b", testTiming, s)
	c.run(next)
	events := append(c.events(1, next), event)
	s.wantAccepted(events...)
	c.wantMarked(next, s)
	s.wantOnce(events...)
}

// TestANewNodeServesOldAndNewEndpoints: a new endpoint receives the whole log, an old
// endpoint receives no event twice, both from a new node.
func TestANewNodeServesOldAndNewEndpoints(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	old, late := openShop(t, nil), openShop(t, nil)
	a := c.node("a", testTiming, old)
	stop := c.run(a)
	var events []string
	for range 5 { // several pages
		events = append(events, c.events(3, a)...)
		old.wantAccepted(events...)
	}
	c.wantMarked(a, old)
	stop()
	b := c.node("b", testTiming, old, late)
	c.run(b)
	late.wantOnce(events...)
	// The event is recorded once more, as when a purchase is settled again much later.
	b.eventLog.placed = map[string]bool{}
	c.record(b, events[0])
	events = append(events, c.events(1, b)...)
	old.wantAccepted(events...)
	c.wantMarked(b, old)
	c.wantMarked(b, late)
	old.wantOnce(events...)
	late.wantOnce(events...)
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
