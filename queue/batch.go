package queue

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	batchSize    = 200             // asked for in one script call at most
	batchFlights = 2               // script calls of one kind under way at once
	flightTime   = 5 * time.Second // one call may take, whoever waits for it
)

// batcher lets calls that arrive while others are under way share one script
// call: a lone call goes out at once, a crowd's calls go out together. No
// goroutine is started: one of the callers flies for all.
type batcher[Q, A any] struct {
	run func(context.Context, []Q) ([]A, error)

	mu      sync.Mutex
	waiting []*passenger[Q, A] // in order of arrival
	flying  int
}

type passenger[Q, A any] struct {
	ask       Q
	answer    A
	err       error
	appointed bool        // to fly the next batch; guarded by the batcher
	signal    chan signal // lead at most once, and before arrived
}

type signal int

const (
	arrived signal = iota // answer and err stand
	lead                  // this caller is to fly the next batch
)

func newBatcher[Q, A any](run func(context.Context, []Q) ([]A, error)) *batcher[Q, A] {
	return &batcher[Q, A]{run: run}
}

// do asks one thing. When ctx ends first the thing may be done all the same.
func (b *batcher[Q, A]) do(ctx context.Context, ask Q) (A, error) {
	p := &passenger[Q, A]{ask: ask, signal: make(chan signal, 2)}
	b.mu.Lock()
	b.waiting = append(b.waiting, p)
	leads := b.flying < batchFlights
	if leads {
		b.flying++
		p.appointed = true
	}
	b.mu.Unlock()
	if !leads {
		var heard signal
		select {
		case heard = <-p.signal:
		case <-ctx.Done():
			if b.withdraw(p) {
				var none A
				return none, ctx.Err()
			}
			heard = <-p.signal
		}
		if heard == arrived {
			return p.answer, p.err
		}
	}
	// Whoever was appointed flies, even if another flight took this caller
	// along meanwhile.
	b.fly(ctx)
	<-p.signal
	return p.answer, p.err
}

// withdraw takes a caller who gave up out of the waiting, unless it is too late.
func (b *batcher[Q, A]) withdraw(p *passenger[Q, A]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.appointed {
		return false
	}
	for i, other := range b.waiting {
		if other == p {
			b.waiting = slices.Delete(b.waiting, i, i+1) // batches under way lie before it
			return true
		}
	}
	return false
}

// fly runs one batch, and appoints who flies the next.
func (b *batcher[Q, A]) fly(ctx context.Context) {
	b.mu.Lock()
	n := min(len(b.waiting), batchSize)
	batch := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	b.mu.Unlock()
	if n > 0 {
		asked := make([]Q, n)
		for i, p := range batch {
			asked[i] = p.ask
		}
		// The others' calls must not fail because this caller gives up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightTime)
		answers, err := b.run(ctx, asked)
		cancel()
		for i, p := range batch {
			if err != nil {
				p.err = err
			} else {
				p.answer = answers[i]
			}
			p.signal <- arrived
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.waiting {
		if !p.appointed { // by another flight
			p.appointed = true
			p.signal <- lead
			return
		}
	}
	b.flying--
}
