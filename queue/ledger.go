package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// ledger is what must outlive Redis, decided by insert alone: which numbers each
// epoch may draw, which numbers have been admitted, and the seasons' draws.
type ledger struct {
	epochs     *mongo.Collection
	admissions *mongo.Collection
	draws      *mongo.Collection
}

// epochEntry is one document of epochs: "S/n" opens epoch n with the numbers
// from FirstNumber to Ceiling, "S/n/c" raises its ceiling to c.
type epochEntry struct {
	ID          string    `bson:"_id"`
	Season      string    `bson:"season"`
	Epoch       int64     `bson:"epoch"`
	FirstNumber int64     `bson:"firstNumber"`
	Ceiling     int64     `bson:"ceiling"`
	At          time.Time `bson:"at"` // for people; it decides nothing
}

// admission is one document of admissions, "S/epoch/number": the number was
// spent on this turn, or given up ("").
type admission struct {
	ID     string    `bson:"_id"`
	Season string    `bson:"season"`
	User   string    `bson:"userId"`
	Turn   string    `bson:"turn"`
	At     time.Time `bson:"at"`
}

func newLedger(db *mongo.Database) ledger {
	return ledger{epochs: db.Collection("epochs"), admissions: db.Collection("admissions"), draws: db.Collection("draws")}
}

// nextEpoch decides a season's next epoch. Its numbers begin above every number
// any earlier epoch was allowed to draw, on a segment of their own.
func (l ledger) nextEpoch(ctx context.Context, season string) (epochEntry, error) {
	for range 10 {
		last, ceiling, err := l.last(ctx, season)
		if err != nil {
			return epochEntry{}, err
		}
		next := epochEntry{Season: season, Epoch: last + 1, FirstNumber: 1, Ceiling: segmentSize - 1, At: time.Now().UTC()}
		if last > 0 {
			next.FirstNumber, next.Ceiling = ceiling+1, ceiling+segmentSize
		}
		next.ID = fmt.Sprintf("%s/%d", season, next.Epoch)
		_, err = l.epochs.InsertOne(ctx, next)
		if err == nil {
			return next, nil
		}
		if !mongo.IsDuplicateKeyError(err) {
			return epochEntry{}, err
		}
	}
	return epochEntry{}, errors.New("queue: other nodes keep opening epochs")
}

// raise notes that an epoch may draw another segment of numbers, and returns the
// new ceiling.
func (l ledger) raise(ctx context.Context, season string, epoch int64) (int64, error) {
	_, ceiling, err := l.last(ctx, season)
	if err != nil {
		return 0, err
	}
	ceiling += segmentSize
	_, err = l.epochs.InsertOne(ctx, epochEntry{
		ID: fmt.Sprintf("%s/%d/%d", season, epoch, ceiling), Season: season, Epoch: epoch, Ceiling: ceiling, At: time.Now().UTC(),
	})
	if mongo.IsDuplicateKeyError(err) {
		err = nil // another node raised it to the same
	}
	return ceiling, err
}

// last returns the season's newest epoch, 0 for none, and the highest number
// allowed so far.
func (l ledger) last(ctx context.Context, season string) (epoch, ceiling int64, err error) {
	cursor, err := l.epochs.Find(ctx, bson.D{{Key: "season", Value: season}})
	if err != nil {
		return 0, 0, err
	}
	var entries []epochEntry
	if err := cursor.All(ctx, &entries); err != nil {
		return 0, 0, err
	}
	for _, e := range entries {
		epoch, ceiling = max(epoch, e.Epoch), max(ceiling, e.Ceiling)
	}
	return epoch, ceiling, nil
}

func admissionID(season string, r record) string {
	return fmt.Sprintf("%s/%d/%d", season, r.Origin, r.Number)
}

// spend notes that a number is used up by the turn it came to. It returns false
// when another turn has used it before.
func (l ledger) spend(ctx context.Context, season string, r record) (bool, error) {
	id := admissionID(season, r)
	_, err := l.admissions.InsertOne(ctx, admission{ID: id, Season: season, User: r.User, Turn: r.Turn, At: time.Now().UTC()})
	if !mongo.IsDuplicateKeyError(err) {
		return err == nil, err
	}
	var before admission
	if err := l.admissions.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&before); err != nil {
		return false, err
	}
	return before.User == r.User && before.Turn == r.Turn, nil
}

// giveUp notes that numbers are used up by nobody's turn: "epoch/number" and who
// had it. What is noted already stays.
func (l ledger) giveUp(ctx context.Context, season string, users map[string]string) error {
	rows := make([]admission, 0, len(users))
	for number, user := range users {
		rows = append(rows, admission{ID: season + "/" + number, Season: season, User: user, At: time.Now().UTC()})
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
	}
	return nil
}

// spent reports whether a number is used up.
func (l ledger) spent(ctx context.Context, season string, r record) (bool, error) {
	err := l.admissions.FindOne(ctx, bson.D{{Key: "_id", Value: admissionID(season, r)}}).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return false, nil
	}
	return err == nil, err
}

// lookups is how many numbers are looked up at once. One by one a node's crowd
// would take longer than a lost line gathers; in one query the embedded store
// would read the whole collection.
const lookups = 16

// unspent returns those whose numbers are not used up.
func (l ledger) unspent(ctx context.Context, season string, records []record) ([]record, error) {
	spent, errs := make([]bool, len(records)), make([]error, lookups)
	var all sync.WaitGroup
	for first := range min(lookups, len(records)) {
		all.Go(func() {
			for i := first; i < len(records) && errs[first] == nil; i += lookups {
				spent[i], errs[first] = l.spent(ctx, season, records[i])
			}
		})
	}
	all.Wait()
	var left []record
	for i, r := range records {
		if !spent[i] {
			left = append(left, r)
		}
	}
	return left, errors.Join(errs...)
}
