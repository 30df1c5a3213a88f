package feed

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/testkit"
)

// TestRetryAfterIsObeyed: no node sends any event to an endpoint before the time that
// the endpoint asked for.
func TestRetryAfterIsObeyed(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"429": http.StatusTooManyRequests, "503": http.StatusServiceUnavailable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			s := openShop(t, func(string, int) int { return status })
			s.retryAfter = "1800"
			fine := openShop(t, nil)
			a, b := c.node("a", testTiming, s, fine), c.node("b", testTiming, s, fine)
			c.run(a)
			first := c.events(1, a)[0]
			var past *history
			testkit.Eventually(t, soon, "the first attempt has failed", func() bool {
				var err error
				past, err = a.history(c.ctx, first, endpointID(s.URL))
				return err == nil && past.failures == 1
			})
			if asked := past.last.Until.Sub(past.last.EndedAt); asked != 30*time.Minute || past.last.Status != status {
				t.Errorf("the attempt stores a wait of %v and status %d, want 30m and %d", asked, past.last.Status, status)
			}
			c.run(b)
			events := append(c.events(6, a, b), first)
			fine.wantAccepted(events...) // enough time for the nodes to send to the other endpoint too
			c.wantMarked(a, fine)
			// Node b may have sent events before it read the first attempt.
			received, attempts := s.times(s.received), 0
			for _, n := range received {
				attempts += n
			}
			if received[first] != 1 || attempts > 1+parallel {
				t.Errorf("%d messages were sent, %d of them for the first event", attempts, received[first])
			}
		})
	}
}

// TestNothingIsSentToAnEndpointThatIsGone: nodes, also new ones, send nothing until an
// operator calls Resume. The admin page shows a warning, and no event is lost.
func TestNothingIsSentToAnEndpointThatIsGone(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	var mu sync.Mutex
	gone, warnings := true, map[string][]string{}
	s := openShop(t, func(string, int) int {
		mu.Lock()
		defer mu.Unlock()
		if gone {
			return http.StatusGone
		}
		return http.StatusOK
	})
	fine := openShop(t, nil)
	node := func(name string) *Feed {
		b := c.node(name, testTiming, s, fine)
		b.o.Warn = func(source string, texts ...string) {
			mu.Lock()
			defer mu.Unlock()
			warnings[source] = texts
		}
		return b
	}
	warned := func() bool {
		mu.Lock()
		defer mu.Unlock()
		texts := slices.Concat(warnings["feed "+endpointID(s.URL)], warnings["feed "+endpointID(fine.URL)])
		return len(texts) == 1 && strings.Contains(texts[0], s.URL) && strings.Contains(texts[0], "410")
	}
	a := node("a")
	stop := c.run(a)
	first := c.events(1, a)
	testkit.Eventually(t, soon, "the operator is warned", warned)
	more := c.events(5, a)
	fine.wantAccepted(slices.Concat(first, more)...)
	stop()

	// A node that starts later reads from the mark that the endpoint is gone.
	mu.Lock()
	clear(warnings)
	mu.Unlock()
	b := node("b")
	c.run(b)
	testkit.Eventually(t, soon, "the operator is warned again", warned)
	more = append(more, c.events(5, b)...)
	fine.wantAccepted(more...)
	if received := s.times(s.received); len(received) != 1 || received[first[0]] != 1 {
		t.Errorf("messages were sent to an endpoint that is gone: %v", received)
	}
	// The other endpoint has accepted all events. A node writes that a moment after the
	// response.
	testkit.Eventually(t, soon, "exactly the events of the endpoint that is gone are listed", func() bool {
		list, err := b.Undelivered(c.ctx)
		return err == nil && len(list) == 11 && list[0].State == "gone"
	})

	mu.Lock()
	gone = false
	mu.Unlock()
	if n, err := c.node("operator", testTiming).Resume(c.ctx); n != 1 || err != nil {
		t.Errorf("%d endpoints are resumed, %v", n, err)
	}
	s.wantAccepted(slices.Concat(first, more)...)
	testkit.Eventually(t, soon, "the warning is withdrawn", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(warnings["feed "+endpointID(s.URL)]) == 0
	})
}
