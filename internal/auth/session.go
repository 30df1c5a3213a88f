package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/fault"
	"usher/internal/limit"
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
	session := Session{ID: random(16), User: user, IssuedAt: now, ExpiresAt: now.Add(sessionLife)}
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

// Authenticate returns the session of a token, and takes one from each budget of
// its user. Errors: unauthenticated, rate_limited, unavailable when the stores
// cannot say whether it was revoked.
func (a *Auth) Authenticate(ctx context.Context, token string, budgets ...limit.Budget) (Session, error) {
	session, err := a.read(token)
	if err != nil {
		return Session{}, err
	}
	for _, b := range budgets {
		if err := a.limits.Here(b, session.User.ID); err != nil {
			return Session{}, err
		}
	}
	if err := a.ask(ctx, session, budgets); err != nil {
		return Session{}, err
	}
	a.seen.see(session, a.o.Now())
	return session, nil
}

// Live says whether a session is still not revoked. Errors: unauthenticated,
// unavailable.
func (a *Auth) Live(ctx context.Context, s Session) error { return a.ask(ctx, s, nil) }

// read verifies a token.
func (a *Auth) read(token string) (Session, error) {
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
	user := User{ID: claims.Subject, Email: claims.Email, Name: claims.Name}
	user.Unverified = claims.EmailVerified != nil && !*claims.EmailVerified
	user.Roles = a.roles(user)
	session := Session{ID: claims.Session, User: user, ExpiresAt: claims.ExpiresAt.UTC()}
	if claims.IssuedAt != nil {
		session.IssuedAt = claims.IssuedAt.UTC()
	}
	return session, nil
}

// ask asks Redis in one round trip whether a session was revoked and whether its
// user's budgets have something left. A Redis without the mark that its revocations
// are all there has lost them: they are restored first.
func (a *Auth) ask(ctx context.Context, s Session, budgets []limit.Budget) error {
	slot := revocationSlot(s.ID)
	var revoked, complete bool
	for range 2 {
		pipe := a.o.Redis.Pipeline()
		got := pipe.MGet(ctx, revokedKey(s.ID), completeKey(slot))
		asked := make([]limit.Asked, len(budgets))
		for i, b := range budgets {
			asked[i] = a.limits.Ask(ctx, pipe, b, s.User.ID)
		}
		_, _ = pipe.Exec(ctx) // each command has its own error
		if err := got.Err(); err != nil {
			return store.Fault(fmt.Errorf("auth: asking for a revocation: %w", err))
		}
		if revoked, complete = readRevocation(got.Val()); revoked {
			return fault.New(fault.Unauthenticated, "the session was signed out; sign in again")
		}
		for _, each := range asked {
			if err := a.limits.Answer(ctx, each); err != nil {
				return err
			}
		}
		if complete {
			return nil
		}
		budgets = nil // spent
		if err := a.restoreOnce(ctx, slot); err != nil {
			return store.Fault(fmt.Errorf("auth: restoring revocations: %w", err))
		}
	}
	return fault.New(fault.Unavailable, "it is not known at the moment who has signed out; try again")
}
