package booking

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/store"
)

// asksUntil is when the endpoint wants to be asked again after the last attempt,
// within the hour that it may ask for.
func (t *feedTrail) asksUntil() time.Time {
	if t.last == nil || t.last.Outcome != feedFailed || time.Until(t.last.Until) > feedLongestAsked {
		return time.Time{}
	}
	return t.last.Until
}

// setGone says on the admin page whether the endpoint is gone.
func (c *courier) setGone(gone bool) {
	source := "feed " + c.id
	switch {
	case gone:
		c.f.b.o.Warn(source, "the feed's endpoint "+shownURL(c.url)+" answered 410: it is gone, and nothing is sent to it. Take it off --feed-url, or mend it and run usher feed retry --all")
	case c.gone:
		c.f.b.o.Warn(source)
	}
	c.gone = gone
}

// noteGone writes down that the endpoint is gone, for nodes that start later.
func (c *courier) noteGone(ctx context.Context) error {
	_, err := c.f.b.o.Mongo.Collection(feedMarksName).UpdateOne(ctx, store.ByID(c.id), bson.D{{Key: "$set", Value: bson.D{{Key: "goneAt", Value: store.NowMilli()}}}})
	return err
}

// resume looks whether an operator has asked to send to the endpoint again.
func (c *courier) resume(ctx context.Context) {
	mark, err := store.Find[feedMark](ctx, c.f.b.o.Mongo.Collection(feedMarksName), c.id)
	if err != nil || mark == nil || !mark.GoneAt.IsZero() {
		return
	}
	c.setGone(false)
	for _, d := range c.waiting {
		if !d.busy {
			d.hurry, d.due = true, time.Now()
		}
	}
}

// ResumeFeed asks to send to endpoints again that said they are gone. It returns
// how many there are. Running nodes do so within seconds.
func (b *Booking) ResumeFeed(ctx context.Context) (int, error) {
	marks := b.o.Mongo.Collection(feedMarksName)
	found, err := marks.Find(ctx, bson.D{})
	if err != nil {
		return 0, store.Fault(err)
	}
	var all []feedMark
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
