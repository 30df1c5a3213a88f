package queue

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/store"
)

// Live returns the figures of the admin page.
func (q *Queue) Live(ctx context.Context, season string) (Live, error) {
	r, err := q.season(season).call(ctx, liveScript)
	if err != nil {
		return Live{}, store.Fault(err)
	}
	live := Live{
		Waiting: r.counts.Waiting, Paused: r.counts.Paused,
	}
	var nodes []any
	scan(r.extra, &live.Ready, &live.Active, &live.Turns, &live.AdmittedPerMinute, &nodes)
	for i := 0; i+1 < len(nodes); i += 2 {
		var node Node
		scan(nodes[i:], &node.ID, &node.Sockets)
		live.Nodes = append(live.Nodes, node)
	}
	return live, nil
}

// maxLine is how many rows one page of the line has at most.
const maxLine = 500

// Line returns users in line in order, from cursor ("" is the front), and the
// next cursor, "" at the end. A cursor is the time of joining of the last row,
// which does not change while the line moves.
func (q *Queue) Line(ctx context.Context, season, cursor string, limit int) (rows []Row, next string, err error) {
	keys := q.season(season).keys
	waitingList, numbers, absent := keys[keyList], keys[keyNumbers], keys[keyAbsent]
	from := "-inf"
	if cursor != "" {
		if _, err := strconv.ParseInt(cursor, 10, 64); err != nil {
			return nil, "", fault.New(fault.InvalidRequest, "the cursor is not one of this list")
		}
		from = "(" + cursor
	}
	if limit < 1 || limit > maxLine {
		limit = maxLine
	}
	client := q.o.Redis
	users, err := client.ZRangeByScoreWithScores(ctx, waitingList,
		&redis.ZRangeBy{Min: from, Max: "+inf", Count: int64(limit)}).Result()
	if err != nil || len(users) == 0 {
		return nil, "", store.Fault(err)
	}
	pipe := client.Pipeline()
	first := pipe.ZRank(ctx, waitingList, users[0].Member.(string))
	number := make([]*redis.StringCmd, len(users))
	away := make([]*redis.FloatCmd, len(users))
	for i, z := range users {
		number[i] = pipe.HGet(ctx, numbers, z.Member.(string))
		away[i] = pipe.ZScore(ctx, absent, z.Member.(string))
	}
	if _, err := pipe.Exec(ctx); err != nil && !isNil(err) {
		return nil, "", store.Fault(err)
	}
	for i, z := range users {
		n, err := number[i].Int64()
		if err != nil {
			continue // the user has left the line since
		}
		rows = append(rows, Row{
			User: z.Member.(string), Number: n, Position: int(first.Val()) + i + 1,
			JoinedAt: time.UnixMicro(int64(z.Score)).UTC(), Present: away[i].Err() != nil,
		})
	}
	if len(users) == limit {
		next = strconv.FormatInt(int64(users[len(users)-1].Score), 10)
	}
	return rows, next, nil
}
