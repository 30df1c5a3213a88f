package queue

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	batchSize     = 200             // calls that share one script run, at most
	batchInFlight = 2               // script runs of one kind in flight at once
	runTimeout    = 5 * time.Second // the longest one run may take
)

// batcher lets concurrent calls share one script run. A lone call runs at once;
// calls that arrive while others are in flight run together. No goroutine is
// started: one of the callers, the leader of its batch, runs the script for all.
type batcher[Q, A any] struct {
	run func(context.Context, []Q) ([]A, error)

	mu       sync.Mutex
	waiting  []*call[Q, A] // in order of arrival
	inFlight int
}

// call is one caller's question and answer.
type call[Q, A any] struct {
	ask    Q
	answer A
	err    error
	leader bool        // runs the next batch; guarded by the batcher
	signal chan signal // lead at most once, and before answered
}

type signal int

const (
	answered signal = iota // answer and err are set
	lead                   // this caller runs the next batch
)

func newBatcher[Q, A any](run func(context.Context, []Q) ([]A, error)) *batcher[Q, A] {
	return &batcher[Q, A]{run: run}
}

// do asks one question and returns its answer. When ctx ends first, do returns
// its error; the script may still have run.
func (b *batcher[Q, A]) do(ctx context.Context, ask Q) (A, error) {
	c := &call[Q, A]{ask: ask, signal: make(chan signal, 2)}
	b.mu.Lock()
	b.waiting = append(b.waiting, c)
	leads := b.inFlight < batchInFlight
	if leads {
		b.inFlight++
		c.leader = true
	}
	b.mu.Unlock()
	if !leads {
		var got signal
		select {
		case got = <-c.signal:
		case <-ctx.Done():
			if b.withdraw(c) {
				var none A
				return none, ctx.Err()
			}
			got = <-c.signal
		}
		if got == answered {
			return c.answer, c.err
		}
	}
	// A leader runs a batch even if another batch has already answered its call:
	// callers behind it rely on the run.
	b.runBatch(ctx)
	<-c.signal
	return c.answer, c.err
}

// withdraw removes the call of a caller whose context ended, unless the call is
// in flight or leads. It reports whether it did.
func (b *batcher[Q, A]) withdraw(c *call[Q, A]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.leader {
		return false
	}
	for i, other := range b.waiting {
		if other == c {
			b.waiting = slices.Delete(b.waiting, i, i+1) // batches in flight lie before it
			return true
		}
	}
	return false
}

// runBatch runs one batch and makes a waiting caller the leader of the next.
func (b *batcher[Q, A]) runBatch(ctx context.Context) {
	b.mu.Lock()
	n := min(len(b.waiting), batchSize)
	batch := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	b.mu.Unlock()
	if n > 0 {
		asks := make([]Q, n)
		for i, c := range batch {
			asks[i] = c.ask
		}
		// The other callers' questions must not fail when the leader's context ends.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), runTimeout)
		answers, err := b.run(ctx, asks)
		cancel()
		for i, c := range batch {
			if err != nil {
				c.err = err
			} else {
				c.answer = answers[i]
			}
			c.signal <- answered
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.waiting {
		if !c.leader { // of another batch
			c.leader = true
			c.signal <- lead
			return
		}
	}
	b.inFlight--
}
