package feed

import (
	"context"
	"fmt"
	"time"

	"usher/internal/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// The outcomes of an attempt. An empty outcome means that the attempt is in flight
// or that its node has died.
const (
	outcomeDelivered = "delivered"
	outcomeFailed    = "failed"
	outcomeGivenUp   = "given_up"
	outcomeRetry     = "retry" // no delivery: an operator asked for a new series of attempts
)

// attempt is one attempt to deliver an event to an endpoint. The node that inserts
// the document of attempt n makes the attempt, and only that node writes the outcome.
type attempt struct {
	ID       string    `bson:"_id"` // "<event>/<endpoint>/<n>"
	Event    string    `bson:"event"`
	Endpoint string    `bson:"endpoint"`
	N        int       `bson:"n"`    // from 1
	Page     int64     `bson:"page"` // the page of the log that contains the event
	Node     string    `bson:"node"` // for outcomeRetry: who asked
	At       time.Time `bson:"at"`
	Outcome  string    `bson:"outcome"`
	Status   int       `bson:"status"` // HTTP status of the response; 0: no response
	Error    string    `bson:"error"`
	EndedAt  time.Time `bson:"endedAt"`
	Until    time.Time `bson:"until,omitempty"` // from Retry-After: send nothing before
}

func attemptID(event, endpoint string, n int) string {
	return fmt.Sprintf("%s/%s/%d", event, endpoint, n)
}

// history summarises the attempts to deliver one event to one endpoint.
type history struct {
	n         int       // number of attempts, those with outcomeRetry included
	last      *attempt  // nil: none
	began     time.Time // start of the first attempt since an operator last asked
	failures  int       // since an operator last asked
	delivered bool
}

// settled reports whether no further attempt is due.
func (h *history) settled() bool {
	return h.delivered || h.last != nil && h.last.Outcome == outcomeGivenUp
}

// add appends the next attempt.
func (h *history) add(a *attempt) {
	h.n, h.last = a.N, a
	switch a.Outcome {
	case outcomeRetry:
		h.began, h.failures = time.Time{}, 0
		return
	case outcomeDelivered:
		h.delivered = true
	case outcomeFailed, outcomeGivenUp:
		h.failures++
	}
	if h.began.IsZero() {
		h.began = a.At
	}
}

// history reads the attempts of one event at one endpoint, in order.
func (f *Feed) history(ctx context.Context, event, endpoint string) (*history, error) {
	h := &history{}
	for {
		a, err := store.Find[attempt](ctx, f.o.Mongo.Collection(attemptsName), attemptID(event, endpoint, h.n+1))
		if err != nil {
			return nil, err
		}
		if a == nil {
			return h, nil
		}
		h.add(a)
	}
}

// insertAttempt inserts an attempt and reports whether the caller may make it. False
// means that another node inserted the attempt first.
func (f *Feed) insertAttempt(ctx context.Context, a *attempt) (bool, error) {
	a.ID = attemptID(a.Event, a.Endpoint, a.N)
	_, err := f.o.Mongo.Collection(attemptsName).InsertOne(ctx, a)
	if mongo.IsDuplicateKeyError(err) {
		return false, nil
	}
	return err == nil, err
}

// endAttempt writes the outcome of an attempt that the caller inserted.
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
