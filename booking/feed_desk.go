package booking

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

// FeedDelivery is an event that an endpoint has not taken.
type FeedDelivery struct {
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

// FeedDeliveries returns what endpoints have not taken: what is still being tried
// and what was given up, the oldest first.
func (b *Booking) FeedDeliveries(ctx context.Context) ([]FeedDelivery, error) {
	list, err := b.feedDeliveries(ctx)
	return list, store.Fault(err)
}

func (b *Booking) feedDeliveries(ctx context.Context) ([]FeedDelivery, error) {
	found, err := b.o.Mongo.Collection(feedMarksName).Find(ctx, bson.D{})
	if err != nil {
		return nil, err
	}
	var marks []feedMark
	if err := found.All(ctx, &marks); err != nil {
		return nil, err
	}
	urls, gone := map[string]string{}, map[string]bool{}
	var list []FeedDelivery
	seen := map[string]bool{}
	add := func(endpoint string, e *feedEvent, page int64) error {
		key := e.id() + "/" + endpoint
		if seen[key] {
			return nil
		}
		seen[key] = true
		trail, err := b.feedTrail(ctx, e.id(), endpoint)
		if err != nil || trail.delivered {
			return err
		}
		d := newFeedDelivery(e, endpoint, urls[endpoint], page, trail)
		if gone[endpoint] && d.State != feedGivenUp {
			d.State = feedGone
		}
		list = append(list, d)
		return nil
	}
	for _, mark := range marks {
		urls[mark.ID], gone[mark.ID] = mark.URL, !mark.GoneAt.IsZero()
	}
	// Given up events lie before the marks, and are found by their attempts.
	attempts, err := b.o.Mongo.Collection(feedAttemptsName).Find(ctx, bson.D{{Key: "outcome", Value: feedGivenUp}})
	if err != nil {
		return nil, err
	}
	var lost []feedAttempt
	if err := attempts.All(ctx, &lost); err != nil {
		return nil, err
	}
	for _, a := range lost {
		page, err := b.feed.log.read(ctx, a.Page)
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
			page, err := b.feed.log.read(ctx, n)
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
	slices.SortStableFunc(list, func(a, b FeedDelivery) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Event, b.Event)) })
	return list, nil
}

func newFeedDelivery(e *feedEvent, endpoint, url string, page int64, trail *feedTrail) FeedDelivery {
	var body struct{ Type string }
	_ = json.Unmarshal([]byte(e.Body), &body) // it is ours; without a type it is still an event
	d := FeedDelivery{
		Event: e.id(), Type: body.Type, At: e.At.UTC(), Endpoint: endpoint, URL: url, State: "waiting",
		Attempts: trail.failures, page: page, n: trail.n,
	}
	if last := trail.last; last != nil {
		d.Status, d.Error = last.Status, last.Error
		d.asked = last.Outcome == feedRetry
		if last.Outcome == feedGivenUp {
			d.State = feedGivenUp
		}
	}
	return d
}

// RetryFeed asks for a new series of attempts for events that were given up: for
// one, or, event being "", for all. It returns how many. Errors: not_found when
// the event is not among them.
func (b *Booking) RetryFeed(ctx context.Context, event, by string) (int, error) {
	list, err := b.feedDeliveries(ctx)
	if err != nil {
		return 0, store.Fault(err)
	}
	asked := 0
	for _, d := range list {
		if event != "" && d.Event != event || d.State != feedGivenUp && !d.asked {
			continue
		}
		if err := b.retryFeed(ctx, &d, by); err != nil {
			return asked, store.Fault(err)
		}
		asked++
	}
	if event != "" && asked == 0 {
		return 0, fault.New(fault.NotFound, "no event %s was given up", event)
	}
	return asked, nil
}

// retryFeed notes the wish, and then puts the event into the feed once more, so
// that the nodes come by it again. After a crash in between, the wish is found by
// the next call, which does the rest.
func (b *Booking) retryFeed(ctx context.Context, d *FeedDelivery, by string) error {
	n := d.n
	if !d.asked {
		n++
		wish := &feedAttempt{
			Event: d.Event, Endpoint: d.Endpoint, N: n, Page: d.page, Node: by, At: store.NowMilli(), Outcome: feedRetry, EndedAt: store.NowMilli(),
		}
		if won, err := b.insertFeedAttempt(ctx, wish); err != nil || !won {
			return err // not won: somebody else has just asked
		}
	}
	page, err := b.feed.log.read(ctx, d.page)
	if err != nil || page == nil {
		return err
	}
	for _, e := range page.Events {
		if e.id() == d.Event {
			return b.record(ctx, feedEvent{ID: fmt.Sprintf("%s#%s-%d", d.Event, d.Endpoint, n), At: e.At, Body: e.Body})
		}
	}
	return nil
}
