package pass

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/store"
)

const (
	typ    = "usher-pass"
	issuer = "usher"
	// anyAudience is the audience of a pass that names none.
	anyAudience = "pass"

	// Life is how long a pass is valid, unless its fan's session ends earlier.
	Life = 5 * time.Minute
	// skew is how far the clocks of two nodes may differ.
	skew = 5 * time.Second
	// kept is how long the record of a redeemed pass stays: a shop that repeats a
	// request learns that its pass was redeemed, and not that it has expired.
	kept = time.Hour

	maxAudience = 200     // bytes
	maxPass     = 4 << 10 // bytes

	sweepInterval = 10 * time.Minute
)

const collectionName = "passes"

// Options configures a Desk. All fields but Now and Logger are required.
type Options struct {
	Keys  *keys.Ring // signs passes, with keys of sessions
	Mongo *mongo.Database
	// Active returns the end of the session of an active user; ok is false for any other
	// user.
	Active func(ctx context.Context, season, user string) (end time.Time, ok bool, err error)
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger
}

// Desk issues and redeems passes. Safe for concurrent use.
type Desk struct {
	o       Options
	records *mongo.Collection
}

// New makes a Desk.
func New(o Options) *Desk {
	o.Keys = o.Keys.For(keys.Session)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Desk{o: o, records: o.Mongo.Collection(collectionName)}
}

// Pass is a signed pass.
type Pass struct {
	Text      string
	ExpiresAt time.Time
}

// claims are those of a pass. aud is one name and not a list, so that a shop compares two
// texts.
type claims struct {
	Issuer    string           `json:"iss"`
	Audience  string           `json:"aud"`
	Subject   string           `json:"sub"`
	Season    string           `json:"season"`
	ID        string           `json:"jti"`
	IssuedAt  *jwt.NumericDate `json:"iat"`
	ExpiresAt *jwt.NumericDate `json:"exp"`
}

func (c *claims) GetIssuer() (string, error)                   { return c.Issuer, nil }
func (c *claims) GetSubject() (string, error)                  { return c.Subject, nil }
func (c *claims) GetAudience() (jwt.ClaimStrings, error)       { return jwt.ClaimStrings{c.Audience}, nil }
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error)       { return c.IssuedAt, nil }
func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.ExpiresAt, nil }
func (c *claims) GetNotBefore() (*jwt.NumericDate, error)      { return nil, nil }

// Issue signs a pass for an active user. audience names the shop it is for; "" is any.
// Errors: invalid_request, not_admitted, unavailable.
func (d *Desk) Issue(ctx context.Context, season, user, audience string) (Pass, error) {
	audience, err := settled(audience)
	if err != nil {
		return Pass{}, err
	}
	end, ok, err := d.o.Active(ctx, season, user)
	if err != nil {
		return Pass{}, err
	}
	// Claims have whole seconds; the end is rounded down, so that no pass outlives it.
	now := d.o.Now()
	expires := now.Add(Life)
	if end.Before(expires) {
		expires = end
	}
	expires = expires.Truncate(time.Second)
	if !ok || !expires.After(now) {
		return Pass{}, fault.New(fault.NotAdmitted, "a pass is for fans who are in: wait for your turn and enter")
	}
	text, err := d.o.Keys.Sign(typ, &claims{
		Issuer: issuer, Audience: audience, Subject: user, Season: season, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
	})
	return Pass{Text: text, ExpiresAt: expires.UTC()}, err
}

