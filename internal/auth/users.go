package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/text"
)

// userDoc is a document of the users collection.
type userDoc struct {
	ID         bson.ObjectID `bson:"_id"`
	Email      string        `bson:"email"`
	GoogleID   string        `bson:"googleId"` // the subject at the issuer
	Name       string        `bson:"name"`
	LastActive time.Time     `bson:"lastActive"`
}

// maxName is the longest name that is stored, in characters.
const maxName = 100

// userID derives a user's id from the realm and the subject, so that all nodes
// compute the same. Never from the e-mail address, which may pass to another
// person.
func userID(realm, subject string) bson.ObjectID {
	sum := sha256.Sum256([]byte(realm + "\n" + subject))
	return bson.ObjectID(sum[:12])
}

// identity is what an issuer says of a user.
type identity struct {
	realm, subject string
	email, name    string
	confirmed      bool // the issuer has verified the e-mail address
	verified       bool // the same, and the issuer may give roles
	guest          bool
}

// signedIn creates or updates the user of an identity. Creating is an insert, so
// that of two nodes one creates and the other updates.
func (a *Auth) signedIn(ctx context.Context, who identity) (User, error) {
	doc := userDoc{
		ID:         userID(who.realm, who.subject),
		Email:      who.email,
		GoogleID:   who.subject,
		Name:       nameOr(who.name, who.email),
		LastActive: a.o.Now().UTC().Truncate(time.Millisecond),
	}
	_, err := a.users.InsertOne(ctx, doc)
	if mongo.IsDuplicateKeyError(err) {
		_, err = a.users.UpdateOne(ctx, bson.D{{Key: "_id", Value: doc.ID}}, bson.D{{Key: "$set", Value: bson.D{
			{Key: "email", Value: doc.Email},
			{Key: "name", Value: doc.Name},
			{Key: "lastActive", Value: doc.LastActive},
		}}})
	}
	if err != nil {
		return User{}, store.Fault(fmt.Errorf("auth: storing a user: %w", err))
	}
	user := User{ID: doc.ID.Hex(), Email: doc.Email, Name: doc.Name, Unverified: !who.verified, Confirmed: who.confirmed || who.verified, Guest: who.guest}
	user.Roles = a.roles(user)
	return user, nil
}

// nameOr returns a printable name: the name without invisible characters, or the
// e-mail's local part, or "Fan".
func nameOr(name, email string) string {
	if name = text.CleanName(name, maxName); name != "" {
		return name
	}
	local, _, _ := strings.Cut(email, "@")
	if local = text.CleanName(local, maxName); local != "" {
		return local
	}
	return "Fan"
}

// namesAtOnce bounds one query of Names.
const namesAtOnce = 500

// Names returns the names of users, by id. Unknown users are omitted. Errors:
// invalid_request for an invalid id, unavailable.
func (a *Auth) Names(ctx context.Context, ids []string) (map[string]string, error) {
	wanted := make([]bson.ObjectID, 0, len(ids))
	for _, id := range ids {
		parsed, err := bson.ObjectIDFromHex(id)
		if err != nil {
			return nil, fault.Wrap(fault.InvalidRequest, err, "invalid user id %q: a user id has 24 hexadecimal digits", id)
		}
		wanted = append(wanted, parsed)
	}
	names := make(map[string]string, len(ids))
	for some := range slices.Chunk(wanted, namesAtOnce) {
		cursor, err := a.users.Find(ctx,
			bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: some}}}},
			options.Find().SetProjection(bson.D{{Key: "name", Value: 1}}))
		if err != nil {
			return nil, store.Fault(fmt.Errorf("auth: reading names: %w", err))
		}
		var docs []userDoc
		if err := cursor.All(ctx, &docs); err != nil {
			return nil, store.Fault(fmt.Errorf("auth: reading names: %w", err))
		}
		for _, doc := range docs {
			names[doc.ID.Hex()] = doc.Name
		}
	}
	return names, nil
}
