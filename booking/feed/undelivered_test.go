package feed

import (
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// TestEventsGivenUpAreListedAndRetried: after a crash in the middle of a retry, the
// operator asks once more.
func TestEventsGivenUpAreListedAndRetried(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
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
	waits := testTiming
	waits.giveUp = 0
	b := c.node("a", waits, s, fine)
	c.run(b)
	events := c.events(2, b)
	c.wantMarked(b, s)
	c.wantMarked(b, fine)

	operator := c.node("operator", testTiming)
	list, err := operator.Undelivered(c.ctx)
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
	if _, err := operator.Retry(c.ctx, bson.NewObjectID().Hex(), "me"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("retrying an unknown event: %v", err)
	}
	// The operator's command dies after it inserted the request.
	d := list[0]
	if won, err := operator.insertAttempt(c.ctx, &attempt{Event: d.Event, Endpoint: d.Endpoint, N: d.n + 1, Page: d.page, Outcome: outcomeRetry}); err != nil || !won {
		t.Fatal(won, err)
	}
	if n, err := operator.Retry(c.ctx, list[0].Event, "me"); n != 1 || err != nil {
		t.Errorf("retried %d, %v", n, err)
	}
	s.wantAccepted(list[0].Event)
	if n, err := operator.Retry(c.ctx, "", "me"); err != nil || n < 1 {
		t.Errorf("retried %d, %v", n, err)
	}
	s.wantAccepted(events...)
	c.wantMarked(b, s)
	c.wantMarked(b, fine)
	fine.wantOnce(events...)
	if list, err := operator.Undelivered(c.ctx); err != nil || len(list) != 0 {
		t.Errorf("still listed: %+v, %v", list, err)
	}
	for event, n := range s.times(s.accepted) {
		if n != 1 {
			t.Errorf("event %s was accepted %d times", event, n)
		}
	}
}

// TestWaitingEventsAreListed: the endpoint is down and the event waits.
func TestWaitingEventsAreListed(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	s := openShop(t, func(string, int) int { return 500 })
	waits := testTiming
	waits.first, waits.longest = time.Hour, time.Hour
	b := c.node("a", waits, s)
	c.run(b)
	event := c.events(1, b)[0]
	testkit.Eventually(t, soon, "the event is listed with its failure", func() bool {
		list, err := b.Undelivered(c.ctx)
		return err == nil && len(list) == 1 && list[0].Event == event && list[0].State == "waiting" && list[0].Attempts == 1 && list[0].Status == 500
	})
}
