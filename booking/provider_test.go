package booking

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"usher/booking/payment"
)

// unreliableProvider wraps a provider: tests block its calls, count them, and make them
// fail.
type unreliableProvider struct {
	payment.Provider

	mu             sync.Mutex
	charges        int           // number of calls of Charge
	block          chan struct{} // charges wait until it is closed; nil: they do not wait
	outcomeBlock   chan struct{} // Outcome waits until it is closed or its context ends
	silent         bool          // Outcome and Close fail
	capturesClosed bool          // captures closed charges too
	refundError    error         // of Refund
	refundBlock    chan struct{} // Refund waits until it is closed or its context ends; nil: it does not wait
	refunds        int           // number of calls of Refund
	late           map[string]int64
	returned       map[string]int64
	missed         []string     // ids of charges that Missed reports
	outcomes       atomic.Int64 // number of calls of Outcome
	waiting        chan string  // receives the id of each blocked charge
}

func newUnreliableProvider(p payment.Provider) *unreliableProvider {
	return &unreliableProvider{Provider: p, late: map[string]int64{}, returned: map[string]int64{}, waiting: make(chan string, 1000)}
}

// blockCharges makes charges wait until the returned function is called.
func (k *unreliableProvider) blockCharges() (open func()) {
	gate := make(chan struct{})
	k.mu.Lock()
	k.block = gate
	k.mu.Unlock()
	return sync.OnceFunc(func() {
		k.mu.Lock()
		k.block = nil
		k.mu.Unlock()
		close(gate)
	})
}

// blockOutcomes makes Outcome wait until the returned function is called.
func (k *unreliableProvider) blockOutcomes() (speak func()) {
	muted := make(chan struct{})
	k.mu.Lock()
	k.outcomeBlock = muted
	k.mu.Unlock()
	return sync.OnceFunc(func() { close(muted) })
}

// blockRefunds makes Refund wait until the returned function is called.
func (k *unreliableProvider) blockRefunds() (open func()) {
	gate := make(chan struct{})
	k.mu.Lock()
	k.refundBlock = gate
	k.mu.Unlock()
	return sync.OnceFunc(func() { close(gate) })
}

// asksToRefund returns the number of calls of Refund.
func (k *unreliableProvider) asksToRefund() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.refunds
}

func (k *unreliableProvider) set(silent, faithless bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.silent, k.capturesClosed = silent, faithless
}

// failRefunds makes refunds fail with an error; nil ends that.
func (k *unreliableProvider) failRefunds(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refundError = err
}

func (k *unreliableProvider) charged() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.charges
}

func (k *unreliableProvider) Charge(ctx context.Context, c payment.Charge) (payment.Outcome, error) {
	k.mu.Lock()
	k.charges++
	gate := k.block
	k.mu.Unlock()
	if gate != nil {
		k.waiting <- c.ID
		<-gate
	}
	k.mu.Lock()
	faithless := k.capturesClosed
	if faithless {
		k.late[c.ID] = c.Amount
	}
	k.mu.Unlock()
	if faithless {
		return payment.Captured, nil
	}
	return k.Provider.Charge(ctx, c)
}

func (k *unreliableProvider) Outcome(ctx context.Context, id string) (payment.Outcome, error) {
	k.outcomes.Add(1)
	k.mu.Lock()
	defer k.mu.Unlock()
	if muted := k.outcomeBlock; muted != nil {
		k.mu.Unlock()
		select {
		case <-muted:
		case <-ctx.Done():
		}
		k.mu.Lock()
		if ctx.Err() != nil {
			return payment.Unasked, ctx.Err()
		}
	}
	if k.silent {
		return payment.Unasked, errors.New("bank: no answer")
	}
	if k.returned[id] > 0 {
		return payment.Refunded, nil
	}
	if k.late[id] > 0 {
		return payment.Captured, nil
	}
	return k.Provider.Outcome(ctx, id)
}

func (k *unreliableProvider) Close(ctx context.Context, id string) (payment.Outcome, error) {
	k.mu.Lock()
	silent := k.silent
	k.mu.Unlock()
	if silent {
		return payment.Unasked, errors.New("bank: no answer")
	}
	return k.Provider.Close(ctx, id)
}

func (k *unreliableProvider) Refund(ctx context.Context, id, key string, amount int64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refunds++
	if gate := k.refundBlock; gate != nil {
		k.mu.Unlock()
		select {
		case <-gate:
		case <-ctx.Done():
		}
		k.mu.Lock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if k.refundError != nil {
		return k.refundError
	}
	if k.late[id] > 0 {
		k.returned[id] += amount
		return nil
	}
	return k.Provider.Refund(ctx, id, key, amount)
}

func (k *unreliableProvider) Held(ctx context.Context, id string) (int64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.late[id] > 0 {
		return k.late[id] - k.returned[id], nil
	}
	return k.Provider.Held(ctx, id)
}

// Missed reports the charges in missed.
func (k *unreliableProvider) Missed(ctx context.Context, reconcile func(ctx context.Context, charge string) error) error {
	k.mu.Lock()
	ids := k.missed
	k.mu.Unlock()
	for _, id := range ids {
		if err := reconcile(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
