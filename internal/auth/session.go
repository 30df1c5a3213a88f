package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/fault"
	"usher/internal/store"
)

const (
	typSession  = "JWT"
	party       = "usher" // both issuer and audience of a session token
	sessionLife = 12 * time.Hour
)

// sessionClaims are a session token's claims, contract section 2. The audience
// is one string there, which jwt.RegisteredClaims would write as a list.
type sessionClaims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	Session  string `json:"sid"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	// Roles are for clients that read the token; they grant nothing here.
	Roles []string `json:"roles"`
	// EmailVerified is false when the issuer does not vouch for the address. A
	// token without it was made by a program that vouches for what it signs.
	EmailVerified *bool            `json:"email_verified,omitempty"`
	IssuedAt      *jwt.NumericDate `json:"iat"`
	ExpiresAt     *jwt.NumericDate `json:"exp"`
}

func (c *sessionClaims) GetIssuer() (string, error)  { return c.Issuer, nil }
func (c *sessionClaims) GetSubject() (string, error) { return c.Subject, nil }
func (c *sessionClaims) GetAudience() (jwt.ClaimStrings, error) {
	return jwt.ClaimStrings{c.Audience}, nil
}
func (c *sessionClaims) GetIssuedAt() (*jwt.NumericDate, error)       { return c.IssuedAt, nil }
func (c *sessionClaims) GetExpirationTime() (*jwt.NumericDate, error) { return c.ExpiresAt, nil }
func (c *sessionClaims) GetNotBefore() (*jwt.NumericDate, error)      { return nil, nil }

// Issue makes a new session of a user and its token.
func (a *Auth) Issue(user User) (Session, string, error) {
	now := a.o.Now().UTC().Truncate(time.Second) // what the token can say
	user.Roles = a.roles(user)
	session := Session{ID: random(16), User: user, ExpiresAt: now.Add(sessionLife)}
	claims := sessionClaims{
		Issuer: party, Audience: party, Subject: user.ID, Session: session.ID,
		Email: user.Email, Name: user.Name, Roles: user.Roles,
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(session.ExpiresAt),
	}
	if user.Unverified {
		claims.EmailVerified = new(bool)
	}
	token, err := a.o.Keys.Sign(typSession, &claims)
	if err != nil {
		return Session{}, "", err
	}
	return session, token, nil
}

// Authenticate returns the session of a token. Errors: unauthenticated,
// unavailable when Redis cannot say whether it was revoked.
func (a *Auth) Authenticate(ctx context.Context, token string) (Session, error) {
	if token == "" {
		return Session{}, fault.New(fault.Unauthenticated, "nobody is signed in")
	}
	var claims sessionClaims
	err := a.o.Keys.Verify(typSession, token, &claims,
		jwt.WithIssuer(party), jwt.WithAudience(party), jwt.WithExpirationRequired(), jwt.WithTimeFunc(a.o.Now))
	if err != nil {
		return Session{}, fault.Wrap(fault.Unauthenticated, err, "the session is not valid any more; sign in again")
	}
	if claims.Session == "" || claims.Subject == "" {
		return Session{}, fault.New(fault.Unauthenticated, "the session names nobody; sign in again")
	}
	revoked, err := a.o.Redis.Exists(ctx, revokedKey(claims.Session)).Result()
	if err != nil {
		return Session{}, store.Fault(fmt.Errorf("auth: asking for a revocation: %w", err))
	}
	if revoked > 0 {
		return Session{}, fault.New(fault.Unauthenticated, "the session was signed out; sign in again")
	}
	user := User{ID: claims.Subject, Email: claims.Email, Name: claims.Name}
	user.Unverified = claims.EmailVerified != nil && !*claims.EmailVerified
	user.Roles = a.roles(user)
	return Session{ID: claims.Session, User: user, ExpiresAt: claims.ExpiresAt.UTC()}, nil
}