// settled returns the audience of a pass that is asked for.
func settled(audience string) (string, error) {
	switch {
	case audience == "":
		return anyAudience, nil
	case len(audience) > maxAudience:
		return "", fault.New(fault.InvalidRequest, "audience has %d bytes; the most is %d", len(audience), maxAudience)
	case strings.ContainsFunc(audience, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return "", fault.New(fault.InvalidRequest, "audience %q has a space or a control character; it is a name such as shop.example", audience)
	}
	return audience, nil
}

// Result is the outcome of redeeming a pass.
type Result string

// The results. Only Redeemed lets the fan in.
const (
	Redeemed Result = "redeemed"
	Already  Result = "already_redeemed"
	Expired  Result = "expired"
	Invalid  Result = "invalid"
	Ended    Result = "ended" // the user's place is over
)

// Redemption is the answer to a pass. The other fields are zero for an Invalid pass;
// RedeemedAt is zero unless the pass was redeemed, now or earlier.
type Redemption struct {
	Result     Result
	Season     string
	User       string
	RedeemedAt time.Time
}

// record says that a pass was redeemed. Records are inserted, and deleted long after
// their pass has expired.
type record struct {
	ID         string    `bson:"_id"` // the pass's jti
	Season     string    `bson:"season"`
	User       string    `bson:"user"`
	RedeemedAt time.Time `bson:"redeemedAt"`
	Until      time.Time `bson:"until"`
}

// Redeem redeems a pass for an audience and a season ("": any). The same pass is Redeemed by
// one call of all calls on all nodes. Errors: invalid_request, unavailable.
func (d *Desk) Redeem(ctx context.Context, text, audience, season string) (Redemption, error) {
	audience, err := settled(audience)
	if err != nil {
		return Redemption{}, err
	}
	c, expired := d.read(text, audience)
	if c == nil || season != "" && season != c.Season {
		return Redemption{Result: Invalid}, nil
	}
	answer := Redemption{Season: c.Season, User: c.Subject}
	was, err := store.Find[record](ctx, d.records, c.ID)
	if err != nil {
		return Redemption{}, store.Fault(err)
	}
	if was != nil {
		answer.Result, answer.RedeemedAt = Already, was.RedeemedAt.UTC()
		return answer, nil
	}
	if expired {
		answer.Result = Expired
		return answer, nil
	}
	if _, ok, err := d.o.Active(ctx, c.Season, c.Subject); err != nil {
		return Redemption{}, err
	} else if !ok {
		answer.Result = Ended
		return answer, nil
	}
	mine := record{ID: c.ID, Season: c.Season, User: c.Subject, RedeemedAt: d.o.Now().UTC().Truncate(time.Millisecond), Until: c.ExpiresAt.UTC().Add(kept)}
	_, err = d.records.InsertOne(ctx, mine)
	answer.Result, answer.RedeemedAt = Redeemed, mine.RedeemedAt
	if mongo.IsDuplicateKeyError(err) {
		was, err = store.Find[record](ctx, d.records, c.ID)
		answer.Result = Already
		if was != nil {
			answer.RedeemedAt = was.RedeemedAt.UTC()
		}
	}
	if err != nil {
		return Redemption{}, store.Fault(fmt.Errorf("pass: recording a redemption: %w", err))
	}
	return answer, nil
}

// read returns the claims of a genuine pass for this audience, nil for any other text,
// and whether the pass has expired.
func (d *Desk) read(text, audience string) (_ *claims, expired bool) {
	if len(text) > maxPass {
		return nil, false
	}
	var c claims
	err := d.o.Keys.Verify(typ, text, &c,
		jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(skew), jwt.WithTimeFunc(d.o.Now))
	expired = errors.Is(err, jwt.ErrTokenExpired)
	if err != nil && (!expired || wrongToo(err)) || c.ID == "" || c.Subject == "" || c.Season == "" {
		return nil, false
	}
	// The leeway is for the clock of the node that issued the pass, not for its end.
	return &c, expired || !d.o.Now().Before(c.ExpiresAt.Time)
}

// wrongToo reports whether an expired pass has another fault besides.
func wrongToo(err error) bool {
	for _, other := range []error{
		jwt.ErrTokenMalformed, jwt.ErrTokenUnverifiable, jwt.ErrTokenSignatureInvalid,
		jwt.ErrTokenInvalidAudience, jwt.ErrTokenInvalidIssuer, jwt.ErrTokenUsedBeforeIssued, jwt.ErrTokenRequiredClaimMissing,
	} {
		if errors.Is(err, other) {
			return true
		}
	}
	return false
}

// Run deletes the records of passes that expired long ago, until ctx ends. It returns nil.
func (d *Desk) Run(ctx context.Context) error {
	for {
		_, err := d.records.DeleteMany(ctx, bson.D{{Key: "until", Value: bson.D{{Key: "$lt", Value: d.o.Now().UTC()}}}})
		if err != nil && ctx.Err() == nil {
			d.o.Logger.WarnContext(ctx, "deleting old redemptions failed: the next round deletes them", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(sweepInterval):
		}
	}
}
