package queue

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/draw"
	"usher/internal/store"
)

// drawFindings is how many sentences an audit of a draw says at most: an order
// that is another is wrong for everybody.
const drawFindings = 20

// drawAudit is one look at a season's draw.
type drawAudit struct {
	s     *season
	d     drawDocuments
	held  *HeldDraw
	users []string       // in the order drawn
	ranks map[string]int // from 1
	found []string
}

// AuditDraw returns, a sentence each, what is wrong with a season's draw: what
// the ledger keeps of it against its own hashes, the numbers admitted against
// the ranks, and the line in Redis against both. A season without a draw has
// nothing wrong.
func (q *Queue) AuditDraw(ctx context.Context, season string) ([]string, error) {
	a := drawAudit{s: q.season(season)}
	var err error
	if a.d, err = q.ledger.drawOf(ctx, season); err != nil {
		return nil, store.Fault(err)
	}
	if err := a.documents(ctx); err != nil || a.held == nil {
		return a.found, store.Fault(err)
	}
	if err := a.admissions(ctx); err != nil {
		return nil, store.Fault(err)
	}
	if err := a.line(ctx); err != nil {
		return nil, store.Fault(err)
	}
	return a.found, nil
}

// drawOf reads every document of a draw afresh: an audit believes no memory.
func (l ledger) drawOf(ctx context.Context, season string) (d drawDocuments, err error) {
	if d.commitment, err = l.commitment(ctx, season); err != nil {
		return d, err
	}
	if d.frozen, err = l.frozen(ctx, season); err != nil {
		return d, err
	}
	d.reveal, err = l.revealed(ctx, season)
	return d, err
}

func (a *drawAudit) find(format string, args ...any) {
	if len(a.found) < drawFindings {
		a.found = append(a.found, "the draw: "+fmt.Sprintf(format, args...))
	}
}

