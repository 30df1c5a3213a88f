package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/fault"
	"usher/internal/store"
)

const (
	identityEvery   = 2 * time.Second
	identityTimeout = 3 * time.Second
	// nodeSilence is how long a node's heartbeat may stand still before the node
	// counts as dead.
	nodeSilence = 7 * time.Second
	// newcomerWaits is how long a node that has never found the mark waits for
	// another node to find it, before it makes the next mark.
	newcomerWaits = 5 * time.Second
)

var (
	errOtherRedis = errors.New("this Redis is not the one the other nodes use: compare --redis-url and its database number")
	errUndecided  = errors.New("this Redis has no mark yet; finding out whether other nodes use another Redis")
)

// identity keeps nodes from selling one season on two Redises. The newest document
// in redis_marks holds a random mark, which the Redis of this installation has as
// well. Every node compares the two. A node whose Redis lacks the mark opens no
// season while another live node finds the mark in its own Redis. When no live node
// finds the mark, that Redis has lost its data, and a node makes the next mark.
type identity struct {
	stores *store.Stores
	node   string
	about  nodeFacts // written with each heartbeat

	mu           sync.Mutex
	installation string                // part of the key in Redis: several installations may share a Redis
	seen         map[string]*otherNode // the other nodes, by id
	beats        int64
	held         bool      // this node has found the mark at some time
	lost         time.Time // since when no live node finds the mark; zero: a node finds it
	checked      time.Time // of the last comparison
	err          error
	verified     chan struct{} // closed when this node finds the mark for the first time
}

// mark is one document of redis_marks. The highest number is the valid mark; the
// document with number 0 names the installation.
type mark struct {
	Number int64     `bson:"_id"`
	Mark   string    `bson:"mark"`
	Node   string    `bson:"node"` // the node that made it, for people
	At     time.Time `bson:"at"`
}

// beat is one document of node_beats: a node's heartbeat, with what the node found.
type beat struct {
	Node  string `bson:"_id"`
	Beats int64  `bson:"beats"` // grows with each comparison
	Holds bool   `bson:"holds"` // the node finds the mark in its Redis now
	Held  bool   `bson:"held"`  // the node has found the mark at some time

	About nodeFacts `bson:",inline"`
}

type otherNode struct {
	beat
	moved time.Time // when the heartbeat last changed, by this node's clock
}

func newIdentity(stores *store.Stores, node string, about nodeFacts) *identity {
	return &identity{stores: stores, node: node, about: about, seen: map[string]*otherNode{}, err: errUndecided, verified: make(chan struct{})}
}

// run compares until ctx ends. Then it removes this node's heartbeat, so that the
// other nodes do not wait for this one.
func (i *identity) run(ctx context.Context) error {
	for {
		_ = i.check(ctx, true) // kept for Missing
		i.forget(ctx)
		timer := time.NewTimer(identityEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), identityTimeout)
			defer cancel()
			// If this fails, the others see after nodeSilence that the node is gone.
			_, _ = i.stores.Mongo.Collection("node_beats").DeleteOne(last, bson.D{{Key: "_id", Value: i.node}})
			return nil
		case <-timer.C:
		}
	}
}

// mayOpen returns nil if this node may open seasons in its Redis, else the reason.
func (i *identity) mayOpen(ctx context.Context) error {
	err := i.Missing()
	if err != nil {
		err = i.check(ctx, false)
	}
	if errors.Is(err, errOtherRedis) || errors.Is(err, errUndecided) {
		return fault.Wrap(fault.Unavailable, err, "the season is not open on this node; try again")
	}
	return err
}

// Missing returns the result of the last comparison; nil: this is the right Redis.
func (i *identity) Missing() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

// check compares once. A check that is not due returns the last result if that is
// recent. While a store does not answer the last result stays.
func (i *identity) check(ctx context.Context, due bool) error {
	ctx, cancel := context.WithTimeout(ctx, identityTimeout)
	defer cancel()
	i.mu.Lock()
	defer i.mu.Unlock()
	if !due && time.Since(i.checked) < identityEvery/4 {
		return i.err
	}
	i.checked = time.Now()
	found, err := i.compareLocked(ctx)
	if err != nil {
		return err
	}
	i.err = found
	if found == nil && !i.held {
		i.held = true
		close(i.verified)
	}
	return found
}

