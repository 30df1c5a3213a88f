package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
)

// A number may be admitted once. MongoDB records the admission and Redis holds
// the place, and neither store knows when the other one fails. So the admission
// is recorded in MongoDB before Redis acts, and it is voided only when the Redis
// script provably did not run.
//
//   - A node that is about to enter a turn inserts "S/epoch/number" with the name
//     of the turn. From then on the number is spent.
//   - Redis may lose everything before the turn is entered. The node that
//     inserted the admission sends the script once, without retries by the Redis
//     client, and is refused: Redis is in another epoch than the turn. So the
//     turn can no longer be entered, and this caller has not entered it.
//   - Other callers may have entered the turn with the same admission: the fan
//     clicked twice, over another node, or a request without an answer was
//     repeated. So a node that finds the admission inserts the outcome "shared"
//     before it sends the script, and the node that made the admission inserts
//     the outcome "void" after the refusal. Both have the id "verdict/…", so the
//     first insert decides. Shared: another caller may have entered, and the
//     number stays spent. Void: no caller has entered or will enter, because a
//     node that finds "void" sends no script for this admission.
//   - After a void admission the number counts as unspent: the fan brings the
//     place back in the next epoch, and the admission of its next turn is
//     "again/2/S/epoch/number".
//   - A script whose reply was lost proves nothing, and neither does a node that
//     dies before it inserts an outcome: the number stays spent. Losing a place
//     is bad for its fan; using one twice would be worse.
//
// A node that was frozen after it read the turn does no harm: it records a turn
// of an older epoch, its script is refused, and it inserts "void".

// admission is one document of the collection admissions: the number was spent on
// this turn, or given up (turn "").
type admission struct {
	ID     string    `bson:"_id"`
	Season string    `bson:"season"`
	User   string    `bson:"userId"`
	Turn   string    `bson:"turn"`
	At     time.Time `bson:"at"`
}

// outcome is the document with the id "verdict/" and an admission's id.
type outcome struct {
	ID   string `bson:"_id"`
	Void bool   `bson:"void"` // false: shared
}

// spending is the right to enter a turn.
type spending struct {
	id   string // of the admission; "": none, because the number was spent on another turn or given up
	sole bool   // this caller made the admission, and may void it
}

// attemptsAtMost is how many void admissions a number may have. Each one costs a
// loss of Redis.
const attemptsAtMost = 100

func admissionID(season string, r userState, attempt int) string {
	if attempt > 1 {
		return fmt.Sprintf("again/%d/%s/%d/%d", attempt, season, r.Origin, r.Number)
	}
	return fmt.Sprintf("%s/%d/%d", season, r.Origin, r.Number)
}

// spentBy returns the admission by which a number is spent, nil when it is
// unspent, and the id for the next admission.
func (l ledger) spentBy(ctx context.Context, season string, r userState) (a *admission, next string, err error) {
	for attempt := 1; attempt <= attemptsAtMost; attempt++ {
		id := admissionID(season, r, attempt)
		a, err := store.Find[admission](ctx, l.admissions, id)
		if err != nil || a == nil {
			return nil, id, err
		}
		if a.Turn == "" {
			return a, "", nil
		}
		v, err := store.Find[outcome](ctx, l.admissions, "verdict/"+id)
		if err != nil || v == nil || !v.Void {
			return a, "", err
		}
	}
	return nil, "", errors.New("queue: a number has 100 void admissions, which is the most a number may have")
}

// spend records that a number is used up by its turn.
func (l ledger) spend(ctx context.Context, season string, r userState) (spending, error) {
	id := admissionID(season, r, 1) // unspent nearly always
	for {
		if id != "" {
			_, err := l.admissions.InsertOne(ctx, admission{ID: id, Season: season, User: r.User, Turn: r.Turn, At: time.Now().UTC()})
			if err == nil {
				return spending{id, true}, nil
			}
			if !mongo.IsDuplicateKeyError(err) {
				return spending{}, err
			}
		}
		a, next, err := l.spentBy(ctx, season, r)
		switch {
		case err != nil:
			return spending{}, err
		case a == nil:
			id = next
			continue
		case a.User != r.User || a.Turn != r.Turn:
			return spending{}, nil
		case a.Turn == "":
			return spending{a.ID, false}, nil
		}
		v, err := l.decideOutcome(ctx, a.ID, false)
		if err != nil || !v.Void {
			return spending{a.ID, false}, err
		}
		id = ""
	}
}

// void voids an admission, and reports whether that was possible.
func (l ledger) void(ctx context.Context, sp spending) (bool, error) {
	if !sp.sole {
		return false, nil
	}
	v, err := l.decideOutcome(ctx, sp.id, true)
	return err == nil && v.Void, err
}

func (l ledger) decideOutcome(ctx context.Context, id string, void bool) (*outcome, error) {
	v, err := store.Decide(ctx, l.admissions, "verdict/"+id, outcome{"verdict/" + id, void})
	if err == nil && v == nil {
		err = errors.New("queue: the outcome of an admission exists but cannot be read")
	}
	return v, err
}

// giveUp records that numbers are used up without a turn. An admission that
// exists already stays.
func (l ledger) giveUp(ctx context.Context, season string, states []userState) error {
	rows := make([]admission, 0, len(states))
	for _, r := range states {
		rows = append(rows, admission{ID: admissionID(season, r, 1), Season: season, User: r.User, At: time.Now().UTC()})
	}
	_, err := l.admissions.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false))
	var several mongo.BulkWriteException
	if !errors.As(err, &several) || several.WriteConcernError != nil {
		return err
	}
	for _, one := range several.WriteErrors {
		if !mongo.IsDuplicateKeyError(one) {
			return err
		}
		// The existing admission may be void.
		r := states[one.Index]
		r.Turn = ""
		if _, err := l.spend(ctx, season, r); err != nil {
			return err
		}
	}
	return nil
}

// spent reports whether a number is used up.
func (l ledger) spent(ctx context.Context, season string, r userState) (bool, error) {
	a, _, err := l.spentBy(ctx, season, r)
	return a != nil, err
}

// lookups is how many numbers are looked up at once. One at a time, the users of
// a node would take longer than a lost line gathers; in one query, the embedded
// store would read the whole collection.
const lookups = 16

// unspent returns the states whose numbers are not used up.
func (l ledger) unspent(ctx context.Context, season string, states []userState) ([]userState, error) {
	spent, errs := make([]bool, len(states)), make([]error, lookups)
	var all sync.WaitGroup
	for first := range min(lookups, len(states)) {
		all.Go(func() {
			for i := first; i < len(states) && errs[first] == nil; i += lookups {
				spent[i], errs[first] = l.spent(ctx, season, states[i])
			}
		})
	}
	all.Wait()
	var left []userState
	for i, r := range states {
		if !spent[i] {
			left = append(left, r)
		}
	}
	return left, errors.Join(errs...)
}
