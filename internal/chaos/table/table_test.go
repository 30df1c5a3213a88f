package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/chaos"
)

func TestATableStandsBetweenItsMarks(t *testing.T) {
	t.Parallel()
	got, err := between("before\n"+beginMark+"\nold\n"+endMark+"\nafter\n", "new\n")
	if want := "before\n" + beginMark + "\nnew\n" + endMark + "\nafter\n"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if _, err := between("a document without marks", "new"); err == nil {
		t.Error("a document without marks is written")
	}
}

// TestTheTableSaysWhatWasLost: nothing, what the documents describe, and what must not
// be lost look different.
func TestTheTableSaysWhatWasLost(t *testing.T) {
	t.Parallel()
	clean := chaos.Outcome{Rounds: 3, Lasted: 2 * time.Second, Healed: 1500 * time.Millisecond, Last: "purchase", Works: []string{"status"}, Audits: 2}
	known, bad, dirty := clean, clean, clean
	known.Known = map[string]int{"a hold": 2, "an entered place": 1}
	bad.Lost = []string{"Visitor 007 had number 7 and has 9"}
	dirty.Dirty = []string{"exit status 1: seat A-1"}
	text := table("about", []row{
		{fault: chaos.Fault{Name: "one"}, out: clean},
		{fault: chaos.Fault{Name: "two"}, out: known},
		{fault: chaos.Fault{Name: "three"}, out: bad},
		{fault: chaos.Fault{Name: "four"}, out: dirty},
		{fault: chaos.Fault{Name: "five"}, failed: []string{"failed"}},
		{fault: chaos.Fault{Name: "six"}, skipped: "no redis-cli in the PATH"},
	})
	for _, want := range []string{
		"| one, 3 times | 2.0 s | status | nothing | 1.5 s | purchase | 0 | 0, 0 | clean |",
		"as described: hold: 2, entered place: 1",
		"**Visitor 007 had number 7 and has 9**",
		"**exit status 1: seat A-1**",
		"**the run failed**",
		"left out: no redis-cli in the PATH",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// TestAHostEndsARun: as a test does, a host ends the goroutine of a fatal failure,
// cleans up in reverse order, and ends the context before that.
func TestAHostEndsARun(t *testing.T) {
	t.Parallel()
	h := newHost(t.Context(), "a run")
	var done []string
	h.run(func() {
		h.Cleanup(func() { done = append(done, "first") })
		h.Cleanup(func() { done = append(done, "second", h.Context().Err().Error()) })
		h.Fatalf("broken: %d", 7)
		done = append(done, "after the failure")
	})
	if want := []string{"second", "context canceled", "first"}; !slices.Equal(done, want) {
		t.Errorf("the run did %q, want %q", done, want)
	}
	if failures := h.failures(); !slices.Contains(failures, "broken: 7") {
		t.Errorf("the failures are %q", failures)
	}
	h = newHost(t.Context(), "another")
	h.run(func() { h.Skipf("no %s", "redis-cli") })
	if h.skipped != "no redis-cli" || h.failures() != nil {
		t.Errorf("skipped because of %q, failures %q", h.skipped, h.failures())
	}
}
