package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
	"usher/internal/ticket"
	"usher/internal/wire"
)

// VoidsType is the JWS header typ of a void list.
const VoidsType = "usher-voids"

// Voids is a verified void list: the ids of the refunded tickets of a season. It is
// immutable.
type Voids struct {
	Season string
	AsOf   time.Time // when the list was made
	ids    []string  // sorted
}

// Has reports whether a ticket is on the list.
func (v *Voids) Has(ticket string) bool {
	_, found := slices.BinarySearch(v.ids, ticket)
	return found
}

// Len returns the number of tickets on the list.
func (v *Voids) Len() int { return len(v.ids) }

// voidsClaims are the content of the signature of a void list.
type voidsClaims struct {
	Issuer   string    `json:"iss"`
	Audience string    `json:"aud"`
	IssuedAt int64     `json:"iat"`
	Season   string    `json:"season"`
	AsOf     wire.Time `json:"asOf"`
	Voids    []string  `json:"voids"`
}

func (c *voidsClaims) GetIssuer() (string, error) { return c.Issuer, nil }
func (c *voidsClaims) GetAudience() (jwt.ClaimStrings, error) {
	return jwt.ClaimStrings{c.Audience}, nil
}
func (c *voidsClaims) GetSubject() (string, error)             { return "", nil }
func (c *voidsClaims) GetNotBefore() (*jwt.NumericDate, error) { return nil, nil }

// GetExpirationTime returns nil: the staff at the gate decide how old a list may be.
func (c *voidsClaims) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }

func (c *voidsClaims) GetIssuedAt() (*jwt.NumericDate, error) {
	return jwt.NewNumericDate(time.Unix(c.IssuedAt, 0)), nil
}

// SignVoids makes the response of GET /checkins/voids from the ids of the void tickets
// of a season.
func SignVoids(ring *keys.Ring, season string, asOf time.Time, ids []string) (wire.Voids, error) {
	list := wire.Voids{Season: season, AsOf: wire.At(asOf), Voids: slices.Sorted(slices.Values(ids))}
	if list.Voids == nil {
		list.Voids = []string{}
	}
	var err error
	list.Signed, err = ring.Sign(VoidsType, &voidsClaims{
		Issuer: ticket.Issuer, Audience: ticket.Audience, IssuedAt: asOf.Unix(),
		Season: season, AsOf: list.AsOf, Voids: list.Voids,
	})
	return list, err
}

// ReadVoids verifies and decodes a list made by SignVoids. ReadVoids uses the signed
// text only: the other fields of the file may be forged.
func ReadVoids(public *keys.Public, text []byte) (*Voids, error) {
	var list struct {
		Signed string `json:"signed"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("the file is not JSON: %w", err)
	}
	var claims voidsClaims
	err := public.Verify(VoidsType, list.Signed, &claims, jwt.WithIssuer(ticket.Issuer), jwt.WithAudience(ticket.Audience))
	if err != nil {
		return nil, fmt.Errorf("the field signed is not a void list signed by these keys: %w", err)
	}
	if claims.Season == "" || claims.Voids == nil {
		return nil, errors.New("the signed text has no season or no list of tickets")
	}
	return &Voids{Season: claims.Season, AsOf: time.Time(claims.AsOf), ids: slices.Sorted(slices.Values(claims.Voids))}, nil
}
