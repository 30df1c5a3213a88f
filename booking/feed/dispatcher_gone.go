package feed

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/store"
)

// asksUntil is when the endpoint wants to be asked again after the last attempt,
// within the hour that it may ask for.
func (t *history) asksUntil() time.Time {
	if t.last == nil || t.last.Outcome != outcomeFailed || time.Until(t.last.Until) > longestRetryAfter {
		return time.Time{}
	}
	return t.last.Until
}

// setGone says on the admin page whether the endpoint is gone.
func (c *dispatcher) setGone(gone bool) {
	source := "feed " + c.id
	switch {
	case gone:
		c.f.o.Warn(source, "the feed's endpoint "+withoutQuery(c.url)+" answered 410: it is gone, and nothing is sent to it. Take it off --feed-url, or mend it and run usher feed retry --all")
	case c.gone:
		c.f.o.Warn(source)
	}
	c.gone = gone
}

// noteGone writes down that the endpoint is gone, for nodes that start later.
func (c *dispatcher) noteGone(ctx context.Context) error {
	_, err := c.f.o.Mongo.Collection(marksName).UpdateOne(ctx, store.ByID(c.id), bson.D{{Key: "$set", Value: bson.D{{Key: "goneAt", Value: store.NowMilli()}}}})
	return err
}

// resume looks whether an operator has asked to send to the endpoint again.
func (c *dispatcher) resume(ctx context.Context) {
	mark, err := store.Find[endpointMark](ctx, c.f.o.Mongo.Collection(marksName), c.id)
	if err != nil || mark == nil || !mark.GoneAt.IsZero() {
		return
	}
	c.setGone(false)
	for _, d := range c.waiting {
		if !d.busy {
			d.retryNow, d.due = true, time.Now()
		}
	}
}

// Resume asks to send to endpoints again that said they are gone. It returns
// how many there are. Running nodes do so within seconds.
func (f *Feed) Resume(ctx context.Context) (int, error) {
	marks := f.o.Mongo.Collection(marksName)
	found, err := marks.Find(ctx, bson.D{})
	if err != nil {
		return 0, store.Fault(err)
	}
	var all []endpointMark
	if err := found.All(ctx, &all); err != nil {
		return 0, store.Fault(err)
	}
	resumed := 0
	for _, mark := range all {
		if mark.GoneAt.IsZero() {
			continue
		}
		if _, err := marks.UpdateOne(ctx, store.ByID(mark.ID), bson.D{{Key: "$unset", Value: bson.D{{Key: "goneAt", Value: ""}}}}); err != nil {
			return resumed, store.Fault(err)
		}
		resumed++
	}
	return resumed, nil
}
