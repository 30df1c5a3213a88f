package booking

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

const changesName = "audit"

// changeRow is one row of the collection audit: who changed what. Its _id names
// the change, so that writing it twice writes it once.
type changeRow struct {
	ID     string    `bson:"_id"`
	At     time.Time `bson:"at"`
	By     string    `bson:"by"`
	Action string    `bson:"action"` // settings, pause, resume, plan, put_out
	Season string    `bson:"season"`
	Before bson.D    `bson:"before"` // nil: there was nothing
	After  bson.D    `bson:"after"`
}

// logChange writes a row. A failure is not the change's: a season's rows are
// written again from its revisions, see logRevisions.
func (b *Booking) logChange(ctx context.Context, row changeRow) {
	_, err := b.o.Mongo.Collection(changesName).InsertOne(ctx, row)
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		b.log.WarnContext(ctx, "a change is not in the audit log yet", "id", row.ID, "error", err)
	}
}

func (b *Booking) logRevision(ctx context.Context, r revision, before Season, exists bool) {
	row := changeRow{ID: "season/" + r.ID, At: r.At, By: r.By, Action: r.Action, Season: r.Season, After: withPaused(r.Settings, r.Paused)}
	if exists {
		settings, err := asDocument(before.Settings)
		if err != nil {
			b.log.ErrorContext(ctx, "settings do not encode", "season", r.Season, "error", err)
			return
		}
		row.Before = withPaused(settings, before.Paused)
	}
	b.logChange(ctx, row)
}

// withPaused adds to settings what the audit log shows beside them.
func withPaused(settings bson.D, paused bool) bson.D {
	return append(append(bson.D{}, settings...), bson.E{Key: "paused", Value: paused})
}

// logRevisions writes the audit row of each season's newest revision when this
// node has not seen that revision yet: its writer may have died between the two
// inserts.
func (b *Booking) logRevisions(ctx context.Context, all []revision, newest map[string]revision) {
	byID := make(map[string]revision, len(all))
	for _, r := range all {
		byID[r.ID] = r
	}
	for id, r := range newest {
		if b.catalog.logged[id] >= r.Revision {
			continue
		}
		if b.catalog.logged == nil {
			b.catalog.logged = map[string]int64{}
		}
		b.catalog.logged[id] = r.Revision
		before, exists := byID[fmt.Sprintf("%s/%d", id, r.Revision-1)]
		var was Season
		if exists {
			var err error
			if was, err = before.season(); err != nil {
				b.log.ErrorContext(ctx, "a revision cannot be read", "id", before.ID, "error", err)
				continue
			}
		}
		b.logRevision(ctx, r, was, exists)
	}
}
