package booking

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
)

// A cursor is the time, in ms, and the id of the last row shown, of lists that
// are newest first.

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

func errCursor() error { return fault.New(fault.InvalidRequest, "the cursor is not one of ours") }

// olderThan matches the rows after a cursor in a list sorted by the field and
// then _id, both descending.
func olderThan(field string, at time.Time, id any) bson.E {
	return bson.E{Key: "$or", Value: bson.A{
		bson.D{{Key: field, Value: bson.D{{Key: "$lt", Value: at}}}},
		bson.D{{Key: field, Value: at}, {Key: "_id", Value: bson.D{{Key: "$lt", Value: id}}}},
	}}
}

// olderThanCursor is olderThan for the document that a cursor names. Errors:
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
