package gate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"usher/booking"
	"usher/internal/keys"
)

// issuer of all that Usher signs.
const issuer = "usher"

// maxCode is the longest code looked at, in bytes: more than any QR code holds.
const maxCode = 4096

// ReadTicket verifies the code of a ticket and returns what it says. Its error
// says in words for staff why it is none.
func ReadTicket(public *keys.Public, code string) (booking.TicketClaims, error) {
	code = strings.TrimSpace(code)
	if len(code) > maxCode || strings.Count(code, ".") != 2 {
		return booking.TicketClaims{}, errors.New("this is no ticket's code")
	}
	var claims booking.TicketClaims
	err := public.Verify(booking.TicketType, code, &claims, jwt.WithIssuer(issuer), jwt.WithAudience(booking.TicketAudience))
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return booking.TicketClaims{}, errors.New("the signature is wrong: the code was changed or forged")
	case err != nil:
		// Of what the library says around it, the last is what is wrong.
		parts := strings.Split(err.Error(), ": ")
		return booking.TicketClaims{}, fmt.Errorf("this is no ticket of these keys: %s", parts[len(parts)-1])
	case claims.ID == "" || claims.Season == "" || claims.Seat == "":
		return booking.TicketClaims{}, errors.New("the code names no ticket, season or seat")
	}
	return claims, nil
}
