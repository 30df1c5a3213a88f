package queue

import "sync"

// outbox delivers events to Notify in the order they were added, one call at a
// time, and without a lock of the queue: Notify may call the queue.
type outbox struct {
	notify func([]Event)

	mu       sync.Mutex
	events   []Event
	draining bool
}

// add queues an event; the order of calls is the order of delivery. The caller
// calls drain once it holds no lock.
func (o *outbox) add(e Event) {
	o.mu.Lock()
	o.events = append(o.events, e)
	o.mu.Unlock()
}

// drain delivers the queued events. When another call is delivering, that call
// delivers these too.
func (o *outbox) drain() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.draining {
		return
	}
	o.draining = true
	for len(o.events) > 0 {
		events := o.events
		o.events = nil
		o.mu.Unlock()
		o.notify(events)
		o.mu.Lock()
	}
	o.draining = false
}
