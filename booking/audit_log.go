package booking

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/fault"
	"usher/internal/store"
)

// AuditEntry is one row of a season's audit log: who changed what.
type AuditEntry struct {
	At     time.Time
	By     string
	Action string // settings, pause, resume, notice, logo, plan, put_out, codes, refund, move, cancel, desk_sale, allotment, tickets_shown
	Before any    // encodes as a JSON object; nil when the season is new
	After  any
}

const (
	auditLogDefault = 50
	auditLogMax     = 200
)

// AuditLog returns a season's audit log, newest first, and the cursor of the next page, ""
// at the end. A limit below 1 means 50, one above 200 means 200. Errors: invalid_request
// (cursor).
func (b *Booking) AuditLog(ctx context.Context, season string, limit int, cursor string) ([]AuditEntry, string, error) {
	filter := bson.D{{Key: "season", Value: season}}
	if cursor != "" {
		at, id, err := parseCursor(cursor)
		if err != nil {
			return nil, "", err
		}
		filter = append(filter, olderThan("at", at, id))
	}
	if limit < 1 {
		limit = auditLogDefault
	}
	limit = min(limit, auditLogMax)
	found, err := b.o.Mongo.Collection(auditName).Find(ctx, filter, options.Find().
		SetSort(bson.D{{Key: "at", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)+1))
	if err != nil {
		return nil, "", store.Fault(err)
	}
	var rows []auditRow
	if err := found.All(ctx, &rows); err != nil {
		return nil, "", store.Fault(err)
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursorAt(rows[limit-1].At, rows[limit-1].ID)
	}
	changes := make([]AuditEntry, len(rows))
	for i, row := range rows {
		changes[i] = AuditEntry{At: row.At, By: row.By, Action: row.Action}
		if changes[i].Before, err = asJSON(row.Before); err != nil {
			return nil, "", err
		}
		if changes[i].After, err = asJSON(row.After); err != nil {
			return nil, "", err
		}
	}
	return changes, next, nil
}

// asJSON converts a stored document to JSON; nil stays nil.
func asJSON(d bson.D) (any, error) {
	if d == nil {
		return nil, nil
	}
	text, err := bson.MarshalExtJSON(d, false, false)
	return json.RawMessage(text), err
}

// LogRemoval records in the audit log that an admin removed a user from the line or from
// the sale.
func (b *Booking) LogRemoval(ctx context.Context, season, user, by string) {
	at := store.NowMilli()
	b.logAudit(ctx, auditRow{
		ID: fmt.Sprintf("put_out/%s/%s/%d", season, user, at.UnixMilli()), At: at, By: by, Action: "put_out", Season: season,
		Before: bson.D{{Key: "user", Value: user}},
	})
}

// LogCodes records in the audit log that an admin uploaded codes for phases of the sale:
// how many, and how many of them are new. It never holds a code.
func (b *Booking) LogCodes(ctx context.Context, season, by string, uploaded, added int) {
	at := store.NowMilli()
	b.logAudit(ctx, auditRow{
		ID: fmt.Sprintf("codes/%s/%d/%s", season, at.UnixMilli(), by), At: at, By: by, Action: "codes", Season: season,
		After: bson.D{{Key: "codes", Value: uploaded}, {Key: "added", Value: added}},
	})
}

const auditName = "audit"

// auditRow is one row of the collection audit. Its _id names the change, so that a repeated
// insert changes nothing.
type auditRow struct {
	ID     string    `bson:"_id"`
	At     time.Time `bson:"at"`
	By     string    `bson:"by"`
	Action string    `bson:"action"` // settings, pause, resume, notice, logo, plan, put_out, codes, refund, move, cancel, desk_sale, allotment, tickets_shown
	Season string    `bson:"season"`
	Before bson.D    `bson:"before"` // nil when the season is new
	After  bson.D    `bson:"after"`
}

// logAudit inserts a row. A failure does not fail the change: logRevisions writes a
// season's missing rows from its revisions.
func (b *Booking) logAudit(ctx context.Context, row auditRow) {
	if err := b.insertAudit(ctx, row); err != nil {
		b.log.WarnContext(ctx, "audit log: inserting a row failed: a later read of the seasons inserts it", "id", row.ID, "error", err)
	}
}

// insertAudit inserts a row. Repeating it changes nothing.
func (b *Booking) insertAudit(ctx context.Context, row auditRow) error {
	if IsShadow(row.Season) {
		return nil // a rehearsal leaves no document behind
	}
	_, err := b.o.Mongo.Collection(auditName).InsertOne(ctx, row)
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}

func (b *Booking) logRevision(ctx context.Context, r revision, before Season, exists bool) {
	row := auditRow{ID: "season/" + r.ID, At: r.At, By: r.By, Action: r.Action, Season: r.Season, After: withAnnounced(r.Settings, r.announced(), r.Logo, r.Cancelled)}
	if exists {
		settings, err := asDocument(before.Settings)
		if err != nil {
			b.log.ErrorContext(ctx, "audit log: encoding the settings failed: the change has no row", "season", r.Season, "error", err)
			return
		}
		row.Before = withAnnounced(settings, before.Announced, &before.Logo, before.Cancelled)
	}
	b.logAudit(ctx, row)
}

// logRevisions writes the audit row of each season's newest revision, unless this node has
// seen the revision already: the node that inserted the revision may have died before
// inserting the row.
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
				b.log.ErrorContext(ctx, "audit log: decoding a revision failed: the change has no row", "id", before.ID, "error", err)
				continue
			}
		}
		b.logRevision(ctx, r, was, exists)
	}
}

// A cursor names the last row shown of a list that is sorted newest first: the row's time,
// in ms, and its id.

func cursorAt(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", at.UnixMilli(), id))
}

func parseCursor(cursor string) (at time.Time, id string, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return time.Time{}, "", errCursor()
	}
	ms, id, found := strings.Cut(string(text), " ")
	number, err := strconv.ParseInt(ms, 10, 64)
	if !found || err != nil {
		return time.Time{}, "", errCursor()
	}
	return time.UnixMilli(number), id, nil
}

func errCursor() error {
	return fault.New(fault.InvalidRequest, "the cursor is invalid; use the cursor of the page before")
}

// olderThan matches the rows after a cursor, in a list sorted by the field and then by _id,
// both descending.
func olderThan(field string, at time.Time, id any) bson.E {
	return bson.E{Key: "$or", Value: bson.A{
		bson.D{{Key: field, Value: bson.D{{Key: "$lt", Value: at}}}},
		bson.D{{Key: field, Value: at}, {Key: "_id", Value: bson.D{{Key: "$lt", Value: id}}}},
	}}
}

// olderThanCursor parses a cursor and returns its olderThan filter. Errors:
// invalid_request.
func olderThanCursor(field, cursor string) (bson.E, error) {
	at, text, err := parseCursor(cursor)
	if err != nil {
		return bson.E{}, err
	}
	id, err := bson.ObjectIDFromHex(text)
	if err != nil {
		return bson.E{}, errCursor()
	}
	return olderThan(field, at, id), nil
}
