package feed

import (
	"context"
	"time"
)

// Endpoint receives events by another way than a webhook, such as mail. It has its own
// progress, attempts and back-offs, which all nodes with the endpoint share.
type Endpoint struct {
	// Name is the key of the progress, and the endpoint's name in metrics, logs and lists.
	Name string
	// Wants reports whether there is anything to send for an event. Of other events no
	// attempt is written.
	Wants func(ctx context.Context, e *Event) (bool, error)
	// Send delivers an event. It must return soon after ctx ends.
	Send func(ctx context.Context, e *Event) Answer
	Pace Pace
}

// Pace are the durations of the deliveries to an endpoint. All are positive.
type Pace struct {
	Send    time.Duration // the timeout of Send
	Lease   time.Duration // an attempt without an outcome for so long counts as abandoned; longer than Send
	First   time.Duration // the first back-off; each further one is twice as long,
	Longest time.Duration // up to this
	GiveUp  time.Duration // a failure so long after the first attempt gives the event up
	Stale   time.Duration // an event that old which was never tried is not sent: the endpoint was turned off
}

// Answer is what became of one delivery.
type Answer struct {
	Err    error // nil: accepted
	Status int   // the receiver's code; 0: none
	Final  bool  // the receiver refuses this event and will do so again: give it up
	// Alone: the failure concerns this event only. Other failures concern the endpoint,
	// and no event is sent for a while.
	Alone bool
}

// longestPause bounds the pause after failures that concern the whole endpoint.
const longestPause = 5 * time.Minute

// pace returns the durations of this dispatcher.
func (d *dispatcher) pace() timing {
	t := d.f.timing
	if d.to != nil {
		p := d.to.Pace
		t.send, t.lease, t.first, t.longest, t.giveUp = p.Send, p.Lease, p.First, p.Longest, p.GiveUp
	}
	return t
}

// window returns how many waiting events are in memory. An endpoint whose failures mostly
// concern one event has more, so that slow receivers do not delay the others.
func (d *dispatcher) window() int {
	if d.to != nil {
		return 10 * window
	}
	return window
}

// wanted reports whether the endpoint gets an event. Webhooks get every event.
func (d *dispatcher) wanted(ctx context.Context, e *Event, past *history) (bool, error) {
	if d.to == nil {
		return true, nil
	}
	if past.n == 0 && time.Since(e.At) > d.to.Pace.Stale {
		return false, nil
	}
	return d.to.Wants(ctx, e)
}

// send delivers an event, by a webhook or to the endpoint. asked is the wait that a
// webhook's receiver asks for.
func (d *dispatcher) send(ctx context.Context, e *Event) (answer Answer, asked time.Duration) {
	if d.to == nil {
		answer.Status, asked, answer.Err = d.f.send(ctx, d.url, e)
		return answer, asked
	}
	ctx, cancel := context.WithTimeout(ctx, d.to.Pace.Send)
	defer cancel()
	// A node that stops does not wait for a slow receiver.
	release := context.AfterFunc(d.stopping, func() { time.AfterFunc(d.f.timing.stop, cancel) })
	defer release()
	return d.to.Send(ctx, e), 0
}

// pauseAfter notes a failure that concerns the whole endpoint, or its end. The more failures
// in a row, the longer the pause. Deliveries that were in flight together count once.
func (d *dispatcher) pauseAfter(r result) {
	switch {
	case d.to == nil || !r.sent || r.alone:
	case r.accepted:
		d.down, d.paused = 0, time.Time{}
	case !d.paused.After(time.Now()):
		d.down++
		d.paused = time.Now().Add(min(longestPause, d.backOff(d.down)))
	}
}

// end writes the outcome of an attempt. An outcome that could not be written stays with
// the delivery, whose next try writes it: an accepted event must not be sent again.
func (d *dispatcher) end(ctx context.Context, delivery *delivery, a *attempt) error {
	err := d.f.endAttempt(ctx, a)
	delivery.unwritten = nil
	if err != nil {
		delivery.unwritten = a
	}
	return err
}

// finishUnwritten writes the outcome that an earlier try could not write.
func (d *dispatcher) finishUnwritten(ctx context.Context, delivery *delivery) (result, error) {
	a := delivery.unwritten
	if err := d.end(ctx, delivery, a); err != nil {
		return result{}, err
	}
	if a.Outcome == outcomeFailed {
		return result{after: d.backOff(1)}, nil
	}
	return result{settled: true}, nil
}

// chosen reports whether an endpoint's list of waiting events needs an event: an endpoint
// that chooses its events waits for those it has tried.
func (m *endpointMark) chosen(past *history) bool { return !m.Chooses || past.n > 0 }
