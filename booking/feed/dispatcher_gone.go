package feed

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/store"
)

// asksUntil returns the time before which the endpoint wants to receive nothing, zero
// if it did not ask. A time more than longestRetryAfter ahead does not count.
func (h *history) asksUntil() time.Time {
	if h.last == nil || h.last.Outcome != outcomeFailed || time.Until(h.last.Until) > longestRetryAfter {
		return time.Time{}
	}
	return h.last.Until
}

// setGone sets whether the endpoint is gone, and shows or withdraws the warning on the
// admin page.
func (d *dispatcher) setGone(gone bool) {
	source := "feed " + d.id
	switch {
	case gone:
		d.f.o.Warn(source, "the feed's endpoint "+d.name+" answered 410 (gone): nothing is sent to it. Remove it from --feed-url, or repair it and run usher feed retry --all")
	case d.gone:
		d.f.o.Warn(source)
	}
	d.gone = gone
}

// noteGone writes to the mark that the endpoint is gone, for nodes that start later.
func (d *dispatcher) noteGone(ctx context.Context) error {
	_, err := d.f.o.Mongo.Collection(marksName).UpdateOne(ctx, store.ByID(d.id), bson.D{{Key: "$set", Value: bson.D{{Key: "goneAt", Value: store.NowMilli()}}}})
	return err
}

// resume reads the mark and sends again if an operator has called Resume.
func (d *dispatcher) resume(ctx context.Context) {
	mark, err := store.Find[endpointMark](ctx, d.f.o.Mongo.Collection(marksName), d.id)
	if err != nil || mark == nil || !mark.GoneAt.IsZero() {
		return
	}
	d.setGone(false)
	for _, delivery := range d.waiting {
		if !delivery.busy {
			delivery.retryNow, delivery.due = true, time.Now()
		}
	}
}

// Resume makes nodes send again to the endpoints that answered 410, and returns how
// many endpoints these are. Running nodes notice within seconds.
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
