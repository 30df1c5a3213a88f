package feed

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"usher/internal/store"
)

// attempt tries to deliver an event and turns an error into a result.
func (d *dispatcher) attempt(ctx context.Context, delivery *delivery) result {
	r, err := d.tryOnce(ctx, delivery)
	if err != nil {
		d.f.o.Logger.WarnContext(ctx, "feed: reading or writing a delivery attempt failed: trying again", "event", delivery.event.id(), "endpoint", d.name, "error", err)
		r.settled, r.after = false, d.f.timing.look
	}
	r.delivery = delivery
	return r
}

// tryOnce makes the next attempt, unless the event is settled, the attempt must wait,
// or another node makes the attempt.
func (d *dispatcher) tryOnce(ctx context.Context, delivery *delivery) (result, error) {
	if delivery.unwritten != nil {
		return d.finishUnwritten(ctx, delivery)
	}
	past := &history{}
	if delivery.tried {
		var err error
		if past, err = d.f.history(ctx, delivery.event.id(), d.id); err != nil {
			return result{}, err
		}
		if past.settled() {
			return result{settled: true}, nil
		}
		if until := past.asksUntil(); time.Now().Before(until) {
			return result{until: until, after: time.Until(until)}, nil
		}
		if wait := d.wait(delivery, past); wait > 0 {
			return result{after: wait}, nil
		}
	}
	if wanted, err := d.wanted(ctx, delivery.event, past); err != nil || !wanted {
		return result{settled: err == nil}, err
	}
	// A first attempt skips reading the history: the insert fails if there is one.
	delivery.tried, delivery.retryNow = true, false
	mine := &attempt{
		Event: delivery.event.id(), Endpoint: d.id, N: past.n + 1, Page: delivery.page, Node: d.f.o.Node, At: store.NowMilli(),
	}
	won, err := d.f.insertAttempt(ctx, mine)
	if err != nil || !won {
		return result{}, err // another node makes the attempt: read the history at once
	}
	return d.deliver(ctx, delivery, mine, past)
}

// wait returns how long the next attempt must wait; 0 or less means that it is due.
// Clocks of other nodes do not decide who sends: this node measures a lease from the
// moment it first saw the attempt. The end of a failed attempt, written by another
// node's clock, only spaces attempts out, and an insert gives each attempt to one node.
func (d *dispatcher) wait(delivery *delivery, past *history) time.Duration {
	if past.last == nil || past.last.Outcome == outcomeRetry || past.last.Outcome != "" && delivery.retryNow {
		return 0
	}
	if past.last.Outcome == "" {
		if past.last.Node == d.f.o.Node {
			return 0 // the attempt is this node's and not in flight: the response to the insert was lost
		}
		if delivery.lease != past.n {
			delivery.lease, delivery.since = past.n, time.Now()
		}
		left := d.pace().lease - time.Since(delivery.since)
		return min(left, d.f.timing.look) // the other node may succeed before the lease ends
	}
	return time.Until(past.last.EndedAt.Add(d.backOff(past.failures)))
}

// backOff returns the wait after a number of failures. A jitter of a quarter spreads
// out deliveries that failed together.
func (d *dispatcher) backOff(failures int) time.Duration {
	pace := d.pace()
	wait := pace.longest
	if failures < 30 {
		wait = min(wait, pace.first<<max(0, failures-1))
	}
	return time.Duration(float64(wait) * (0.75 + rand.Float64()/2))
}

// deliver sends the event in an attempt that this node inserted, and writes the
// outcome.
func (d *dispatcher) deliver(ctx context.Context, delivery *delivery, a *attempt, past *history) (result, error) {
	r := result{sent: true}
	began := time.Now()
	answer, asked := d.send(ctx, delivery.event)
	status, err := answer.Status, answer.Err
	r.alone = answer.Alone || answer.Final
	d.f.metrics.duration.Observe(time.Since(began).Seconds())
	a.Status, a.EndedAt = status, store.NowMilli()
	log := d.f.o.Logger.With("event", a.Event, "endpoint", d.name, "attempt", a.N)
	switch {
	case err == nil:
		a.Outcome = outcomeDelivered
		r.settled, r.accepted = true, true
	case answer.Final:
		a.Outcome, a.Error = outcomeGivenUp, err.Error()
		r.settled = true
		log.ErrorContext(ctx, "feed: the endpoint refuses the event: given up, see usher feed list", "error", err)
	case status == http.StatusGone && d.to == nil:
		a.Outcome, a.Error = outcomeFailed, err.Error()
		r.gone = true
		log.ErrorContext(ctx, "feed: the endpoint answered 410: nothing more is sent to it until usher feed retry --all")
		if err := d.noteGone(ctx); err != nil {
			log.WarnContext(ctx, "feed: writing that the endpoint is gone failed: other nodes may send to it once more", "error", err)
		}
	case !past.began.IsZero() && time.Since(past.began) > d.pace().giveUp:
		a.Outcome, a.Error = outcomeGivenUp, err.Error()
		r.settled = true
		log.ErrorContext(ctx, "feed: the endpoint never accepted the event: given up, see usher feed list", "error", err)
	default:
		a.Outcome, a.Error = outcomeFailed, err.Error()
		r.after = d.backOff(past.failures + 1)
		if asked > 0 {
			a.Until = a.EndedAt.Add(asked)
			r.until, r.after = a.Until, max(r.after, asked)
		}
		log.WarnContext(ctx, "feed: a delivery failed: trying again", "error", err, "after", r.after.Round(time.Second))
	}
	d.f.metrics.outcomes.WithLabelValues(d.name, a.Outcome).Inc()
	// If this node ends before the write succeeds, the lease of the attempt ends and
	// another node sends again.
	return r, d.end(ctx, delivery, a)
}
