package feed

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"usher/internal/store"
)

// attempt delivers an event if it is this node's turn to, and tells what it found.
func (c *dispatcher) attempt(ctx context.Context, d *delivery) result {
	r, err := c.tryOnce(ctx, d)
	if err != nil {
		c.f.o.Logger.WarnContext(ctx, "an event's deliveries are not known", "event", d.event.id(), "endpoint", withoutQuery(c.url), "error", err)
		// Taken and not written down is taken; given up and not written down is not.
		r.settled, r.after = r.took, c.f.timing.look
	}
	r.delivery = d
	return r
}

func (c *dispatcher) tryOnce(ctx context.Context, d *delivery) (result, error) {
	past := &history{}
	if d.looked {
		var err error
		if past, err = c.f.history(ctx, d.event.id(), c.id); err != nil {
			return result{}, err
		}
		if past.settled() {
			return result{settled: true}, nil
		}
		if until := past.asksUntil(); time.Now().Before(until) {
			return result{until: until, after: time.Until(until)}, nil
		}
		if wait := c.wait(d, past); wait > 0 {
			return result{after: wait}, nil
		}
	}
	// Without a look, for the ordinary event nobody has tried: the insert tells.
	d.looked, d.retryNow = true, false
	mine := &attempt{
		Event: d.event.id(), Endpoint: c.id, N: past.n + 1, Page: d.page, Node: c.f.o.Node, At: store.NowMilli(),
	}
	won, err := c.f.insertAttempt(ctx, mine)
	if err != nil || !won {
		return result{}, err // won by another node: look at once
	}
	return c.deliver(ctx, d, mine, past)
}

// wait is how long an event's next attempt must wait; 0 is not at all. No clock
// of another node decides anything here: how long an attempt is under way is
// measured since this node first saw it, and the end of a failed one only spaces
// out attempts, each of which is one node's by insert.
func (c *dispatcher) wait(d *delivery, past *history) time.Duration {
	if past.last == nil || past.last.Outcome == outcomeRetry || past.last.Outcome != "" && d.retryNow {
		return 0
	}
	if past.last.Outcome == "" {
		if past.last.Node == c.f.o.Node {
			return 0 // this node's, which is not at it: the insert's answer was lost
		}
		if d.lease != past.n {
			d.lease, d.since = past.n, time.Now()
		}
		left := c.f.timing.lease - time.Since(d.since)
		return min(left, c.f.timing.look) // it may end well meanwhile
	}
	return time.Until(past.last.EndedAt.Add(c.backOff(past.failures)))
}

// backOff is how long to wait after so many failures, give or take a quarter, so
// that what failed together does not come together again.
func (c *dispatcher) backOff(failures int) time.Duration {
	wait := c.f.timing.longest
	if failures < 30 {
		wait = min(wait, c.f.timing.first<<max(0, failures-1))
	}
	return time.Duration(float64(wait) * (0.75 + rand.Float64()/2))
}

// deliver makes an attempt that is this node's, and writes what came of it.
func (c *dispatcher) deliver(ctx context.Context, d *delivery, a *attempt, past *history) (result, error) {
	r := result{sent: true}
	began := time.Now()
	status, asked, err := c.f.send(ctx, c.url, d.event)
	c.f.metrics.duration.Observe(time.Since(began).Seconds())
	a.Status, a.EndedAt = status, store.NowMilli()
	log := c.f.o.Logger.With("event", a.Event, "endpoint", withoutQuery(c.url), "attempt", a.N)
	switch {
	case err == nil:
		a.Outcome = outcomeDelivered
		r.settled, r.took = true, true
	case status == http.StatusGone:
		a.Outcome, a.Error = outcomeFailed, err.Error()
		r.gone = true
		log.ErrorContext(ctx, "the endpoint is gone: nothing is sent to it any more (usher feed retry --all)")
		if err := c.noteGone(ctx); err != nil {
			log.WarnContext(ctx, "that an endpoint is gone could not be noted: other nodes ask it once more", "error", err)
		}
	case !past.began.IsZero() && time.Since(past.began) > c.f.timing.giveUp:
		a.Outcome, a.Error = outcomeGivenUp, err.Error()
		r.settled = true
		log.ErrorContext(ctx, "an event is given up: the endpoint never took it (usher feed list)", "error", err)
	default:
		a.Outcome, a.Error = outcomeFailed, err.Error()
		r.after = c.backOff(past.failures + 1)
		if asked > 0 {
			a.Until = a.EndedAt.Add(asked)
			r.until, r.after = a.Until, max(r.after, asked)
		}
		log.WarnContext(ctx, "an event was not taken", "error", err, "again", r.after.Round(time.Second))
	}
	c.f.metrics.outcomes.WithLabelValues(withoutQuery(c.url), a.Outcome).Inc()
	// Should this fail, other nodes take the attempt for a dead node's.
	return r, c.f.endAttempt(ctx, a)
}
