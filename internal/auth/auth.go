package auth

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/keys"
)

// Roles of the contract.
const (
	RoleAdmin = "admin"
	RoleStaff = "staff"
)

// Options configures an Auth.
type Options struct {
	Redis        redis.UniversalClient
	Mongo        *mongo.Database
	Keys         *keys.Ring
	Issuer       string // OpenID issuer; discovered at the first sign-in, and again after a failure
	ClientID     string // "": sign-in through the provider is refused
	ClientSecret string
	AdminEmails  []string
	StaffEmails  []string
	// Revoked hears of a session revoked on any node. It must not block.
	Revoked func(session string)
	Logger  *slog.Logger
	Now     func() time.Time // default time.Now
}

// User is a user of the users collection.
type User struct {
	ID    string // 24 hex
	Email string
	Name  string
	Roles []string // never nil
}

// Has reports whether the user has a role.
func (u User) Has(role string) bool {
	for _, r := range u.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// Session is a signed-in user's session.
type Session struct {
	ID        string // sid
	User      User
	ExpiresAt time.Time
}

// Auth signs users in and checks their sessions. Safe for concurrent use.
type Auth struct{ o Options }

// New checks the options. Nothing runs before Run.
func New(o Options) (*Auth, error) { return &Auth{o: o}, nil }

// Run listens for revocations of other nodes until ctx ends, then returns nil.
func (a *Auth) Run(ctx context.Context) error { panic("auth: not built") }

// SignIn verifies an ID token with the issuer and creates or updates its user.
// Errors: invalid_credential, unavailable (the issuer or a store).
func (a *Auth) SignIn(ctx context.Context, credential string) (User, error) {
	panic("auth: not built")
}

// SignInCode exchanges an authorization code (PKCE S256) and signs in with the
// ID token it yields.
func (a *Auth) SignInCode(ctx context.Context, code, codeVerifier, redirectURI string) (User, error) {
	panic("auth: not built")
}

// SignInDev signs in anybody by e-mail and name; usher-dev only.
func (a *Auth) SignInDev(ctx context.Context, email, name string) (User, error) {
	panic("auth: not built")
}

// BeginRedirect starts the browser's redirect flow: where to send it, and the
// signed value of a short-lived cookie that FinishRedirect wants back (state,
// nonce, PKCE verifier, and where in the app to return to).
func (a *Auth) BeginRedirect(ctx context.Context, redirectURI, returnTo string) (location, cookie string, err error) {
	panic("auth: not built")
}

// FinishRedirect checks state and nonce, exchanges the code and signs in.
func (a *Auth) FinishRedirect(ctx context.Context, redirectURI, cookie string, query url.Values) (user User, returnTo string, err error) {
	panic("auth: not built")
}

// Issue makes a new session of a user and its token.
func (a *Auth) Issue(user User) (Session, string, error) { panic("auth: not built") }

// Authenticate returns the session of a token. Errors: unauthenticated,
// unavailable when Redis cannot say whether it was revoked.
func (a *Auth) Authenticate(ctx context.Context, token string) (Session, error) {
	panic("auth: not built")
}

// Revoke ends a session on every node until its token runs out.
func (a *Auth) Revoke(ctx context.Context, s Session) error { panic("auth: not built") }

// Names returns the names of users, by id.
func (a *Auth) Names(ctx context.Context, ids []string) (map[string]string, error) {
	panic("auth: not built")
}
