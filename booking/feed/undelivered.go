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

// stateGone is the state of an undelivered event whose endpoint answered 410.
const stateGone = "gone"

// Undelivered is an event that an endpoint has not accepted.
type Undelivered struct {
	Event    string    `json:"event"`
	Type     string    `json:"type"`
	At       time.Time `json:"at"`
	Endpoint string    `json:"endpoint"` // the id of the endpoint
	URL      string    `json:"url"`      // without the query
	State    string    `json:"state"`    // waiting, given_up, or gone: the endpoint answered 410
	Attempts int       `json:"attempts"` // failures since an operator last asked for a retry
	Status   int       `json:"status"`   // HTTP status of the last response; 0: no response
	Error    string    `json:"error"`    // of the last attempt

	page  int64
	n     int  // number of attempts, see history
	asked bool // an operator has asked for a new series, which has not begun
}

// Undelivered returns the events that endpoints have not accepted, waiting or given
// up, the oldest first.
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
	byID := map[string]*endpointMark{}
	var list []Undelivered
	seen := map[string]bool{}
	add := func(endpoint string, e *Event, page int64) error {
		key := e.id() + "/" + endpoint
		if seen[key] {
			return nil
		}
		seen[key] = true
		past, err := f.history(ctx, e.id(), endpoint)
		mark := byID[endpoint]
		if mark == nil {
			mark = &endpointMark{} // of an attempt whose endpoint was removed by hand
		}
		if err != nil || past.delivered || !mark.chosen(past) {
			return err
		}
		d := newUndelivered(e, endpoint, mark.URL, page, past)
		if !mark.GoneAt.IsZero() && d.State != outcomeGivenUp {
			d.State = stateGone
		}
		list = append(list, d)
		return nil
	}
	for i := range marks {
		byID[marks[i].ID] = &marks[i]
	}
	// An event that was given up may lie before the mark. Its attempts name the page.
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
	_ = json.Unmarshal([]byte(e.Body), &body) // NewEvent encoded it; without a type the event is still listed
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

// Retry starts a new series of attempts for an event that was given up, or for all of
// them when event is "". Retry returns the number of deliveries. Errors: not_found
// when the event was not given up.
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
		return 0, fault.New(fault.NotFound, "event %s is not among the events given up (usher feed list)", event)
	}
	return asked, nil
}

// retry first inserts the request as an attempt, then records the event once more, so
// that dispatchers meet the event again in the log. After a crash in between, the next
// call finds the request and records the event.
func (f *Feed) retry(ctx context.Context, d *Undelivered, by string) error {
	n := d.n
	if !d.asked {
		n++
		request := &attempt{
			Event: d.Event, Endpoint: d.Endpoint, N: n, Page: d.page, Node: by, At: store.NowMilli(), Outcome: outcomeRetry, EndedAt: store.NowMilli(),
		}
		if won, err := f.insertAttempt(ctx, request); err != nil || !won {
			return err // not won: another operator has just asked
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
