package queue

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
)

const (
	historyUsers  = 100_000 // users of one generation of the history; two generations are kept
	historyLength = 800     // bytes of one user's history, which are about ten places

	spentShown = 20              // the newest records of a user that are read from the ledger
	spentTime  = 3 * time.Second // for reading them: the history is of use without them
)

// Left is the reason of a place that the user gave up. No lapsed message has it.
const Left Reason = "left"

// Person is all that is known about one user in a season, for admins.
type Person struct {
	Status
	NoSeat       bool // places are free, but no seat is: no user is admitted
	PerMinute    int  // of the settings; 0: only Limit applies
	Epoch        int64
	JoinedAt     time.Time // of the present place; zero: none
	AdmittedAt   time.Time // of the present place; zero: not admitted, or not known
	Connected    bool      // has a socket
	Present      bool      // in line, and may be admitted
	Ahead        int       // users in line before this one who are present
	PresentUntil time.Time // in line, present, without a socket; zero otherwise
	ForgottenAt  time.Time // in line and absent: when the place is given up; zero otherwise
	Ended        []Ended   // how the last places ended, oldest first
	Spent        []Spent   // what the ledger has, newest first
	SpentUnread  bool      // the ledger could not be read
}

// Ended is the end of one place.
type Ended struct {
	Was        State // Waiting, Turn or Active
	Reason     Reason
	Number     int64
	JoinedAt   time.Time
	AdmittedAt time.Time // zero: was not admitted, or not known
	At         time.Time
}

// Spent is a record of the ledger about one number.
type Spent struct {
	Number int64
	Turn   bool // the number was spent on entering a turn; false: it was given up
	Void   bool // the turn was lost before it could be entered; the number counts as unspent
	At     time.Time
}

// Person returns what Redis and the ledger know about a user.
func (q *Queue) Person(ctx context.Context, season, user string) (Person, error) {
	s := q.season(season)
	a, err := s.look.Do(ctx, question{user: user})
	if err != nil {
		return Person{}, store.Fault(err)
	}
	status, err := s.answered(a)
	if err != nil {
		return Person{}, err
	}
	p := Person{Status: status, NoSeat: a.counts.NoSeat, PerMinute: a.counts.PerMinute, Epoch: a.counts.Epoch}
	p.Number = a.state.Number
	if a.state.Joined > 0 {
		p.JoinedAt = time.UnixMicro(a.state.Joined).UTC()
	}
	p.AdmittedAt = admittedAt(a.state.Turn)
	pipe := q.o.Redis.Pipeline()
	connected := pipe.HExists(ctx, s.keys[keyConn], user)
	present, absent := pipe.ZScore(ctx, s.keys[keyPresent], user), pipe.ZScore(ctx, s.keys[keyAbsent], user)
	ahead := pipe.ZCount(ctx, s.keys[keyReady], "-inf", "("+strconv.FormatInt(a.state.Number, 10))
	groups := pipe.ZRangeByScore(ctx, s.keys[keyWishHeads], &redis.ZRangeBy{Min: "-inf", Max: "(" + strconv.FormatInt(a.state.Number, 10)})
	first, second := pipe.HGet(ctx, s.keys[keyHistoryA], user), pipe.HGet(ctx, s.keys[keyHistoryB], user)
	if _, err := pipe.Exec(ctx); err != nil && !isNil(err) {
		return Person{}, store.Fault(err)
	}
	p.Connected = connected.Val()
	if p.State == Waiting || p.State == Gathering {
		wishing, err := s.wishingBefore(ctx, groups.Val(), a.state.Number)
		if err != nil {
			return Person{}, store.Fault(err)
		}
		p.Present, p.Ahead = absent.Err() != nil, int(ahead.Val())+wishing
		if p.Present && present.Err() == nil {
			p.PresentUntil = fromMillis(present.Val())
		}
		if absent.Err() == nil {
			p.ForgottenAt = fromMillis(absent.Val())
		}
	}
	p.Ended = append(parseHistory(first.Val()), parseHistory(second.Val())...)
	slices.SortStableFunc(p.Ended, func(a, b Ended) int { return a.At.Compare(b.At) })
	if p.Spent, err = q.ledger.spentOn(ctx, season, user); err != nil {
		p.SpentUnread = true
		q.log.DebugContext(ctx, "reading a user's records in the ledger failed: the answer has none", "season", season, "error", err)
	}
	return p, nil
}

// admittedAt reads the time in a turn's name; zero for a name of an earlier program.
func admittedAt(turn string) time.Time {
	parts := strings.Split(turn, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	return timeOrZero(whole(parts[2]))
}

func timeOrZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// parseHistory reads what note_end in part/history.lua writes. It omits what it does not
// understand.
func parseHistory(text string) (all []Ended) {
	for one := range strings.SplitSeq(text, ";") {
		f := strings.Split(one, " ")
		if len(f) != 7 {
			continue
		}
		all = append(all, Ended{
			Was: State(f[0]), Reason: Reason(f[1]), Number: whole(f[2]), JoinedAt: time.UnixMicro(whole(f[4])).UTC(),
			AdmittedAt: timeOrZero(whole(f[5])), At: timeOrZero(whole(f[6])),
		})
	}
	return all
}

// byUser is the index for spentOn.
func byUser() mongo.IndexModel {
	return mongo.IndexModel{Keys: bson.D{{Key: "userId", Value: 1}, {Key: "season", Value: 1}}}
}

// keepIndex creates the index until that has succeeded.
func (l ledger) keepIndex(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := l.admissions.Indexes().CreateOne(ctx, byUser()); err == nil {
			return
		}
		pause(ctx, 10*tickEvery)
	}
}

// spentOn returns a user's newest records.
func (l ledger) spentOn(ctx context.Context, season, user string) ([]Spent, error) {
	ctx, cancel := context.WithTimeout(ctx, spentTime)
	defer cancel()
	found, err := l.admissions.Find(ctx, bson.D{{Key: "userId", Value: user}, {Key: "season", Value: season}},
		options.Find().SetSort(bson.D{{Key: "at", Value: -1}}).SetLimit(spentShown))
	if err != nil {
		return nil, err
	}
	var rows []admission
	if err := found.All(ctx, &rows); err != nil {
		return nil, err
	}
	all := make([]Spent, 0, len(rows))
	for _, row := range rows {
		one := Spent{Number: whole(row.ID[strings.LastIndexByte(row.ID, '/')+1:]), Turn: row.Turn != "", At: row.At.UTC()}
		if one.Turn {
			v, err := store.Find[outcome](ctx, l.admissions, "verdict/"+row.ID)
			if err != nil {
				return nil, err
			}
			one.Void = v != nil && v.Void
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b Spent) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Number, a.Number)) })
	return all, nil
}
