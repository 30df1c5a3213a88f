package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// ledger holds what must outlive Redis, decided by insert alone: the numbers that
// each epoch may give out, the admitted numbers, and the draws.
type ledger struct {
	epochs     *mongo.Collection
	admissions *mongo.Collection
	draws      *mongo.Collection
}

// epochEntry is one document of epochs: "S/n" opens epoch n with the numbers from
// FirstNumber to Ceiling, "S/n/c" raises the ceiling of epoch n to c.
type epochEntry struct {
	ID          string    `bson:"_id"`
	Season      string    `bson:"season"`
	Epoch       int64     `bson:"epoch"`
	FirstNumber int64     `bson:"firstNumber"`
	Ceiling     int64     `bson:"ceiling"`
	At          time.Time `bson:"at"` // for people to read; no decision depends on it
}

func newLedger(db *mongo.Database) ledger {
	return ledger{epochs: db.Collection("epochs"), admissions: db.Collection("admissions"), draws: db.Collection("draws")}
}

// nextEpoch decides a season's next epoch. Its numbers begin above every number
// that an earlier epoch was allowed to give out, in a segment of their own.
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
	return epochEntry{}, errors.New("queue: 10 attempts to insert the next epoch failed, because other nodes inserted theirs first")
}

// raise records that an epoch may give out another segment of numbers, and
// returns the new ceiling.
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
		err = nil // another node has raised the ceiling to the same number
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
