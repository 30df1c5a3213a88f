package ticket

import (
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
)

// How the code of an older ticket is signed, a compact JWS. The type keeps tickets apart
// from everything else that Usher signs as JWS.
const (
	Type     = "usher-ticket" // the JWS header typ
	Audience = "gate"
	Issuer   = "usher"
)

// Claims are the content of a ticket's code. A compact code has no issuer and no audience:
// its Claims have those of a JWS.
type Claims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	ID       string `json:"jti"` // ticket id
	Season   string `json:"season"`
	Seat     string `json:"seat"` // seat number
	IssuedAt int64  `json:"iat"`  // seconds
}

// Verifier checks signatures and the registered claims of a JWS, as keys.Ring and
// keys.Public do.
type Verifier interface {
	Verify(typ, token string, claims jwt.Claims, options ...jwt.ParserOption) error
	VerifyBytes(id keys.ID, message, signature []byte) error
}

// Verify checks a code, compact or JWS, and returns its claims. Verify does not check the
// time of issue, because a gate whose clock is slow must still admit. Errors of a compact
// code: ErrForm, keys.ErrUnknownKey, keys.ErrSignature. Those of a JWS are of package jwt.
func Verify(verifier Verifier, code string) (Claims, error) {
	if strings.HasPrefix(code, Prefix) {
		return verifyCompact(verifier, code)
	}
	var claims Claims
	if err := verifier.Verify(Type, code, &claims, jwt.WithIssuer(Issuer), jwt.WithAudience(Audience)); err != nil {
		return Claims{}, err
	}
	return claims, nil
}

// GetIssuer and the methods below implement jwt.Claims.
func (c *Claims) GetIssuer() (string, error) { return c.Issuer, nil }

// GetAudience returns the one audience.
func (c *Claims) GetAudience() (jwt.ClaimStrings, error) {
	return jwt.ClaimStrings{c.Audience}, nil
}

// GetSubject returns "": a ticket contains no user.
func (c *Claims) GetSubject() (string, error) { return "", nil }

// GetIssuedAt returns the time at which the purchase was decided.
func (c *Claims) GetIssuedAt() (*jwt.NumericDate, error) {
	return jwt.NewNumericDate(time.Unix(c.IssuedAt, 0)), nil
}

// GetExpirationTime returns nil: a ticket ends by a check-in or a refund only.
func (c *Claims) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }

// GetNotBefore returns nil.
func (c *Claims) GetNotBefore() (*jwt.NumericDate, error) { return nil, nil }
