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
	code := capitals(clean(scanned))
	claims, err := verify(public, code)
	if err == nil || isJWS(code) || len(code) < leastCode {
		return code, claims, err
	}
	damaged := false
	// Also try the text with its quotes: on some layouts a quote is a character of the code.
	for _, typed := range []string{clean(scanned), visible(scanned)} {
		damaged = damaged || startsLikeCode(startOf(typed))
		candidates := readings(typed, func(start string) bool {
			damaged = damaged || startsLikeCode(start)
			start = clean(start)
			return strings.HasPrefix(start, jwsStart) || startsLikeCompact(start)
		})
		for _, candidate := range candidates {
			for _, reading := range withSpaces(capitals(clean(candidate))) {
				if claims, err := verify(public, reading); err == nil {
					return reading, claims, nil
				}
			}
		}
	}
	if damaged && !isCompact(code) {
		return "", ticket.Claims{}, ErrLayout
	}
	return code, claims, err
}

// capitals repairs the case of a compact code, which has capitals only: scanners can be set
// to type small letters.
func capitals(code string) string {
	if startsLikeCompact(code) {
		return strings.ToUpper(code)
	}
	return code
}

// beforeLost are the characters of a code that some layout types with a dead key: plus on
// most layouts, 3 on the Turkish one with a typewriter's lock.
const beforeLost = "+3"

// withSpaces returns a reading and, if it is a compact code that lacks characters, the
// readings with one or two spaces more. A dead key takes a space that follows.
func withSpaces(reading string) []string {
	const most = 24 // characters of beforeLost; a code has six on average
	found := []string{reading}
	if !startsLikeCompact(reading) || ticket.HasForm(reading) {
		return found
	}
	var ends []int // where a space can be missing
	for i := range reading {
		if strings.IndexByte(beforeLost, reading[i]) >= 0 {
			ends = append(ends, i+1)
		}
	}
	if len(ends) > most {
		return found
	}
	for i, first := range ends {
		found = append(found, reading[:first]+" "+reading[first:])
		for _, second := range ends[i+1:] {
			found = append(found, reading[:first]+" "+reading[first:second]+" "+reading[second:])
		}
	}
	return found
}

// ReadTicket is Read without the code.
func ReadTicket(public *keys.Public, code string) (ticket.Claims, error) {
	_, claims, err := Read(public, code)
	return claims, err
}

// jwsStart is the start of every code that is a JWS: {" in base64.
const jwsStart = "eyJ"

// startsLikeCode reports whether a text starts like a code, ignoring case. The rest of
// the text may be damaged beyond repair.
func startsLikeCode(text string) bool {
	text = clean(text)
	return len(text) > len(jwsStart) && strings.EqualFold(text[:len(jwsStart)], jwsStart) || startsLikeCompact(text)
}

// startsLikeCompact reports whether a text starts like a compact code, ignoring case.
func startsLikeCompact(text string) bool {
	return len(text) > len(ticket.Prefix) && strings.EqualFold(text[:len(ticket.Prefix)], ticket.Prefix)
}

// isCompact reports whether a text consists of the characters of a compact code. The
// readings of the text have been tried: what is left is a forged, a bent or a cut code.
func isCompact(code string) bool {
	return strings.HasPrefix(code, ticket.Prefix) && !strings.ContainsFunc(code, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > ':') && !strings.ContainsRune(" $%*+-./", r)
	})
}

// isJWS reports whether a code has the form of a JWS. A keyboard layout cannot have
// changed such a code.
func isJWS(code string) bool {
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
	if !strings.HasPrefix(code, ticket.Prefix) && strings.Count(code, ".") != 2 {
		return ticket.Claims{}, errNoCode
	}
	claims, err := ticket.Verify(public, code)
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, keys.ErrSignature):
		return ticket.Claims{}, errors.New("the signature is wrong: the code was changed or forged")
	case errors.Is(err, ticket.ErrForm):
		return ticket.Claims{}, errors.New("the code was cut or changed: it does not have the form of a ticket's code")
	case err != nil:
		// The libraries wrap errors; the last part names the problem.
		parts := strings.Split(err.Error(), ": ")
		return ticket.Claims{}, fmt.Errorf("the code is not a ticket signed by these keys: %s", parts[len(parts)-1])
	case claims.ID == "" || claims.Season == "" || claims.Seat == "":
		return ticket.Claims{}, errors.New("the code lacks a ticket id, a season or a seat")
	}
	return claims, nil
}
