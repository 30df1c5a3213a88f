package batch

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"usher/internal/testkit"
)

func TestACrowdSharesRunsAndEachCallGetsItsOwnAnswer(t *testing.T) {
	gate := make(chan struct{})
	var mu sync.Mutex
	calls := 0
	b := New(func(_ context.Context, asked []int) ([]int, error) {
		<-gate
		mu.Lock()
		calls++
		mu.Unlock()
		if len(asked) > Size {
			t.Errorf("%d in one call", len(asked))
		}
		answers := make([]int, len(asked))
		for i, a := range asked {
			answers[i] = -a
		}
		return answers, nil
	})
	const crowd = 1000
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() {
			if got, err := b.Do(t.Context(), i); err != nil || got != -i {
				t.Errorf("asked %d, got %d, %v", i, got, err)
			}
		})
	}
	testkit.Eventually(t, 5*time.Second, "all but the two in flight wait", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.waiting) == crowd-InFlight
	})
	close(gate)
	all.Wait()
	if calls > InFlight+crowd/Size {
		t.Errorf("%d calls", calls)
	}
	if b.inFlight != 0 || len(b.waiting) != 0 {
		t.Errorf("%d still in flight, %d wait", b.inFlight, len(b.waiting))
	}
}

func TestACallWhoseContextEndsIsWithdrawn(t *testing.T) {
	gate := make(chan struct{})
	started := make(chan struct{}, 10)
	b := New(func(_ context.Context, asked []string) ([]string, error) {
		started <- struct{}{}
		<-gate
		return asked, nil
	})
	var inFlight sync.WaitGroup
	for range InFlight {
		inFlight.Go(func() {
			if _, err := b.Do(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		})
		<-started
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Do(ctx, "b"); !errors.Is(err, context.Canceled) {
		t.Errorf("gave up: %v", err)
	}
	close(gate)
	inFlight.Wait()
	if got, err := b.Do(t.Context(), "c"); err != nil || got != "c" {
		t.Errorf("afterwards: %q %v", got, err)
	}
}

func TestAFailedRunFailsForAllCallsThatSharedIt(t *testing.T) {
	broken := errors.New("broken")
	b := New(func(context.Context, []int) ([]int, error) { return nil, broken })
	for range 3 {
		if _, err := b.Do(t.Context(), 1); !errors.Is(err, broken) {
			t.Error(err)
		}
	}
}

func TestEachCallGetsItsOwnAnswerHoweverShortTheRuns(t *testing.T) {
	b := New(func(_ context.Context, asked []int) ([]int, error) { return asked, nil })
	var all sync.WaitGroup
	for caller := range 8 {
		all.Go(func() {
			for i := range 20_000 {
				ask := 1 + caller + 8*i
				if got, err := b.Do(t.Context(), ask); err != nil || got != ask {
					t.Errorf("asked %d, got %d, %v", ask, got, err)
					return
				}
			}
		})
	}
	all.Wait()
	if b.inFlight != 0 || len(b.waiting) != 0 {
		t.Errorf("%d still in flight, %d wait", b.inFlight, len(b.waiting))
	}
}
