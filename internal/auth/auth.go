package auth

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/batch"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/limit"
	"usher/internal/store"
)

// The roles a user may have.
const (
	RoleAdmin = "admin"
	RoleStaff = "staff"
	RoleDesk  = "desk" // of the box office; an admin may do all that the desk may
)

// Options configures an Auth.
type Options struct {
	Redis        redis.UniversalClient
	Mongo        *mongo.Database
	Keys         *keys.Ring
	Issuer       string // OpenID issuer; discovered at the first sign-in, and again after a failure
	ClientID     string // "": sign-in through the provider is refused
	ClientSecret string
	// Providers are more OpenID providers beside Issuer, each with users of its own.
	Providers []ProviderOptions
	// Realm and the issuer's subject determine a user's id. The default is Issuer.
	// A provider whose address changes at each start needs a fixed Realm.
	Realm string
	// The users with a role on this node: by e-mail address, if Issuer has verified
	// the address, or by subject (the issuer's name for the user, or the user's id;
	// "shop:123" is the subject 123 of the provider shop).
	AdminEmails   []string
	StaffEmails   []string
	DeskEmails    []string
	AdminSubjects []string
	StaffSubjects []string
	DeskSubjects  []string
	// Revoked is called with each session that is revoked on any node, this one
	// included, possibly more than once. It must not block.
	Revoked func(session string)
	// CutOff is called when the sessions of a user or of all users were ended by a
	// cutoff, on any node. The owner of long-lived connections should then call
	// RevokedAmong. It must not block.
	CutOff func()
	Logger *slog.Logger     // default: discard
	Now    func() time.Time // default time.Now
}

// User is a user of the users collection.
type User struct {
	ID    string // 24 hex
	Email string
	Name  string
	Roles []string // from the lists of this node; never nil
	// Unverified: the issuer has not verified the e-mail address, so the address
	// gives no role.
	Unverified bool
	// Confirmed: the provider has verified the e-mail address, whether or not it may give
	// roles. Only confirmed addresses get mail.
	Confirmed bool
	Guest     bool // a browser without an account
}

// Signature is how the audit log names the user: the e-mail address, or the id when the
// provider tells no address.
func (u User) Signature() string { return cmp.Or(u.Email, u.ID) }

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
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Auth signs users in and checks their sessions. Its methods of signing in are those of
// the first provider; ProviderOf returns the others. Safe for concurrent use.
type Auth struct {
	*Provider
	others []*Provider

	o      Options
	log    *slog.Logger
	users  *mongo.Collection
	limits *limit.Limiter

	signOuts  *mongo.Collection
	cutoffs   *Cutoffs
	restoring chan struct{} // has a token while revocations are restored
	seen      seenSessions
	sessions  *redis.Script // records sessions of a user

	// verified are the sessions of tokens whose signatures this node has checked,
	// by the SHA-256 of the token. Revocations are still checked at each request.
	verified *lru.Cache[[sha256.Size]byte, Session]
	asking   *batch.Batcher[question, reply]

	admins roleList
	staff  roleList
	desk   roleList

	silence time.Duration // of the subscription; 0: the default. Tests set it.
}

// New checks the options. Nothing runs until Run.
func New(o Options) (*Auth, error) {
	var problems []error
	if o.Redis == nil {
		problems = append(problems, errors.New("auth: Options.Redis is missing"))
	}
	if o.Mongo == nil {
		problems = append(problems, errors.New("auth: Options.Mongo is missing"))
	}
	if o.Keys == nil {
		problems = append(problems, errors.New("auth: Options.Keys is missing: the keys sign session tokens"))
	}
	if o.ClientID != "" && o.Issuer == "" {
		problems = append(problems, errors.New("auth: Options.ClientID needs an issuer in Options.Issuer"))
	}
	problems = append(problems, checkProviders(o)...)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	o.Keys = o.Keys.For(keys.Session)
	if o.Realm == "" {
		o.Realm = o.Issuer
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Revoked == nil {
		o.Revoked = func(string) {}
	}
	if o.CutOff == nil {
		o.CutOff = func() {}
	}
	verified, err := lru.New[[sha256.Size]byte, Session](maxVerified)
	if err != nil {
		return nil, err
	}
	a := &Auth{
		verified: verified,
		o:        o,
		log:      o.Logger,
		users:    o.Mongo.Collection("users"),
		limits:   limit.New(o.Redis, o.Logger, nil),
		sessions: redis.NewScript(sessionsText),
		signOuts: o.Mongo.Collection(signOutsName), cutoffs: NewCutoffs(o.Redis, o.Mongo), restoring: make(chan struct{}, 1),
	}
	a.openProviders()
	a.admins = a.newRoleList(o.AdminEmails, o.AdminSubjects)
	a.staff = a.newRoleList(o.StaffEmails, o.StaffSubjects)
	a.desk = a.newRoleList(o.DeskEmails, o.DeskSubjects)
	a.asking = batch.New(a.askAll)
	return a, nil
}

// RevokeOf ends one session of a user by its id. Errors: not_found when the user
// has no such session, unavailable.
func (a *Auth) RevokeOf(ctx context.Context, user, id string) error {
	live, err := a.Sessions(ctx, user)
	if err != nil {
		return err
	}
	for _, s := range live {
		if s.ID == id {
			return a.Revoke(ctx, Session{ID: s.ID, User: User{ID: user}, ExpiresAt: s.ExpiresAt})
		}
	}
	return fault.New(fault.NotFound, "you have no session with this id")
}

// Limits returns the limiter of users and addresses, which counts over all nodes.
func (a *Auth) Limits() *limit.Limiter { return a.limits }

// Run receives revocations of other nodes and records sessions that are seen, until
// ctx ends; then it returns nil.
func (a *Auth) Run(ctx context.Context) error {
	defer a.closeIdle()
	var loops sync.WaitGroup
	loops.Go(func() { every(ctx, noteInterval, a.noteSeen) })
	loops.Go(func() { every(ctx, sweepInterval, a.sweepSignOuts) })
	// A message that is lost is found by RevokedAmong.
	store.NewSubscription(store.SubscriptionOptions{
		Redis: a.o.Redis, Name: "revoked sessions", Silence: a.silence, Logger: a.log,
		Message: func(channel, message string) {
			if channel == cutoffsChannel {
				a.o.CutOff()
			} else {
				a.o.Revoked(message)
			}
		},
	}, revocations, cutoffsChannel).Run(ctx)
	loops.Wait()
	return nil
}

// every calls once after each pause until ctx ends.
func every(ctx context.Context, pause time.Duration, once func(context.Context)) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			once(ctx)
		}
	}
}
