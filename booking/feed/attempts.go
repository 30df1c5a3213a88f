package feed

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
	outcomeDelivered = "delivered"
	outcomeFailed    = "failed"
	outcomeGivenUp   = "given_up"
	stateGone        = "gone"  // no attempt: what a list says of an endpoint that answered 410
	outcomeRetry     = "retry" // no attempt: an operator asks for a new series
)

// attempt is one attempt to deliver an event to an endpoint. Whoever inserts
// the n-th may make it; its outcome is written by that node alone.
type attempt struct {
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

func attemptID(event, endpoint string, n int) string {
	return fmt.Sprintf("%s/%s/%d", event, endpoint, n)
}

// history is what has been tried with one event at one endpoint.
type history struct {
	n         int       // attempts there are
	last      *attempt  // nil: none
	began     time.Time // of the first since an operator last asked
	failures  int       // since then
	delivered bool
}

func (t *history) settled() bool {
	return t.delivered || t.last != nil && t.last.Outcome == outcomeGivenUp
}

func (t *history) add(a *attempt) {
	t.n, t.last = a.N, a
	switch a.Outcome {
	case outcomeRetry:
		t.began, t.failures = time.Time{}, 0
		return
	case outcomeDelivered:
		t.delivered = true
	case outcomeFailed, outcomeGivenUp:
		t.failures++
	}
	if t.began.IsZero() {
		t.began = a.At
	}
}

func (f *Feed) history(ctx context.Context, event, endpoint string) (*history, error) {
	t := &history{}
	for {
		a, err := store.Find[attempt](ctx, f.o.Mongo.Collection(attemptsName), attemptID(event, endpoint, t.n+1))
		if err != nil {
			return nil, err
		}
		if a == nil {
			return t, nil
		}
		t.add(a)
	}
}

// insertAttempt reports whether the attempt is the caller's to make.
func (f *Feed) insertAttempt(ctx context.Context, a *attempt) (bool, error) {
	a.ID = attemptID(a.Event, a.Endpoint, a.N)
	_, err := f.o.Mongo.Collection(attemptsName).InsertOne(ctx, a)
	if mongo.IsDuplicateKeyError(err) {
		return false, nil
	}
	return err == nil, err
}

// endAttempt writes the outcome of the caller's own attempt.
func (f *Feed) endAttempt(ctx context.Context, a *attempt) error {
	_, err := f.o.Mongo.Collection(attemptsName).UpdateOne(ctx, store.ByID(a.ID), bson.D{{Key: "$set", Value: bson.D{
		{Key: "outcome", Value: a.Outcome},
		{Key: "status", Value: a.Status},
		{Key: "error", Value: a.Error},
		{Key: "endedAt", Value: a.EndedAt},
		{Key: "until", Value: a.Until},
	}}})
	return err
}
