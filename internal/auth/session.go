package auth

import (
	"context"
	"crypto/sha256"
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
	maxVerified = 1 << 16 // tokens remembered as verified, the least used forgotten first
)

// sessionClaims are the claims of a session token (docs/protocol.md). The audience
// is a single string, which jwt.RegisteredClaims would write as a list.
type sessionClaims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	Session  string `json:"sid"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	// Roles are for clients that read the token; the server ignores them.
	Roles []string `json:"roles"`
	// EmailVerified is false when the issuer has not verified the address. Absent
	// means verified: tokens of other programs, which sign only verified addresses,
	// have no such claim.
	EmailVerified *bool `json:"email_verified,omitempty"`
	// EmailConfirmed is for addresses that a provider without roles has verified.
	EmailConfirmed bool             `json:"email_confirmed,omitempty"`
	Guest          bool             `json:"guest,omitempty"` // a browser without an account
	IssuedAt       *jwt.NumericDate `json:"iat"`
	ExpiresAt      *jwt.NumericDate `json:"exp"`
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
	now := a.o.Now().UTC().Truncate(time.Second) // the precision of a token
	user.Roles = a.roles(user)
	session := Session{ID: random(16), User: user, IssuedAt: now, ExpiresAt: now.Add(sessionLife)}
	claims := sessionClaims{
		Issuer: party, Audience: party, Subject: user.ID, Session: session.ID,
		Email: user.Email, Name: user.Name, Roles: user.Roles, Guest: user.Guest,
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(session.ExpiresAt),
	}
	if user.Unverified {
		claims.EmailVerified, claims.EmailConfirmed = new(bool), user.Confirmed
	}
	token, err := a.o.Keys.Sign(typSession, &claims)
	if err != nil {
		return Session{}, "", err
	}
	a.verified.Add(sha256.Sum256([]byte(token)), session)
	return session, token, nil
}

// Authenticate returns the session of a token, and takes one from each budget of
// its user. Errors: unauthenticated, rate_limited, unavailable when the stores
// cannot tell whether the session is revoked.
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
	a.seen.note(session, a.o.Now())
	return session, nil
}

// Read returns the session of a token without asking a store: the session may be
// revoked. Error: unauthenticated.
func (a *Auth) Read(token string) (Session, error) { return a.read(token) }

// Live returns nil if the session is not revoked. Errors: unauthenticated,
// unavailable.
func (a *Auth) Live(ctx context.Context, s Session) error { return a.ask(ctx, s, nil) }

// read returns the session of a token. It verifies each token once: checking a
// signature is most of the cost of a request, and a client sends the same token
// with every request.
func (a *Auth) read(token string) (Session, error) {
	if token == "" {
		return Session{}, fault.New(fault.Unauthenticated, "the session token is empty; sign in again")
	}
	hash := sha256.Sum256([]byte(token))
	if session, ok := a.verified.Get(hash); ok && a.o.Now().Before(session.ExpiresAt) {
		return session, nil
	}
	session, err := a.verify(token)
	if err == nil {
		a.verified.Add(hash, session)
	}
	return session, err
}

func (a *Auth) verify(token string) (Session, error) {
	var claims sessionClaims
	err := a.o.Keys.Verify(typSession, token, &claims,
		jwt.WithIssuer(party), jwt.WithAudience(party), jwt.WithExpirationRequired(), jwt.WithTimeFunc(a.o.Now))
	if err != nil {
		return Session{}, fault.Wrap(fault.Unauthenticated, err, "the session is not valid any more; sign in again")
	}
	if claims.Session == "" || claims.Subject == "" {
		return Session{}, fault.New(fault.Unauthenticated, "the session token has no session or no user; sign in again")
	}
	user := User{ID: claims.Subject, Email: claims.Email, Name: claims.Name, Guest: claims.Guest}
	user.Unverified = claims.EmailVerified != nil && !*claims.EmailVerified
	user.Confirmed = !user.Unverified || claims.EmailConfirmed
	user.Roles = a.roles(user)
	session := Session{ID: claims.Session, User: user, ExpiresAt: claims.ExpiresAt.UTC()}
	if claims.IssuedAt != nil {
		session.IssuedAt = claims.IssuedAt.UTC()
	}
	return session, nil
}

// question is one caller's request to Redis.
type question struct {
	session Session
	budgets []limit.Budget
}

// reply is Redis' answer to one question.
type reply struct {
	revoked  bool
	complete bool // Redis has all revocations of the session's slot
	err      error
	spent    []limit.Asked
}

// ask checks in Redis whether a session is revoked, and takes from the budgets of
// its user, in one round trip that concurrent callers share. When the mark of
// complete revocations is missing, Redis has lost some, so they are restored first.
func (a *Auth) ask(ctx context.Context, s Session, budgets []limit.Budget) error {
	slot := revocationSlot(s.ID)
	for range 2 {
		got, err := a.asking.Do(ctx, question{s, budgets})
		if err == nil {
			err = got.err
		}
		if err != nil {
			return store.Fault(fmt.Errorf("auth: reading a revocation: %w", err))
		}
		if got.revoked {
			return fault.New(fault.Unauthenticated, "the session was signed out; sign in again")
		}
		for _, each := range got.spent {
			if err := a.limits.Answer(ctx, each); err != nil {
				return err
			}
		}
		if got.complete {
			return nil
		}
		budgets = nil // spent
		if err := a.restoreOnce(ctx, slot); err != nil {
			return store.Fault(fmt.Errorf("auth: restoring revocations: %w", err))
		}
	}
	return fault.New(fault.Unavailable, "the sign-out of this session cannot be checked now; try again")
}

// askAll asks the questions of several callers. Each reply has errors of its own.
func (a *Auth) askAll(ctx context.Context, questions []question) ([]reply, error) {
	pipe := a.o.Redis.Pipeline()
	sessions := make([]Session, len(questions))
	replies := make([]reply, len(questions))
	for i, q := range questions {
		sessions[i] = q.session
		for _, b := range q.budgets {
			replies[i].spent = append(replies[i].spent, a.limits.Ask(ctx, pipe, b, q.session.User.ID))
		}
	}
	asked := askRevoked(ctx, pipe, sessions)
	_, _ = pipe.Exec(ctx) // each command has its own error
	for i := range replies {
		r := &replies[i]
		r.revoked, r.complete, r.err = asked.of(i)
	}
	return replies, nil
}
