package queue

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/store"
)

// Place is the place of a user with a turn or of an active user.
type Place struct {
	User          string
	State         State     // Turn or Active
	Deadline      time.Time // of the turn, or of the lease
	SessionEndsAt time.Time // zero with a turn
}

// The two parts of the list of places, as named in a cursor: users with a turn,
// by the turn's deadline, then active users, by the end of the session. Neither
// score changes while the user keeps the place.
const (
	turnPart    = "t"
	sessionPart = "s"
)

// Places returns users with a place, from cursor ("" is the beginning), and the
// next cursor, "" at the end. A cursor is the last row's part, score and user.
// When that user has left, the list continues at the same score.
func (q *Queue) Places(ctx context.Context, season, cursor string, limit int) (rows []Place, next string, err error) {
	if limit < 1 || limit > maxLine {
		limit = maxLine
	}
	part, score, user := turnPart, int64(0), ""
	if cursor != "" {
		var text string
		var known bool
		part, text, _ = strings.Cut(cursor, ".")
		text, user, known = strings.Cut(text, ".")
		if score, err = strconv.ParseInt(text, 10, 64); err != nil || !known || part != turnPart && part != sessionPart {
			return nil, "", fault.New(fault.InvalidRequest, "the cursor is not one of this list")
		}
	}
	keys := q.season(season).keys
	turns, sessions := keys[keyTurns], keys[keySessions]
	var found []redis.Z
	if part == turnPart {
		if found, err = q.after(ctx, turns, score, user, limit); err != nil {
			return nil, "", err
		}
		for _, z := range found {
			rows = append(rows, Place{User: z.Member.(string), State: Turn, Deadline: fromMillis(z.Score)})
		}
		score, user = 0, ""
	}
	last := turnPart
	if len(rows) < limit {
		active, err := q.after(ctx, sessions, score, user, limit-len(rows))
		if err != nil {
			return nil, "", err
		}
		some, err := q.activeRows(ctx, keys, active)
		if err != nil {
			return nil, "", err
		}
		rows = append(rows, some...)
		if len(active) > 0 {
			found, last = append(found, active...), sessionPart
		}
	}
	if len(found) == limit {
		end := found[len(found)-1]
		next = last + "." + strconv.FormatInt(int64(end.Score), 10) + "." + end.Member.(string)
	}
	return rows, next, nil
}

// after reads a sorted set behind a member, or from a score when the member is
// gone.
func (q *Queue) after(ctx context.Context, key string, score int64, user string, limit int) ([]redis.Z, error) {
	from := int64(0)
	if user != "" {
		rank, err := q.o.Redis.ZRank(ctx, key, user).Result()
		switch {
		case err == nil:
			from = rank + 1
		case isNil(err):
			if from, err = q.o.Redis.ZCount(ctx, key, "-inf", "("+strconv.FormatInt(score, 10)).Result(); err != nil {
				return nil, store.Fault(err)
			}
		default:
			return nil, store.Fault(err)
		}
	}
	found, err := q.o.Redis.ZRangeWithScores(ctx, key, from, from+int64(limit)-1).Result()
	return found, store.Fault(err)
}

// activeRows adds the deadlines of the leases. A user who has left since has none
// and is left out.
func (q *Queue) activeRows(ctx context.Context, keys []string, sessions []redis.Z) ([]Place, error) {
	if len(sessions) == 0 {
		return nil, nil
	}
	pipe := q.o.Redis.Pipeline()
	leases := make([]*redis.FloatCmd, len(sessions))
	for i, z := range sessions {
		leases[i] = pipe.ZScore(ctx, keys[keyLeases], z.Member.(string))
	}
	if _, err := pipe.Exec(ctx); err != nil && !isNil(err) {
		return nil, store.Fault(err)
	}
	var rows []Place
	for i, z := range sessions {
		if leases[i].Err() == nil {
			rows = append(rows, Place{User: z.Member.(string), State: Active, Deadline: fromMillis(leases[i].Val()), SessionEndsAt: fromMillis(z.Score)})
		}
	}
	return rows, nil
}

// PlacesOf returns the places of those users who have one.
func (q *Queue) PlacesOf(ctx context.Context, season string, users []string) ([]Place, error) {
	if len(users) == 0 {
		return nil, nil
	}
	keys := q.season(season).keys
	pipe := q.o.Redis.Pipeline()
	turns, sessions := make([]*redis.FloatCmd, len(users)), make([]*redis.FloatCmd, len(users))
	for i, user := range users {
		turns[i], sessions[i] = pipe.ZScore(ctx, keys[keyTurns], user), pipe.ZScore(ctx, keys[keySessions], user)
	}
	if _, err := pipe.Exec(ctx); err != nil && !isNil(err) {
		return nil, store.Fault(err)
	}
	var rows []Place
	var active []redis.Z
	for i, user := range users {
		switch {
		case turns[i].Err() == nil:
			rows = append(rows, Place{User: user, State: Turn, Deadline: fromMillis(turns[i].Val())})
		case sessions[i].Err() == nil:
			active = append(active, redis.Z{Member: user, Score: sessions[i].Val()})
		}
	}
	some, err := q.activeRows(ctx, keys, active)
	return append(rows, some...), err
}

// LineOf returns those of the users who are in line, in order.
func (q *Queue) LineOf(ctx context.Context, season string, users []string) ([]Row, error) {
	if len(users) == 0 {
		return nil, nil
	}
	keys := q.season(season).keys
	pipe := q.o.Redis.Pipeline()
	joined, away := make([]*redis.FloatCmd, len(users)), make([]*redis.FloatCmd, len(users))
	rank := make([]*redis.IntCmd, len(users))
	number := make([]*redis.StringCmd, len(users))
	for i, user := range users {
		joined[i], rank[i] = pipe.ZScore(ctx, keys[keyList], user), pipe.ZRank(ctx, keys[keyList], user)
		number[i], away[i] = pipe.HGet(ctx, keys[keyNumbers], user), pipe.ZScore(ctx, keys[keyAbsent], user)
	}
	if _, err := pipe.Exec(ctx); err != nil && !isNil(err) {
		return nil, store.Fault(err)
	}
	var rows []Row
	for i, user := range users {
		n, err := number[i].Int64()
		if err != nil || joined[i].Err() != nil || rank[i].Err() != nil {
			continue // not in line
		}
		rows = append(rows, Row{
			User: user, Number: n, Position: int(rank[i].Val()) + 1,
			JoinedAt: time.UnixMicro(int64(joined[i].Val())).UTC(), Present: away[i].Err() != nil,
		})
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Position, b.Position) })
	return rows, nil
}

func fromMillis(score float64) time.Time { return time.UnixMilli(int64(score)).UTC() }
