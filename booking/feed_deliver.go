package booking

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"usher/internal/store"
)

// attempt delivers an event if it is this node's turn to, and tells what it found.
func (c *courier) attempt(ctx context.Context, d *delivery) feedResult {
	r, err := c.tryOnce(ctx, d)
	if err != nil {
		c.f.b.log.WarnContext(ctx, "an event's deliveries are not known", "event", d.event.id(), "endpoint", shownURL(c.url), "error", err)
		// Taken and not written down is taken; given up and not written down is not.
		r.settled, r.after = r.took, c.f.times.look
	}
	r.delivery = d
	return r
}

func (c *courier) tryOnce(ctx context.Context, d *delivery) (feedResult, error) {
	trail := &feedTrail{}
	if d.looked {
		var err error
		if trail, err = c.f.b.feedTrail(ctx, d.event.id(), c.id); err != nil {
			return feedResult{}, err
		}
		if trail.settled() {
			return feedResult{settled: true}, nil
		}
		if until := trail.asksUntil(); time.Now().Before(until) {
			return feedResult{until: until, after: time.Until(until)}, nil
		}
		if wait := c.wait(d, trail); wait > 0 {
			return feedResult{after: wait}, nil
		}
	}
	// Without a look, for the ordinary event nobody has tried: the insert tells.
	d.looked, d.hurry = true, false
	mine := &feedAttempt{
		Event: d.event.id(), Endpoint: c.id, N: trail.n + 1, Page: d.page, Node: c.f.b.o.Node, At: store.NowMilli(),
	}
	won, err := c.f.b.insertFeedAttempt(ctx, mine)
	if err != nil || !won {
		return feedResult{}, err // won by another node: look at once
	}
	return c.deliver(ctx, d, mine, trail)
}

// wait is how long an event's next attempt must wait; 0 is not at all. No clock
// of another node decides anything here: how long an attempt is under way is
// measured since this node first saw it, and the end of a failed one only spaces
// out attempts, each of which is one node's by insert.
func (c *courier) wait(d *delivery, trail *feedTrail) time.Duration {
	if trail.last == nil || trail.last.Outcome == feedRetry || trail.last.Outcome != "" && d.hurry {
		return 0
	}
	if trail.last.Outcome == "" {
		if trail.last.Node == c.f.b.o.Node {
			return 0 // this node's, which is not at it: the insert's answer was lost
		}
		if d.lease != trail.n {
			d.lease, d.since = trail.n, time.Now()
		}
		left := c.f.times.lease - time.Since(d.since)
		return min(left, c.f.times.look) // it may end well meanwhile
	}
	return time.Until(trail.last.EndedAt.Add(c.backOff(trail.failures)))
}

// backOff is how long to wait after so many failures, give or take a quarter, so
// that what failed together does not come together again.
func (c *courier) backOff(failures int) time.Duration {
	wait := c.f.times.longest
	if failures < 30 {
		wait = min(wait, c.f.times.first<<max(0, failures-1))
	}
	return time.Duration(float64(wait) * (0.75 + rand.Float64()/2))
}

// deliver makes an attempt that is this node's, and writes what came of it.
func (c *courier) deliver(ctx context.Context, d *delivery, a *feedAttempt, trail *feedTrail) (feedResult, error) {
	r := feedResult{sent: true}
	began := time.Now()
	status, asked, err := c.f.send(ctx, c.url, d.event)
	c.f.metrics.duration.Observe(time.Since(began).Seconds())
	a.Status, a.EndedAt = status, store.NowMilli()
	log := c.f.b.log.With("event", a.Event, "endpoint", shownURL(c.url), "attempt", a.N)
	switch {
	case err == nil:
		a.Outcome = feedDelivered
		r.settled, r.took = true, true
	case status == http.StatusGone:
		a.Outcome, a.Error = feedFailed, err.Error()
		r.gone = true
		log.ErrorContext(ctx, "the endpoint is gone: nothing is sent to it any more (usher feed retry --all)")
		if err := c.noteGone(ctx); err != nil {
			log.WarnContext(ctx, "that an endpoint is gone could not be noted: other nodes ask it once more", "error", err)
		}
	case !trail.began.IsZero() && time.Since(trail.began) > c.f.times.giveUp:
		a.Outcome, a.Error = feedGivenUp, err.Error()
		r.settled = true
		log.ErrorContext(ctx, "an event is given up: the endpoint never took it (usher feed list)", "error", err)
	default:
		a.Outcome, a.Error = feedFailed, err.Error()
		r.after = c.backOff(trail.failures + 1)
		if asked > 0 {
			a.Until = a.EndedAt.Add(asked)
			r.until, r.after = a.Until, max(r.after, asked)
		}
		log.WarnContext(ctx, "an event was not taken", "error", err, "again", r.after.Round(time.Second))
	}
	c.f.metrics.outcomes.WithLabelValues(shownURL(c.url), a.Outcome).Inc()
	// Should this fail, other nodes take the attempt for a dead node's.
	return r, c.f.b.endFeedAttempt(ctx, a)
}
