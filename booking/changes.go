package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
)

// Change is one row of a season's audit log: who changed what.
type Change struct {
	At     time.Time
	By     string
	Action string // settings, pause, resume, plan, put_out
	Before any    // encodes as a JSON object; nil: there was nothing
	After  any
}

const (
	changesDefault = 50
	changesMost    = 200
)

// Changes returns a season's audit log, newest first, and the cursor of the next
// page, "" at the end. A limit outside 1–200 means 50, or 200. Errors:
// invalid_request (cursor).
func (b *Booking) Changes(ctx context.Context, season string, limit int, cursor string) ([]Change, string, error) {
	filter := bson.D{{Key: "season", Value: season}}
	if cursor != "" {
		at, id, err := parseCursor(cursor)
		if err != nil {
			return nil, "", err
		}
		filter = append(filter, olderThan("at", at, id))
	}
	if limit < 1 {
		limit = changesDefault
	}
	limit = min(limit, changesMost)
	found, err := b.o.Mongo.Collection(changesName).Find(ctx, filter, options.Find().
		SetSort(bson.D{{Key: "at", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)+1))
	if err != nil {
		return nil, "", store.Fault(err)
	}
	var rows []changeRow
	if err := found.All(ctx, &rows); err != nil {
		return nil, "", store.Fault(err)
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursorAt(rows[limit-1].At, rows[limit-1].ID)
	}
	changes := make([]Change, len(rows))
	for i, row := range rows {
		changes[i] = Change{At: row.At, By: row.By, Action: row.Action}
		if changes[i].Before, err = asJSON(row.Before); err != nil {
			return nil, "", err
		}
		if changes[i].After, err = asJSON(row.After); err != nil {
			return nil, "", err
		}
	}
	return changes, next, nil
}

// asJSON is a stored document in the shape of the API; nil for none.
func asJSON(d bson.D) (any, error) {
	if d == nil {
		return nil, nil
	}
	text, err := bson.MarshalExtJSON(d, false, false)
	return json.RawMessage(text), err
}

// LogPutOut notes in the audit log that an admin put a user out of the line or
// out of the sale.
func (b *Booking) LogPutOut(ctx context.Context, season, user, by string) {
	at := store.NowMilli()
	b.logChange(ctx, changeRow{
		ID: fmt.Sprintf("put_out/%s/%s/%d", season, user, at.UnixMilli()), At: at, By: by, Action: "put_out", Season: season,
		Before: bson.D{{Key: "user", Value: user}},
	})
}
