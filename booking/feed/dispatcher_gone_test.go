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

func TestHowLongAnEndpointAsksToWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 1, 19, 30, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, " 7 ": 7 * time.Second, "-5": 0, "soon": 0, "1.5": 0,
		"3600": time.Hour, "86400": time.Hour, "9223372036854775807": time.Hour, "99999999999999999999": 0,
		"Mon, 01 Mar 2027 19:30:40 GMT": 40 * time.Second, "Monday, 01-Mar-27 19:31:00 GMT": time.Minute,
		"Mon, 01 Mar 2027 19:00:00 GMT": 0, "Tue, 02 Mar 2027 19:30:00 GMT": time.Hour,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q asks for %v, want %v", text, got, want)
		}
	}
}

// TestAnEndpointThatAsksToWaitIsLeftAlone: by every node, with every event, though
// another event was taken and the back-off is over.
func TestAnEndpointThatAsksToWaitIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"429": http.StatusTooManyRequests, "503": http.StatusServiceUnavailable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell := newTeller(t)
			s := openShop(t, func(string, int) int { return status })
			s.retryAfter = "1800"
			fine := openShop(t, nil)
			a, b := tell.node("a", hastyTiming, s, fine), tell.node("b", hastyTiming, s, fine)
			tell.run(a)
			first := tell.events(1, a)[0]
			var past *history
			testkit.Eventually(t, soon, "the first attempt has failed", func() bool {
				var err error
				past, err = a.history(tell.ctx, first, endpointID(s.URL))
				return err == nil && past.failures == 1
			})
			if asked := past.last.Until.Sub(past.last.EndedAt); asked != 30*time.Minute || past.last.Status != status {
				t.Errorf("the endpoint asked for 30 minutes, and %v after %d is written down", asked, past.last.Status)
			}
			tell.run(b)
			events := append(tell.events(6, a, b), first)
			fine.wantTaken(events...) // in the same while the other endpoint could have been asked
			tell.wantMarked(a, fine)
			// An event of the other node's may have been on its way before that node knew.
			heard, attempts := s.times(s.heard), 0
			for _, n := range heard {
				attempts += n
			}
			if heard[first] != 1 || attempts > 1+parallel {
				t.Errorf("it was asked %d times, the first event %d times", attempts, heard[first])
			}
		})
	}
}

// TestAnEndpointThatIsGoneIsNotAskedAgain: until an operator says so, over
// restarts; the admin page tells, and nothing is lost.
func TestAnEndpointThatIsGoneIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	tell := newTeller(t)
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
		b := tell.node(name, hastyTiming, s, fine)
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
	stop := tell.run(a)
	first := tell.events(1, a)
	testkit.Eventually(t, soon, "the operator is warned", warned)
	more := tell.events(5, a)
	fine.wantTaken(slices.Concat(first, more)...)
	stop()

	// A node that starts later knows.
	mu.Lock()
	clear(warnings)
	mu.Unlock()
	b := node("b")
	tell.run(b)
	testkit.Eventually(t, soon, "the operator is warned again", warned)
	more = append(more, tell.events(5, b)...)
	fine.wantTaken(more...)
	if heard := s.times(s.heard); len(heard) != 1 || heard[first[0]] != 1 {
		t.Errorf("an endpoint that is gone was asked: %v", heard)
	}
	// The other endpoint has taken all; a node records that a moment after the
	// answer.
	testkit.Eventually(t, soon, "the events of the endpoint that is gone, and only they, are listed", func() bool {
		list, err := b.Undelivered(tell.ctx)
		return err == nil && len(list) == 11 && list[0].State == "gone"
	})

	mu.Lock()
	gone = false
	mu.Unlock()
	if n, err := tell.node("operator", hastyTiming).Resume(tell.ctx); n != 1 || err != nil {
		t.Errorf("%d endpoints are resumed, %v", n, err)
	}
	s.wantTaken(slices.Concat(first, more)...)
	testkit.Eventually(t, soon, "the warning is taken back", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(warnings["feed "+endpointID(s.URL)]) == 0
	})
}
