package auth

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/fault"
	"usher/internal/store"
)

// Search returns the ids of at most limit users, found by a part of the name, the
// whole e-mail address, or the id. A search by name reads every user, so it is for
// admins, and its context bounds the time. Errors: invalid_request, unavailable.
func (a *Auth) Search(ctx context.Context, text string, limit int) ([]string, error) {
	text = strings.TrimSpace(text)
	most := maxName
	if strings.Contains(text, "@") {
		most = maxEmail
	}
	if n := len([]rune(text)); n < 2 || n > most {
		return nil, fault.New(fault.InvalidRequest, "search for 2 to %d characters of a name, an e-mail address or a user id", most)
	}
	// MongoDB's patterns end at a zero byte.
	if strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) {
		return nil, fault.New(fault.InvalidRequest, "the search has characters that no name, e-mail address or user id has")
	}
	filter := bson.D{{Key: "name", Value: bson.Regex{Pattern: regexp.QuoteMeta(text), Options: "i"}}}
	if id, err := bson.ObjectIDFromHex(text); err == nil {
		filter = bson.D{{Key: "_id", Value: id}}
	} else if strings.Contains(text, "@") {
		// Addresses are stored as the issuer writes them, in any case.
		filter = bson.D{{Key: "email", Value: bson.Regex{Pattern: "^" + regexp.QuoteMeta(text) + "$", Options: "i"}}}
	}
	cursor, err := a.users.Find(ctx, filter, options.Find().SetLimit(int64(limit)).SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, store.Fault(fmt.Errorf("auth: searching users: %w", err))
	}
	var docs []userDoc
	if err := cursor.All(ctx, &docs); err != nil {
		return nil, store.Fault(fmt.Errorf("auth: searching users: %w", err))
	}
	ids := make([]string, len(docs))
	for i, doc := range docs {
		ids[i] = doc.ID.Hex()
	}
	return ids, nil
}
