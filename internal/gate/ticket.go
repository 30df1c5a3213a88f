package gate

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
	"usher/internal/ticket"
)

const (
	// maxCode is the longest code that is checked, in bytes: more than any QR code has.
	maxCode = 4096
	// leastCode is the length from which a text that begins like a code counts as
	// a damaged one.
	leastCode = 60
)

// ErrLayout says that a text is a ticket's code in another keyboard layout and cannot
// be read. The ticket may be good.
var ErrLayout = errors.New("the scanner types with another keyboard layout")

// errNoCode is the error for a text that does not look like a code.
var errNoCode = errors.New("this is no ticket's code")

// Read verifies the text that a scanner typed, and returns the code and its claims.
// Read undoes the effect of a keyboard layout, Caps Lock or the scanner's settings; the
// signature proves that the result is right. The error tells staff why the text is
// not a ticket. After ErrLayout the ticket may be good.
func Read(public *keys.Public, scanned string) (string, ticket.Claims, error) {
	if len(scanned) > maxCode {
		return "", ticket.Claims{}, errNoCode
	}
	code := clean(scanned)
	claims, err := verify(public, code)
	if err == nil || wellFormed(code) {
		return code, claims, err
	}
	if len(code) < leastCode {
		return code, claims, err
	}
	damaged := false
	// With what is around the code, too: on some layouts a quote is one of its signs.
	for _, typed := range []string{code, visible(scanned)} {
		damaged = damaged || startsLikeCode(startOf(typed))
		candidates := readings(typed, func(start string) bool {
			damaged = damaged || startsLikeCode(start)
			return strings.HasPrefix(clean(start), codeStart)
		})
		for _, reading := range candidates {
			reading = clean(reading)
			if claims, err := verify(public, reading); err == nil {
				return reading, claims, nil
			}
		}
	}
	if damaged {
		return "", ticket.Claims{}, ErrLayout
	}
	return code, claims, err
}

// ReadTicket is Read for the claims alone.
func ReadTicket(public *keys.Public, code string) (ticket.Claims, error) {
	_, claims, err := Read(public, code)
	return claims, err
}

// codeStart is the beginning of every code: the JSON of a header in base64.
const codeStart = "eyJ"

// startsLikeCode reports whether a text starts as codes do, ignoring case. The rest may
// be damaged beyond repair.
func startsLikeCode(text string) bool {
	text = clean(text)
	return len(text) > len(codeStart) && strings.EqualFold(text[:len(codeStart)], codeStart)
}

// wellFormed reports whether a code has the form of a signed text. Then no keyboard
// layout has changed it.
func wellFormed(code string) bool {
	head, rest, _ := strings.Cut(code, ".")
	_, _, two := strings.Cut(rest, ".")
	if !two {
		return false
	}
	for i := range len(code) {
		if b := code[i]; !isASCIILetter(b) && (b < '0' || b > '9') && b != '-' && b != '_' && b != '.' {
			return false
		}
	}
	text, err := base64.RawURLEncoding.DecodeString(head)
	return err == nil && json.Unmarshal(text, &struct{}{}) == nil
}

func verify(public *keys.Public, code string) (ticket.Claims, error) {
	if strings.Count(code, ".") != 2 {
		return ticket.Claims{}, errNoCode
	}
	claims, err := ticket.Verify(public, code)
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return ticket.Claims{}, errors.New("the signature is wrong: the code was changed or forged")
	case err != nil:
		// Of what the library says around it, the last is what is wrong.
		parts := strings.Split(err.Error(), ": ")
		return ticket.Claims{}, fmt.Errorf("this is no ticket of these keys: %s", parts[len(parts)-1])
	case claims.ID == "" || claims.Season == "" || claims.Seat == "":
		return ticket.Claims{}, errors.New("the code names no ticket, season or seat")
	}
	return claims, nil
}
