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

// drawFindings is how many sentences an audit of a draw returns at most: a wrong
// order is wrong for every user.
const drawFindings = 20

// drawAudit is one audit of a season's draw.
type drawAudit struct {
	s     *season
	d     drawDocuments
	held  *HeldDraw
	users []string       // in the order drawn
	ranks map[string]int // from 1
	found []string
}

// AuditDraw returns one sentence for each thing that is wrong with a season's
// draw. It checks the documents in the ledger against their hashes, the admitted
// numbers against the ranks, and the line in Redis against both. A season without
// a draw has nothing wrong.
func (q *Queue) AuditDraw(ctx context.Context, season string) ([]string, error) {
	// All documents are read from the ledger, because an audit must not use the cache.
	draws, err := q.ledger.drawsOf(ctx, season, nil)
	if err != nil {
		return nil, store.Fault(err)
	}
	var found []string
	for i, d := range draws {
		a := drawAudit{s: q.season(season), d: d}
		if i > 0 {
			a.follows(draws[i-1])
		}
		if err := a.documents(ctx); err != nil {
			return nil, store.Fault(err)
		}
		if a.held != nil {
			if err := a.admissions(ctx); err != nil {
				return nil, store.Fault(err)
			}
			if err := a.line(ctx); err != nil {
				return nil, store.Fault(err)
			}
		}
		found = append(found, a.found...)
	}
	return found[:min(len(found), drawFindings)], nil
}

func (a *drawAudit) find(format string, args ...any) {
	if len(a.found) < drawFindings {
		name := "the draw: "
		if a.d.nth > 1 {
			name = fmt.Sprintf("draw %d: ", a.d.nth)
		}
		a.found = append(a.found, name+fmt.Sprintf(format, args...))
	}
}

// follows checks that the users drawn stand behind those of the draw before.
func (a *drawAudit) follows(before drawDocuments) {
	f, b := a.d.frozen, before.frozen
	if f == nil || b == nil {
		return
	}
	if f.From < b.Last+b.Count {
		a.find("its users have numbers behind %d, but those of draw %d go up to %d", f.From, before.nth, b.Last+b.Count)
	}
	if f.Opening < b.Opening+b.Count {
		a.find("its users have times of joining behind %d µs, but those of draw %d go up to %d", f.Opening, before.nth, b.Opening+b.Count)
	}
	if g := a.d.gathering; g != nil && f.From != g.From {
		a.find("the users who waited before have numbers up to %d, but %d was recorded when the gathering began", f.From, g.From)
	}
}

// documents checks the documents in the ledger, and computes the order.
func (a *drawAudit) documents(ctx context.Context) error {
	p, f, r := a.d.commitment, a.d.frozen, a.d.reveal
	switch {
	case p == nil && (f != nil || r != nil):
		a.find("it was held without a commitment")
		return nil
	case r != nil && f == nil:
		a.find("the seed was revealed before the users who gathered were recorded")
		return nil
	}
	if p == nil {
		return nil
	}
	if len(p.Seed) != draw.SeedSize || draw.CommitTo(p.Seed, int(a.d.nth), p.Phases) != p.Commitment {
		a.find("the seed does not hash to the commitment")
	}
	if f == nil {
		return nil
	}
	if f.At.Before(p.At) {
		a.find("the users who gathered were recorded before the commitment")
	}
	if f.Source != p.Source || p.Period > 0 && f.Round > 0 && (f.Genesis != p.Genesis || f.Period != p.Period) {
		a.find("the beacon is not the one in the commitment")
	}
	if f.Round > 0 && (!f.schedule().Valid() || uint64(f.Round) != f.schedule().RoundFor(f.At)) {
		a.find("round %d does not follow from the time at which the users who gathered were recorded", f.Round)
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
		a.find("the beacon's value and the note about a missing value contradict each other")
	}
	a.held = &HeldDraw{Seed: p.Seed, key: draw.Key(p.Seed, r.Value), before: f.From, last: f.Last, from: f.Opening, in: f.Epoch}
	a.users, a.held.Marks = draw.Order(a.held.key, users)
	a.ranks = make(map[string]int, len(a.users))
	for i, user := range a.users {
		a.ranks[user] = i + 1
	}
	return nil
}

// admissions checks numbers that were spent or given up: a number that was drawn
// belongs to the user who drew it.
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
			a.find("the admission %s contains no number", one.ID)
			continue
		}
		if epoch == a.held.in {
			a.number(one.User, number, "was admitted with or gave up")
		}
	}
	return cursor.Err()
}

// number checks a user's number of the epoch of the draw.
func (a *drawAudit) number(user string, number int64, how string) {
	rank := number - a.held.last
	if rank < 1 || rank > int64(len(a.users)) {
		return
	}
	if drawn := a.users[rank-1]; drawn != user {
		a.find("user %s %s number %d, which belongs to rank %d, drawn by %s", user, how, number, rank, drawn)
	}
}

// line checks the users in line: their places against the ranks, and that the
// numbers have the order of the times of joining.
func (a *drawAudit) line(ctx context.Context) error {
	state, err := a.s.drawState(ctx)
	if err != nil || state.nth == a.d.nth && state.draw != drawHeld {
		return err // the places are still being written
	}
	from, last := "-inf", placeInLine{joined: math.MinInt64}
	for {
		page, err := a.s.q.o.Redis.ZRangeByScoreWithScores(ctx, a.s.keys[keyList], &redis.ZRangeBy{Min: from, Max: "+inf", Count: batchSize}).Result()
		if err != nil || len(page) == 0 {
			return err
		}
		end := page[len(page)-1].Score
		now, err := a.placesInLine(ctx, page)
		if err != nil {
			return err
		}
		for _, one := range now {
			if one.joined > int64(end) {
				break // the user has left and joined again, and comes later in the line
			}
			if one.joined > last.joined && one.number <= last.number {
				a.find("user %s joined after %s, but has number %d before %d", one.user, last.user, one.number, last.number)
			}
			last = one
			a.place(one, state.epoch)
		}
		next := strconv.FormatFloat(end, 'f', -1, 64)
		if len(page) < batchSize || next == from {
			return nil
		}
		from = next
	}
}

// placeInLine is a user's place in line.
type placeInLine struct {
	user           string
	number, joined int64
	origin         int64 // epoch of the number; 0: the current one
}

// placesInLine reads the places of a page at one moment, in the order of joining.
func (a *drawAudit) placesInLine(ctx context.Context, page []redis.Z) ([]placeInLine, error) {
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
	var now []placeInLine
	for i, user := range users {
		if number := whole(numbers.Val()[i]); number > 0 { // 0: the user has left since the page was read
			now = append(now, placeInLine{user, number, int64(joined.Val()[i]), whole(origins.Val()[i])})
		}
	}
	slices.SortFunc(now, func(a, b placeInLine) int { return int(a.joined - b.joined) })
	return now, nil
}

// place checks one user in line.
func (a *drawAudit) place(one placeInLine, epoch int64) {
	if one.origin == 0 {
		one.origin = epoch
	}
	rank, drawn := a.ranks[one.user]
	if one.number > a.held.before && one.number <= a.held.last {
		a.find("user %s is in line with number %d, which is from before the draw", one.user, one.number)
	}
	if one.origin != a.held.in {
		return
	}
	a.number(one.user, one.number, "is in line with")
	if drawn && one.number == a.held.last+int64(rank) && one.joined != a.held.from+int64(rank) {
		a.find("user %s has rank %d, but another time of joining", one.user, rank)
	}
}
