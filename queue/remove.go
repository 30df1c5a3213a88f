package queue

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/store"
)

// nodeSilence is how long a node may be silent in a season before LiveIn does not count
// the node. It is longer than the three seconds after which the scripts remove a node.
const nodeSilence = 5 * time.Second

// Unwatch ends this node's work for a season that was removed, and takes this node out of
// the season's nodes, so that the program that removes the data sees that this node is done.
func (q *Queue) Unwatch(id string) {
	q.mu.Lock()
	s := q.seasons[id]
	delete(q.seasons, id)
	q.mu.Unlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	s.watched = false
	stop, ended := s.stop, s.ended
	s.mu.Unlock()
	if stop != nil {
		stop()
		<-ended
	}
	ctx, cancel := context.WithTimeout(context.Background(), resignTime)
	defer cancel()
	if err := s.resign(ctx); err != nil {
		q.log.Debug("leaving a removed season failed: its data is removed without this node", "season", id, "error", err)
	}
	q.news.Remove(newsChannel(id))
	q.news.Remove(answersChannel(id))
	q.metrics.forget(id)
}

// LiveIn returns the nodes that take part in a season's line, by their heartbeats.
func (q *Queue) LiveIn(ctx context.Context, season string) ([]string, error) {
	now, err := q.o.Redis.Time(ctx).Result()
	if err != nil {
		return nil, store.Fault(err)
	}
	heard, err := q.o.Redis.ZRangeWithScores(ctx, key(keyTable[keyNodes].redis, season), 0, -1).Result()
	if err != nil {
		return nil, store.Fault(err)
	}
	var live []string
	for _, node := range heard {
		if now.Sub(time.UnixMilli(int64(node.Score))) < nodeSilence {
			live = append(live, node.Member.(string))
		}
	}
	return live, nil
}

// EraseLedger deletes a removed season's documents of the line: epochs, admissions and
// draws. It returns how many. The season must be unknown to every node, or a node opens
// another epoch of it.
func (q *Queue) EraseLedger(ctx context.Context, season string) (erased int64, err error) {
	for _, part := range []struct {
		collection *mongo.Collection
		prefix     string
	}{
		{q.ledger.admissions, season},
		{q.ledger.admissions, "verdict/" + season},
		{q.ledger.draws, season},
		{q.ledger.epochs, season},
	} {
		deleted, err := part.collection.DeleteMany(ctx, store.ByPrefix(part.prefix))
		if err != nil {
			return erased, store.Fault(err)
		}
		erased += deleted.DeletedCount
	}
	return erased, nil
}
