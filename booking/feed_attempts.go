package booking

import (
	"context"
	"fmt"
	"time"

	"usher/internal/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// The outcomes of an attempt. None yet means that it is under way, or that its
// node has died.
const (
	feedDelivered = "delivered"
	feedFailed    = "failed"
	feedGivenUp   = "given_up"
	feedGone      = "gone"  // no attempt: what a list says of an endpoint that answered 410
	feedRetry     = "retry" // no attempt: an operator asks for a new series
)

// feedAttempt is one attempt to deliver an event to an endpoint. Whoever inserts
// the n-th may make it; its outcome is written by that node alone.
type feedAttempt struct {
	ID       string    `bson:"_id"` // "<event>/<endpoint>/<n>"
	Event    string    `bson:"event"`
	Endpoint string    `bson:"endpoint"`
	N        int       `bson:"n"`    // from 1
	Page     int64     `bson:"page"` // of the log, where the event is
	Node     string    `bson:"node"`
	At       time.Time `bson:"at"`
	Outcome  string    `bson:"outcome"`
	Status   int       `bson:"status"` // of the answer; 0: there was none
	Error    string    `bson:"error"`
	EndedAt  time.Time `bson:"endedAt"`
	Until    time.Time `bson:"until,omitempty"` // the endpoint asked not to be asked before
}

func feedAttemptID(event, endpoint string, n int) string {
	return fmt.Sprintf("%s/%s/%d", event, endpoint, n)
}

// feedTrail is what has been tried with one event at one endpoint.
type feedTrail struct {
	n         int          // attempts there are
	last      *feedAttempt // nil: none
	began     time.Time    // of the first since an operator last asked
	failures  int          // since then
	delivered bool
}

func (t *feedTrail) settled() bool {
	return t.delivered || t.last != nil && t.last.Outcome == feedGivenUp
}

func (t *feedTrail) add(a *feedAttempt) {
	t.n, t.last = a.N, a
	switch a.Outcome {
	case feedRetry:
		t.began, t.failures = time.Time{}, 0
		return
	case feedDelivered:
		t.delivered = true
	case feedFailed, feedGivenUp:
		t.failures++
	}
	if t.began.IsZero() {
		t.began = a.At
	}
}

func (b *Booking) feedTrail(ctx context.Context, event, endpoint string) (*feedTrail, error) {
	t := &feedTrail{}
	for {
		a, err := store.Find[feedAttempt](ctx, b.o.Mongo.Collection(feedAttemptsName), feedAttemptID(event, endpoint, t.n+1))
		if err != nil {
			return nil, err
		}
		if a == nil {
			return t, nil
		}
		t.add(a)
	}
}

// insertFeedAttempt reports whether the attempt is the caller's to make.
func (b *Booking) insertFeedAttempt(ctx context.Context, a *feedAttempt) (bool, error) {
	a.ID = feedAttemptID(a.Event, a.Endpoint, a.N)
	_, err := b.o.Mongo.Collection(feedAttemptsName).InsertOne(ctx, a)
	if mongo.IsDuplicateKeyError(err) {
		return false, nil
	}
	return err == nil, err
}

// endFeedAttempt writes the outcome of the caller's own attempt.
func (b *Booking) endFeedAttempt(ctx context.Context, a *feedAttempt) error {
	_, err := b.o.Mongo.Collection(feedAttemptsName).UpdateOne(ctx, store.ByID(a.ID), bson.D{{Key: "$set", Value: bson.D{
		{Key: "outcome", Value: a.Outcome},
		{Key: "status", Value: a.Status},
		{Key: "error", Value: a.Error},
		{Key: "endedAt", Value: a.EndedAt},
		{Key: "until", Value: a.Until},
	}}})
	return err
}
