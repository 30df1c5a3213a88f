package feed

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"usher/internal/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// logPage is one page of the log. Pages are numbered from 1 without a gap, because a
// node inserts page n + 1 only after reading page n. So all readers see one order, and
// a page never changes.
type logPage struct {
	ID     int64     `bson:"_id"`
	By     string    `bson:"by"` // the node that inserted the page
	At     time.Time `bson:"at"`
	Events []Event   `bson:"events"`
}

// eventLog follows the end of the log and appends the events of the outbox.
type eventLog struct {
	mongo *mongo.Database
	node  string

	mu      sync.Mutex
	found   bool            // search has found the end
	tail    int64           // the last page known
	placed  map[string]bool // ids of the last placedRemembered events
	order   []string        // the ids of placed, oldest first
	changed chan struct{}   // closed and replaced when tail grows
}

func newEventLog(db *mongo.Database, node string) *eventLog {
	return &eventLog{mongo: db, node: node, placed: map[string]bool{}, changed: make(chan struct{})}
}

func (l *eventLog) collection() *mongo.Collection { return l.mongo.Collection(logName) }

// end returns the last page known and a channel that is closed when there are more.
func (l *eventLog) end() (tail int64, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail, l.changed
}

// has reports whether an event is among the last placedRemembered events of the log.
func (l *eventLog) has(event string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.placed[event]
}

// read returns a page of the log, nil if it does not exist yet.
func (l *eventLog) read(ctx context.Context, page int64) (*logPage, error) {
	return store.Find[logPage](ctx, l.collection(), page)
}

// learn makes the page after the tail the new tail.
func (l *eventLog) learn(page *logPage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = page.ID
	for _, e := range page.Events {
		if !l.placed[e.ID] {
			l.placed[e.ID] = true
			l.order = append(l.order, e.ID)
		}
	}
	for len(l.order) > placedRemembered {
		delete(l.placed, l.order[0])
		l.order = l.order[1:]
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// placeOnce moves the events of the outbox into the log. It reads the outbox first and
// the log to its end after that, so it sees the events that another node has moved in
// between. An event is deleted from the outbox only after it is in the log. After a
// crash an event can appear in the log twice, but only if placedRemembered events
// followed the first.
func (l *eventLog) placeOnce(ctx context.Context) error {
	outbox := l.mongo.Collection(outboxName)
	found, err := outbox.Find(ctx, bson.D{}, options.Find().SetLimit(outboxBatch))
	if err != nil {
		return err
	}
	var waiting []Event
	if err := found.All(ctx, &waiting); err != nil {
		return err
	}
	slices.SortFunc(waiting, func(a, b Event) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	for {
		if err := l.catchUp(ctx); err != nil {
			return err
		}
		var fresh []Event
		for _, e := range waiting {
			if !l.has(e.ID) && len(fresh) < pageSize {
				fresh = append(fresh, e)
			}
		}
		if len(fresh) == 0 {
			break
		}
		tail, _ := l.end()
		page := &logPage{ID: tail + 1, By: l.node, At: store.NowMilli(), Events: fresh}
		_, err := l.collection().InsertOne(ctx, page)
		if mongo.IsDuplicateKeyError(err) {
			continue // another node inserted this page first: read that page
		}
		if err != nil {
			return err
		}
		l.learn(page)
	}
	for _, e := range waiting {
		if _, err := outbox.DeleteOne(ctx, store.ByID(e.ID)); err != nil {
			return err
		}
	}
	return nil
}

// catchUp reads the log to its end.
func (l *eventLog) catchUp(ctx context.Context) error {
	if !l.found {
		last, err := l.search(ctx)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.found, l.tail = true, max(0, last-pagesRemembered)
		l.mu.Unlock()
	}
	for {
		tail, _ := l.end()
		page, err := l.read(ctx, tail+1)
		if err != nil || page == nil {
			return err
		}
		l.learn(page)
	}
}

// search finds the number of the last page by a binary search over page numbers. Every
// store answers a lookup by _id from an index.
func (l *eventLog) search(ctx context.Context) (int64, error) {
	there, beyond := int64(0), int64(1)
	for {
		page, err := l.read(ctx, beyond)
		if err != nil {
			return 0, err
		}
		if page == nil {
			break
		}
		there, beyond = beyond, 2*beyond
	}
	for beyond-there > 1 {
		middle := there + (beyond-there)/2
		page, err := l.read(ctx, middle)
		if err != nil {
			return 0, err
		}
		if page == nil {
			beyond = middle
		} else {
			there = middle
		}
	}
	return there, nil
}
