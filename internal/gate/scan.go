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
	// maxCode is the length of the longest code that Read tries, in bytes. No QR code
	// can contain more.
	maxCode = 4096
	// leastCode is the length from which a text that starts like a code counts as a
	// damaged code.
	leastCode = 60
)

// ErrLayout says that a text looks like a damaged code that cannot be repaired: the
// scanner is set to another keyboard layout than the computer. The ticket may be valid.
var ErrLayout = errors.New("the scanner types with another keyboard layout")

// errNoCode says that a text does not look like a code at all.
var errNoCode = errors.New("the text is not the code of a ticket")

// Read verifies the text that a scanner typed, and returns the code that the scanner
// read and the claims of the code. Read undoes the damage done by a keyboard layout,
// Caps Lock or the settings of the scanner, and accepts a repaired code only if its
// signature is valid. The error explains to staff why the text is not a ticket.
// ErrLayout leaves open whether it is one.
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
	// Also try the text with its quotes: on some layouts a quote is a character of the code.
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

// ReadTicket is Read without the code.
func ReadTicket(public *keys.Public, code string) (ticket.Claims, error) {
	_, claims, err := Read(public, code)
	return claims, err
}

// codeStart is the start of every code: {" in base64.
const codeStart = "eyJ"

// startsLikeCode reports whether a text starts like a code, ignoring case. The rest of
// the text may be damaged beyond repair.
func startsLikeCode(text string) bool {
	text = clean(text)
	return len(text) > len(codeStart) && strings.EqualFold(text[:len(codeStart)], codeStart)
}

// wellFormed reports whether a code has the form of a JWS. A keyboard layout cannot have
// changed such a code.
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

// verify verifies a code that needs no repair.
func verify(public *keys.Public, code string) (ticket.Claims, error) {
	if strings.Count(code, ".") != 2 {
		return ticket.Claims{}, errNoCode
	}
	claims, err := ticket.Verify(public, code)
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return ticket.Claims{}, errors.New("the signature is wrong: the code was changed or forged")
	case err != nil:
		// The library wraps errors; the last part names the problem.
		parts := strings.Split(err.Error(), ": ")
		return ticket.Claims{}, fmt.Errorf("the code is not a ticket signed by these keys: %s", parts[len(parts)-1])
	case claims.ID == "" || claims.Season == "" || claims.Seat == "":
		return ticket.Claims{}, errors.New("the code lacks a ticket id, a season or a seat")
	}
	return claims, nil
}
