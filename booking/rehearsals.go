package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
	"usher/internal/wire"
)

const rehearsalsName = "rehearsals"

// rehearsalRow is the report of one rehearsal. It does not name the shadow season, of
// which nothing is kept.
type rehearsalRow struct {
	ID     bson.ObjectID `bson:"_id"`
	Season string        `bson:"season"`
	At     time.Time     `bson:"at"`     // the beginning
	Report bson.D        `bson:"report"` // wire.Rehearsal
}

// SaveRehearsal keeps the report of a rehearsal of a season.
func (b *Booking) SaveRehearsal(ctx context.Context, season string, at time.Time, report wire.Rehearsal) error {
	document, err := asDocument(report)
	if err != nil {
		return err
	}
	_, err = b.o.Mongo.Collection(rehearsalsName).InsertOne(ctx, rehearsalRow{ID: bson.NewObjectID(), Season: season, At: at.UTC(), Report: document})
	if err != nil {
		return store.Fault(fmt.Errorf("saving the report of the rehearsal: %w", err))
	}
	return nil
}

// Rehearsals returns the last rehearsals of a season, newest first, limit at most.
func (b *Booking) Rehearsals(ctx context.Context, season string, limit int) ([]wire.Rehearsal, error) {
	cursor, err := b.o.Mongo.Collection(rehearsalsName).Find(ctx, ofSeason(season), options.Find().SetSort(bson.D{{Key: "at", Value: -1}}).SetLimit(int64(limit)))
	var rows []rehearsalRow
	if err == nil {
		err = cursor.All(ctx, &rows)
	}
	if err != nil {
		return nil, store.Fault(fmt.Errorf("reading the rehearsals: %w", err))
	}
	reports := make([]wire.Rehearsal, len(rows))
	for i, row := range rows {
		text, err := bson.MarshalExtJSON(row.Report, false, false)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &reports[i]); err != nil {
			return nil, fmt.Errorf("the report of rehearsal %s: %w", row.ID.Hex(), err)
		}
	}
	return reports, nil
}
