package booking

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// What a ticket's code is signed as: any scanner that knows the public keys can
// verify it offline, and nothing else Usher signs passes for one.
const (
	TicketType     = "usher-ticket" // the JWS' typ
	TicketAudience = "gate"
	ticketIssuer   = "usher"
)

// TicketClaims are what a ticket's code says.
type TicketClaims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	ID       string `json:"jti"` // the ticket's
	Season   string `json:"season"`
	Seat     string `json:"seat"` // its number
	IssuedAt int64  `json:"iat"`  // seconds
}

// GetIssuer and the rest make the claims checkable by jwt.
func (c *TicketClaims) GetIssuer() (string, error) { return c.Issuer, nil }

// GetAudience is always one.
func (c *TicketClaims) GetAudience() (jwt.ClaimStrings, error) {
	return jwt.ClaimStrings{c.Audience}, nil
}

// GetSubject is empty: a ticket names no user.
func (c *TicketClaims) GetSubject() (string, error) { return "", nil }

// GetIssuedAt is when the sale was decided.
func (c *TicketClaims) GetIssuedAt() (*jwt.NumericDate, error) {
	return jwt.NewNumericDate(time.Unix(c.IssuedAt, 0)), nil
}

// GetExpirationTime is none: what ends a ticket is the gate or a void.
func (c *TicketClaims) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }

// GetNotBefore is none.
func (c *TicketClaims) GetNotBefore() (*jwt.NumericDate, error) { return nil, nil }
