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

// A number admits once. MongoDB keeps that it did, Redis keeps the place it
// gave, and neither knows when the other fails; so the note comes first, and is
// taken back only by proof that nothing followed it.
//
//   - "S/epoch/number" is inserted by whoever is about to enter a turn, and names
//     that turn. From then on the number is spent.
//   - Redis may lose everything before the entry is made. The one who inserted
//     the note sends the entry once, with no repetition by the client of Redis,
//     and sees it refused: Redis lives in another epoch than the turn. The turn
//     cannot be entered any more, then, and was not entered by this caller.
//   - Others may have entered it by the same note: the fan pressed twice, over
//     another node, or repeats what was not answered. So whoever finds the note
//     there says "shared" of it before sending the entry, and whoever made it says
//     "void" after the refusal. Both are inserts of "verdict/…": the first decides.
//     Shared: somebody else may have entered, and the number stays spent. Void:
//     nobody has and nobody will, for who finds void sends no entry by this note.
//   - After a void note the number is as if never spent: the fan brings the place
//     back in the next epoch, and its next turn is noted as "again/2/S/epoch/number".
//   - An entry whose reply was lost proves nothing, nor does a node that dies
//     before its verdict: the number stays spent. A place that is lost to its fan
//     is bad; one that is used twice would be worse.
//
// A late node, frozen since it read the turn, changes none of this: it notes an
// older epoch's turn, its entry is refused, and it says void.

// admission is one document of admissions: the number was spent on this turn, or
// given up ("").
type admission struct {
	ID     string    `bson:"_id"`
	Season string    `bson:"season"`
	User   string    `bson:"userId"`
	Turn   string    `bson:"turn"`
	At     time.Time `bson:"at"`
}

// verdict is the document "verdict/" and an admission's id.
type outcome struct {
	ID   string `bson:"_id"`
	Void bool   `bson:"void"` // false: shared
}

// spending is the right to enter a turn.
type spending struct {
	id   string // the admission's; "" for none: the number admitted another turn, or was given up
	sole bool   // nobody else enters by it, and its owner may say void
}

// attemptsAtMost is how many void notes a number may gather: each costs a lost
// Redis.
const attemptsAtMost = 100

func admissionID(season string, r userState, attempt int) string {
	if attempt > 1 {
		return fmt.Sprintf("again/%d/%s/%d/%d", attempt, season, r.Origin, r.Number)
	}
	return fmt.Sprintf("%s/%d/%d", season, r.Origin, r.Number)
}

// standing returns the note by which a number is spent, nil when it is not, and
// the id of the note to make next.
func (l ledger) standing(ctx context.Context, season string, r userState) (a *admission, next string, err error) {
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
	return nil, "", errors.New("queue: a number has been spent in vain too often")
}

// spend notes that a number is used up by the turn it came to.
func (l ledger) spend(ctx context.Context, season string, r userState) (spending, error) {
	id := admissionID(season, r, 1) // nearly always free
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
		a, next, err := l.standing(ctx, season, r)
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

// void takes a note back, and reports whether it could.
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
		err = errors.New("queue: a verdict is there and cannot be found")
	}
	return v, err
}

// giveUp notes that numbers are used up by nobody's turn. What is noted already
// stays.
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
		// The note there may be void.
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
	a, _, err := l.standing(ctx, season, r)
	return a != nil, err
}

// lookups is how many numbers are looked up at once. One by one a node's crowd
// would take longer than a lost line gathers; in one query the embedded store
// would read the whole collection.
const lookups = 16

// unspent returns those whose numbers are not used up.
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
