package feed

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// TestManyNodesKeepOneLog: many nodes move the events of one outbox. A reader that
// follows the log at the same time misses no event and sees the final order.
func TestManyNodesKeepOneLog(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	c := newCluster(t)
	nodes := []*Feed{c.node("a", testTiming), c.node("b", testTiming), c.node("c", testTiming)}
	const rounds, each = 6, 5
	var working sync.WaitGroup
	var mu sync.Mutex
	recorded := map[string]bool{}
	for _, b := range nodes {
		working.Go(func() {
			for range rounds {
				for _, id := range c.events(each, b) {
					mu.Lock()
					recorded[id] = true
					mu.Unlock()
				}
				if err := b.eventLog.placeOnce(c.ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var followed []string
	after := ""
	follow := func() {
		got, err := nodes[0].Pull(c.ctx, after, 3)
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
	if err := nodes[1].eventLog.placeOnce(c.ctx); err != nil {
		t.Fatal(err)
	}
	for len(followed) < rounds*each*len(nodes) {
		before := len(followed)
		if follow(); len(followed) == before {
			break
		}
	}
	if !slices.Equal(followed, c.pulled(nodes[2], 1000)) {
		t.Error("the reader that followed saw another order than a reader of the finished log")
	}
	if !sameEvents(followed, slices.Collect(maps.Keys(recorded))) {
		t.Errorf("%d events in the feed, %d recorded", len(followed), len(recorded))
	}
	fresh := c.node("d", testTiming)
	last, err := fresh.eventLog.search(c.ctx)
	if tail, _ := nodes[1].eventLog.end(); err != nil || last != tail {
		t.Errorf("the search found page %d, %v as the last, want %d", last, err, tail)
	}
}

func TestPullingInSteps(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	b := c.node("a", testTiming)
	empty, err := b.Pull(c.ctx, "", 10)
	if err != nil || len(empty.Events) != 0 || empty.More || empty.Next == "" {
		t.Fatalf("an empty feed: %+v, %v", empty, err)
	}
	var want []string
	for range 4 {
		want = append(want, c.events(3, b)...)
		if err := b.eventLog.placeOnce(c.ctx); err != nil {
			t.Fatal(err)
		}
	}
	for limit := 1; limit <= 13; limit++ {
		if got := c.pulled(b, limit); !slices.Equal(got, want) {
			t.Errorf("in steps of %d: %v, want %v", limit, got, want)
		}
	}
	if got, err := b.Pull(c.ctx, empty.Next, 2); err != nil || len(got.Events) != 2 || !got.More {
		t.Errorf("pulling from the cursor of the empty feed: %+v, %v", got, err)
	}
	for _, cursor := range []string{"x", "1", "0-0", "1-x", "-1-0", "1--1"} {
		if _, err := b.Pull(c.ctx, cursor, 1); fault.CodeOf(err) != fault.InvalidRequest {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}
