package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/fault"
)

const (
	typGuest   = "usher-guest"
	guestRealm = "guest"
	// GuestLife is how long a browser keeps its identity as a guest after the last
	// sign-in: from a presale to the day of the event.
	GuestLife = 400 * 24 * time.Hour // the longest that browsers keep a cookie
	// guestSubject is the size of a guest's subject in bytes: not guessable.
	guestSubject = 16
)

// guestClaims name a guest in the cookie of the guest's browser.
type guestClaims struct {
	jwt.RegisteredClaims
}

// SignInGuest signs in a browser without an account: the guest whom the cookie names, or
// a new one when it is empty, expired or not ours. It returns the cookie to keep. A guest
// is a random subject with a realm of its own, so no guest has a role or is a user of a
// provider. Error: unavailable.
func (a *Auth) SignInGuest(ctx context.Context, cookie string) (user User, kept string, err error) {
	var was guestClaims
	subject := ""
	if cookie != "" && a.o.Keys.Verify(typGuest, cookie, &was, jwt.WithExpirationRequired(), jwt.WithTimeFunc(a.o.Now)) == nil {
		subject = was.Subject
	}
	if subject == "" {
		subject = random(guestSubject)
	}
	kept, err = a.o.Keys.Sign(typGuest, guestClaims{jwt.RegisteredClaims{
		Subject: subject, ExpiresAt: jwt.NewNumericDate(a.o.Now().Add(GuestLife)),
	}})
	if err != nil {
		return User{}, "", err
	}
	user, err = a.signedIn(ctx, identity{realm: guestRealm, subject: subject, name: guestName(subject), guest: true})
	return user, kept, err
}

// guestName returns a name by which staff can tell guests apart. It does not reveal the
// subject.
func guestName(subject string) string {
	id := userID(guestRealm, subject).Hex()
	return "Guest " + id[:6]
}

// ErrGuest is the answer to a guest where an account is needed.
func ErrGuest() error {
	return fault.New(fault.Forbidden, "this season takes no guests: sign in with an account")
}

// random returns n random bytes as base64url.
func random(n int) string {
	bytes := make([]byte, n)
	_, _ = rand.Read(bytes) // never fails
	return base64.RawURLEncoding.EncodeToString(bytes)
}