// compareLocked compares the mark in Redis with the one in MongoDB. found says what
// is wrong with this Redis, nil if nothing is; err says that a store failed.
func (i *identity) compareLocked(ctx context.Context) (found, err error) {
	marks := i.stores.Mongo.Collection("redis_marks")
	if i.installation == "" {
		if i.installation, err = readInstallation(ctx, marks, i.node); err != nil {
			return nil, err
		}
	}
	current, err := newestMark(ctx, marks)
	if err != nil {
		return nil, err
	}
	here, err := i.stores.Redis.Get(ctx, markKey(i.installation)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	holds := current.Number > 0 && here == current.Mark
	if err := i.beatLocked(ctx, holds); err != nil {
		return nil, err
	}
	switch {
	case holds:
		i.lost = time.Time{}
		return nil, nil
	case current.Number > 0:
		if found := i.judgeLocked(); found != nil {
			return found, nil
		}
	}
	i.lost = time.Time{}
	return i.claim(ctx, marks, current)
}

// judgeLocked decides what a node does that does not find the mark. nil: no live
// node finds it, so this node may make the next mark.
func (i *identity) judgeLocked() error {
	alone := true
	for _, other := range i.seen {
		if time.Since(other.moved) > nodeSilence {
			continue
		}
		alone = false
		switch {
		case other.Holds:
			i.lost = time.Time{}
			return errOtherRedis
		case other.Held && !i.held:
			i.lost = time.Time{}
			return errUndecided // that node had the right Redis, so that node makes the next mark
		}
	}
	if i.held || alone {
		return nil
	}
	// Another node may have made a mark a moment ago, and its heartbeat does not say so yet.
	if i.lost.IsZero() {
		i.lost = time.Now()
	}
	if time.Since(i.lost) < newcomerWaits {
		return errUndecided
	}
	return nil
}

// claim makes the next mark. Of several nodes one succeeds; the others find that
// mark at their next comparison.
func (i *identity) claim(ctx context.Context, marks *mongo.Collection, current mark) (found, err error) {
	next := mark{Number: current.Number + 1, Mark: rand.Text(), Node: i.node, At: time.Now().UTC()}
	if _, err := marks.InsertOne(ctx, next); mongo.IsDuplicateKeyError(err) {
		return errUndecided, nil
	} else if err != nil {
		return nil, err
	}
	return nil, i.stores.Redis.Set(ctx, markKey(i.installation), next.Mark, 0).Err()
}

// beatLocked writes this node's heartbeat and reads those of the others. A heartbeat
// that was never seen before counts as changed now.
func (i *identity) beatLocked(ctx context.Context, holds bool) error {
	beats := i.stores.Mongo.Collection("node_beats")
	i.beats++
	own := beat{Node: i.node, Beats: i.beats, Holds: holds, Held: i.held || holds, About: i.about}
	if _, err := beats.ReplaceOne(ctx, bson.D{{Key: "_id", Value: i.node}}, own, options.Replace().SetUpsert(true)); err != nil && !mongo.IsDuplicateKeyError(err) {
		return err
	}
	all, err := readBeats(ctx, i.stores.Mongo)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, b := range all {
		there[b.Node] = true
		known := i.seen[b.Node]
		switch {
		case b.Node == i.node:
		case known == nil || known.beat != b:
			i.seen[b.Node] = &otherNode{beat: b, moved: time.Now()}
		}
	}
	for node := range i.seen {
		if !there[node] {
			delete(i.seen, node)
		}
	}
	return nil
}

// forget removes the heartbeats of nodes that died long ago, so that the collection
// stays as small as the number of nodes.
func (i *identity) forget(ctx context.Context) {
	i.mu.Lock()
	var gone []string
	for node, other := range i.seen {
		if time.Since(other.moved) > 20*nodeSilence {
			gone = append(gone, node)
		}
	}
	i.mu.Unlock()
	for _, node := range gone {
		_, _ = i.stores.Mongo.Collection("node_beats").DeleteOne(ctx, bson.D{{Key: "_id", Value: node}})
	}
}

// checkForCommand compares for an operator's command. It makes no mark and writes no
// heartbeat, because a command ends at once.
func checkForCommand(ctx context.Context, stores *store.Stores) error {
	marks := stores.Mongo.Collection("redis_marks")
	current, err := newestMark(ctx, marks)
	if err != nil || current.Number == 0 {
		return err // no node has run yet
	}
	installation, err := readInstallation(ctx, marks, "")
	if err != nil {
		return err
	}
	here, err := stores.Redis.Get(ctx, markKey(installation)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	if here != current.Mark {
		return fmt.Errorf("%w; if it is the right Redis and has lost its data, start a node first", errOtherRedis)
	}
	return nil
}

func markKey(installation string) string { return "redis_mark:" + installation }

func newestMark(ctx context.Context, marks *mongo.Collection) (mark, error) {
	var newest mark
	cursor, err := marks.Find(ctx, bson.D{})
	if err != nil {
		return newest, err
	}
	var all []mark
	if err := cursor.All(ctx, &all); err != nil {
		return newest, err
	}
	for _, m := range all {
		if m.Number > newest.Number {
			newest = m
		}
	}
	return newest, nil
}

func readInstallation(ctx context.Context, marks *mongo.Collection, node string) (string, error) {
	_, err := marks.InsertOne(ctx, mark{Number: 0, Mark: rand.Text(), Node: node, At: time.Now().UTC()})
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return "", err
	}
	var first mark
	if err := marks.FindOne(ctx, bson.D{{Key: "_id", Value: int64(0)}}).Decode(&first); err != nil {
		return "", err
	}
	return first.Mark, nil
}
