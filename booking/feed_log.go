package booking

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

// feedPage is one page of the log. Pages are numbered from 1 without a gap: only
// who has read page n inserts page n + 1. So there is one order for everybody, and
// a page, once read, never changes.
type feedPage struct {
	ID     int64       `bson:"_id"`
	By     string      `bson:"by"` // the node that put it there
	At     time.Time   `bson:"at"`
	Events []feedEvent `bson:"events"`
}

// feedLog follows the log's end and moves the outbox behind it.
type feedLog struct {
	b *Booking

	mu      sync.Mutex
	found   bool            // the end has been looked for
	tail    int64           // the last page known
	placed  map[string]bool // events of the last pages known …
	order   []string        // … oldest first
	changed chan struct{}   // closed when tail grows, and replaced
}

func newFeedLog(b *Booking) *feedLog {
	return &feedLog{b: b, placed: map[string]bool{}, changed: make(chan struct{})}
}

func (l *feedLog) collection() *mongo.Collection { return l.b.o.Mongo.Collection(feedLogName) }

// end returns the last page known and what is closed once there are more.
func (l *feedLog) end() (tail int64, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail, l.changed
}

// has reports whether an event is in one of the last pages known.
func (l *feedLog) has(event string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.placed[event]
}

// read reads a page; nil when there is none yet.
func (l *feedLog) read(ctx context.Context, page int64) (*feedPage, error) {
	return store.Find[feedPage](ctx, l.collection(), page)
}

// learn takes note of the page after the tail.
func (l *feedLog) learn(page *feedPage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = page.ID
	for _, e := range page.Events {
		if !l.placed[e.ID] {
			l.placed[e.ID] = true
			l.order = append(l.order, e.ID)
		}
	}
	for len(l.order) > feedPlaced {
		delete(l.placed, l.order[0])
		l.order = l.order[1:]
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// placeOnce moves what is in the outbox into the log. The outbox is read first and
// the log followed to its end after that: what another node has moved meanwhile is
// seen there and not moved again. An event stays in the outbox until it is known
// to be in the log, so a crash at any point at most moves it a second time, when
// feedPlaced others have followed it.
func (l *feedLog) placeOnce(ctx context.Context) error {
	outbox := l.b.o.Mongo.Collection(feedName)
	found, err := outbox.Find(ctx, bson.D{}, options.Find().SetLimit(feedOutbox))
	if err != nil {
		return err
	}
	var waiting []feedEvent
	if err := found.All(ctx, &waiting); err != nil {
		return err
	}
	slices.SortFunc(waiting, func(a, b feedEvent) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	for {
		if err := l.catchUp(ctx); err != nil {
			return err
		}
		var fresh []feedEvent
		for _, e := range waiting {
			if !l.has(e.ID) && len(fresh) < feedPageSize {
				fresh = append(fresh, e)
			}
		}
		if len(fresh) == 0 {
			break
		}
		tail, _ := l.end()
		page := &feedPage{ID: tail + 1, By: l.b.o.Node, At: store.NowMilli(), Events: fresh}
		_, err := l.collection().InsertOne(ctx, page)
		if mongo.IsDuplicateKeyError(err) {
			continue // another node was faster; its page is read first
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
func (l *feedLog) catchUp(ctx context.Context) error {
	if !l.found {
		last, err := l.search(ctx)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.found, l.tail = true, max(0, last-feedRemember)
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

// search finds the number of the last page by asking for single pages: that is
// what every store answers from an index.
func (l *feedLog) search(ctx context.Context) (int64, error) {
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
