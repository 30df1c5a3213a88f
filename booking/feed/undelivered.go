package feed

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/store"
)

// Undelivered is an event that an endpoint has not taken.
type Undelivered struct {
	Event    string    `json:"event"`
	Type     string    `json:"type"`
	At       time.Time `json:"at"`
	Endpoint string    `json:"endpoint"` // its id
	URL      string    `json:"url"`      // without its query
	State    string    `json:"state"`    // waiting, given_up, gone: the endpoint answered 410
	Attempts int       `json:"attempts"` // since an operator last asked
	Status   int       `json:"status"`   // of the last answer; 0: there was none
	Error    string    `json:"error"`    // of the last attempt

	page int64
	n    int // attempts there ever were
	// asked says that an operator has asked for a new series already.
	asked bool
}

// Undelivered returns what endpoints have not taken: what is still being tried
// and what was given up, the oldest first.
func (f *Feed) Undelivered(ctx context.Context) ([]Undelivered, error) {
	list, err := f.undelivered(ctx)
	return list, store.Fault(err)
}

func (f *Feed) undelivered(ctx context.Context) ([]Undelivered, error) {
	found, err := f.o.Mongo.Collection(marksName).Find(ctx, bson.D{})
	if err != nil {
		return nil, err
	}
	var marks []endpointMark
	if err := found.All(ctx, &marks); err != nil {
		return nil, err
	}
	urls, gone := map[string]string{}, map[string]bool{}
	var list []Undelivered
	seen := map[string]bool{}
	add := func(endpoint string, e *Event, page int64) error {
		key := e.id() + "/" + endpoint
		if seen[key] {
			return nil
		}
		seen[key] = true
		past, err := f.history(ctx, e.id(), endpoint)
		if err != nil || past.delivered {
			return err
		}
		d := newUndelivered(e, endpoint, urls[endpoint], page, past)
		if gone[endpoint] && d.State != outcomeGivenUp {
			d.State = stateGone
		}
		list = append(list, d)
		return nil
	}
	for _, mark := range marks {
		urls[mark.ID], gone[mark.ID] = mark.URL, !mark.GoneAt.IsZero()
	}
	// Given up events lie before the marks, and are found by their attempts.
	attempts, err := f.o.Mongo.Collection(attemptsName).Find(ctx, bson.D{{Key: "outcome", Value: outcomeGivenUp}})
	if err != nil {
		return nil, err
	}
	var lost []attempt
	if err := attempts.All(ctx, &lost); err != nil {
		return nil, err
	}
	for _, a := range lost {
		page, err := f.eventLog.read(ctx, a.Page)
		if err != nil {
			return nil, err
		}
		if page == nil {
			continue
		}
		for i := range page.Events {
			if page.Events[i].id() == a.Event {
				if err := add(a.Endpoint, &page.Events[i], page.ID); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, mark := range marks {
		for n := mark.Page + 1; ; n++ {
			page, err := f.eventLog.read(ctx, n)
			if err != nil {
				return nil, err
			}
			if page == nil {
				break
			}
			for i := range page.Events {
				if err := add(mark.ID, &page.Events[i], page.ID); err != nil {
					return nil, err
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Undelivered) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Event, b.Event)) })
	return list, nil
}

func newUndelivered(e *Event, endpoint, url string, page int64, past *history) Undelivered {
	var body struct{ Type string }
	_ = json.Unmarshal([]byte(e.Body), &body) // it is ours; without a type it is still an event
	d := Undelivered{
		Event: e.id(), Type: body.Type, At: e.At.UTC(), Endpoint: endpoint, URL: url, State: "waiting",
		Attempts: past.failures, page: page, n: past.n,
	}
	if last := past.last; last != nil {
		d.Status, d.Error = last.Status, last.Error
		d.asked = last.Outcome == outcomeRetry
		if last.Outcome == outcomeGivenUp {
			d.State = outcomeGivenUp
		}
	}
	return d
}

// Retry asks for a new series of attempts for events that were given up: for
// one, or, event being "", for all. It returns how many. Errors: not_found when
// the event is not among them.
func (f *Feed) Retry(ctx context.Context, event, by string) (int, error) {
	list, err := f.undelivered(ctx)
	if err != nil {
		return 0, store.Fault(err)
	}
	asked := 0
	for _, d := range list {
		if event != "" && d.Event != event || d.State != outcomeGivenUp && !d.asked {
			continue
		}
		if err := f.retry(ctx, &d, by); err != nil {
			return asked, store.Fault(err)
		}
		asked++
	}
	if event != "" && asked == 0 {
		return 0, fault.New(fault.NotFound, "no event %s was given up", event)
	}
	return asked, nil
}

// retry notes the request, and then puts the event into the feed once more, so
// that the nodes come by it again. After a crash in between, the request is found by
// the next call, which does the rest.
func (f *Feed) retry(ctx context.Context, d *Undelivered, by string) error {
	n := d.n
	if !d.asked {
		n++
		request := &attempt{
			Event: d.Event, Endpoint: d.Endpoint, N: n, Page: d.page, Node: by, At: store.NowMilli(), Outcome: outcomeRetry, EndedAt: store.NowMilli(),
		}
		if won, err := f.insertAttempt(ctx, request); err != nil || !won {
			return err // not won: somebody else has just asked
		}
	}
	page, err := f.eventLog.read(ctx, d.page)
	if err != nil || page == nil {
		return err
	}
	for _, e := range page.Events {
		if e.id() == d.Event {
			return f.Record(ctx, Event{ID: fmt.Sprintf("%s#%s-%d", d.Event, d.Endpoint, n), At: e.At, Body: e.Body})
		}
	}
	return nil
}