// documents judges what the ledger keeps, and works out the order.
func (a *drawAudit) documents(ctx context.Context) error {
	p, f, r := a.d.commitment, a.d.frozen, a.d.reveal
	switch {
	case p == nil && (f != nil || r != nil):
		a.find("it was held without having been promised")
		return nil
	case r != nil && f == nil:
		a.find("the seed was revealed before the gathered were recorded")
		return nil
	}
	if p == nil {
		return nil
	}
	if len(p.Seed) != draw.SeedSize || draw.Commit(p.Seed) != p.Commitment {
		a.find("the seed does not hash to the commitment")
	}
	if f == nil {
		return nil
	}
	if f.At.Before(p.At) {
		a.find("the gathered were recorded before the draw was promised")
	}
	if f.Source != p.Source || p.Period > 0 && f.Round > 0 && (f.Genesis != p.Genesis || f.Period != p.Period) {
		a.find("the beacon is another than the one promised")
	}
	if f.Round > 0 && (!f.schedule().Valid() || uint64(f.Round) != f.schedule().RoundFor(f.At)) {
		a.find("round %d is not the one that follows from the time of the record", f.Round)
	}
	users, err := a.s.q.ledger.gathered(ctx, f)
	if errors.Is(err, errGatheredDiffers) {
		a.find("%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	if r == nil {
		return nil
	}
	if f.Round > 0 && r.At.Before(f.schedule().Due(uint64(f.Round))) {
		a.find("the seed was revealed before round %d was due", f.Round)
	}
	if (len(r.Value) > 0) != (r.Note == "") || len(r.Value) > 0 && f.Round == 0 {
		a.find("what is said of the beacon contradicts itself")
	}
	a.held = &HeldDraw{Seed: p.Seed, key: draw.Key(p.Seed, r.Value), last: f.Last, from: f.Opening, in: f.Epoch}
	a.users, a.held.Marks = draw.Order(a.held.key, users)
	a.ranks = make(map[string]int, len(a.users))
	for i, user := range a.users {
		a.ranks[user] = i + 1
	}
	return nil
}

// admissions judges the numbers that were spent or given up: a number of the
// drawn is that of the user who drew it.
func (a *drawAudit) admissions(ctx context.Context) error {
	cursor, err := a.s.q.ledger.admissions.Find(ctx, bson.D{{Key: "season", Value: a.s.id}})
	if err != nil {
		return err
	}
	defer func() { _ = cursor.Close(ctx) }()
	for cursor.Next(ctx) {
		var one admission
		if err := cursor.Decode(&one); err != nil {
			return err
		}
		id := one.ID
		if rest, again := strings.CutPrefix(id, "again/"); again {
			_, id, _ = strings.Cut(rest, "/")
		}
		var epoch, number int64
		of, own := strings.CutPrefix(id, a.s.id)
		if _, err := fmt.Sscanf(of, "/%d/%d", &epoch, &number); err != nil || !own {
			a.find("the admission %s is of no number", one.ID)
			continue
		}
		if epoch == a.held.in {
			a.number(one.User, number, "was admitted or gave up with")
		}
	}
	return cursor.Err()
}

// number judges who has a number of the epoch of the draw.
func (a *drawAudit) number(user string, number int64, how string) {
	rank := number - a.held.last
	if rank < 1 || rank > int64(len(a.users)) {
		return
	}
	if drawn := a.users[rank-1]; drawn != user {
		a.find("user %s %s number %d, which is that of rank %d, drawn by %s", user, how, number, rank, drawn)
	}
}

// line judges who is in line now: the drawn by their ranks, and everybody's
// number in the order of the time of joining.
func (a *drawAudit) line(ctx context.Context) error {
	state, err := a.s.drawState(ctx)
	if err != nil || state.draw != drawHeld {
		return err // it is being written
	}
	from, last := "-inf", standing{joined: math.MinInt64}
	for {
		page, err := a.s.q.o.Redis.ZRangeByScoreWithScores(ctx, a.s.keys[keyList], &redis.ZRangeBy{Min: from, Max: "+inf", Count: batchSize}).Result()
		if err != nil || len(page) == 0 {
			return err
		}
		end := page[len(page)-1].Score
		now, err := a.linedUp(ctx, page)
		if err != nil {
			return err
		}
		for _, one := range now {
			if one.joined > int64(end) {
				break // joined anew meanwhile, and is looked at with those there
			}
			if one.joined > last.joined && one.number <= last.number {
				a.find("user %s joined after %s, but has number %d before %d", one.user, last.user, one.number, last.number)
			}
			last = one
			a.standing(one, state.epoch)
		}
		next := strconv.FormatFloat(end, 'f', -1, 64)
		if len(page) < batchSize || next == from {
			return nil
		}
		from = next
	}
}

// standing is where a user in line stands.
type standing struct {
	user           string
	number, joined int64
	origin         int64 // 0: of this epoch
}

// standings reads those of a page at one moment, in the order of joining.
func (a *drawAudit) linedUp(ctx context.Context, page []redis.Z) ([]standing, error) {
	users := make([]string, len(page))
	for i, z := range page {
		users[i] = z.Member.(string)
	}
	pipe := a.s.q.o.Redis.TxPipeline()
	numbers, origins := pipe.HMGet(ctx, a.s.keys[keyNumbers], users...), pipe.HMGet(ctx, a.s.keys[keyOrigins], users...)
	joined := pipe.ZMScore(ctx, a.s.keys[keyList], users...)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	var now []standing
	for i, user := range users {
		if number := whole(numbers.Val()[i]); number > 0 { // who has left meanwhile has none
			now = append(now, standing{user, number, int64(joined.Val()[i]), whole(origins.Val()[i])})
		}
	}
	slices.SortFunc(now, func(a, b standing) int { return int(a.joined - b.joined) })
	return now, nil
}

// standing judges one user in line.
func (a *drawAudit) standing(one standing, epoch int64) {
	if one.origin == 0 {
		one.origin = epoch
	}
	rank, drawn := a.ranks[one.user]
	if one.origin < a.held.in || one.origin == a.held.in && one.number <= a.held.last {
		a.find("user %s stands in line by number %d, from before the draw", one.user, one.number)
	}
	if one.origin != a.held.in {
		return
	}
	a.number(one.user, one.number, "stands in line by")
	if drawn && one.number == a.held.last+int64(rank) && one.joined != a.held.from+int64(rank) {
		a.find("user %s has rank %d, but another time of joining", one.user, rank)
	}
}
