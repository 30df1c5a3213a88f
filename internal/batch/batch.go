// Package batch lets concurrent calls share one round trip to a store: the more
// calls come at once, the fewer round trips each of them costs.
//
// Entry points: [New] and [Batcher.Do].
package batch

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Bounds of every batcher.
const (
	Size     = 200             // calls that share one run, at most
	InFlight = 2               // runs of one batcher in flight at once
	Timeout  = 5 * time.Second // the longest one run may take
)

// Batcher lets concurrent calls share one run. A lone call runs at once;
// calls that arrive while others are in flight run together. No goroutine is
// started: one of the callers, the leader of its batch, runs for all. Safe for concurrent use.
type Batcher[Q, A any] struct {
	run func(context.Context, []Q) ([]A, error)

	calls sync.Pool // of *call: after a call nothing refers to it any more

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

// New makes a batcher. run answers the questions of one batch, in their order; its
// error is the answer to each of them.
func New[Q, A any](run func(context.Context, []Q) ([]A, error)) *Batcher[Q, A] {
	return &Batcher[Q, A]{run: run}
}

// Do asks one question and returns its answer. When ctx ends first, Do returns
// its error; the question may still have been asked.
func (b *Batcher[Q, A]) Do(ctx context.Context, ask Q) (A, error) {
	c, _ := b.calls.Get().(*call[Q, A])
	if c == nil {
		c = &call[Q, A]{signal: make(chan signal, 2)}
	}
	c.ask = ask
	answer, err := b.ask(ctx, c)
	*c = call[Q, A]{signal: c.signal} // both signals have been received, or none was sent
	b.calls.Put(c)
	return answer, err
}

func (b *Batcher[Q, A]) ask(ctx context.Context, c *call[Q, A]) (A, error) {
	b.mu.Lock()
	b.waiting = append(b.waiting, c)
	leads := b.inFlight < InFlight
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
func (b *Batcher[Q, A]) withdraw(c *call[Q, A]) bool {
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
func (b *Batcher[Q, A]) runBatch(ctx context.Context) {
	b.mu.Lock()
	n := min(len(b.waiting), Size)
	batch := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	b.mu.Unlock()
	if n > 0 {
		asks := make([]Q, n)
		for i, c := range batch {
			asks[i] = c.ask
		}
		// The other callers' questions must not fail when the leader's context ends.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout)
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
