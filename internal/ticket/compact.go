package ticket

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"usher/internal/keys"
)

// A compact code is made for scanners: few bytes, in characters that a QR code stores at
// 5.5 bits each. After the prefix, in base45:
//
//	 4 bytes  id of the key that signed (keys.ID)
//	 4        time of issue, Unix seconds, big-endian
//	12        ticket id
//	1 + n     season id, its length first
//	1 + n     seat number in UTF-8, its length first
//	64        Ed25519 signature over signedPrefix and all bytes before the signature
const (
	// Prefix is the start of every compact code.
	Prefix = "UT1"
	// signedPrefix keeps what a ticket key signs for codes apart from everything else
	// that it signs.
	signedPrefix = "usher-ticket/v1 "

	keyBytes, issuedBytes, idBytes, signatureBytes = 4, 4, 12, 64
)

// ErrForm says that a text does not have the form of a ticket's code.
var ErrForm = errors.New("ticket: the text does not have the form of a ticket's code")

// Sign returns the code of a ticket, which is compact. The same ticket gives the same code.
// Errors: an id that is not 24 hexadecimal digits, a season or a seat that is empty, not
// UTF-8 or longer than 255 bytes, a time of issue before 1970 or after 2106.
func Sign(ring *keys.Ring, id, season, seat string, issuedAt time.Time) (string, error) {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != idBytes {
		return "", fmt.Errorf("ticket: the id is %q, want %d hexadecimal digits", id, 2*idBytes)
	}
	at := issuedAt.Unix()
	if at < 0 || at > 1<<32-1 {
		return "", fmt.Errorf("ticket: the time of issue is %s, want one from 1970 to 2106", issuedAt)
	}
	key := ring.SigningID()
	body := make([]byte, 0, keyBytes+issuedBytes+idBytes+2+len(season)+len(seat)+signatureBytes)
	body = append(body, key[:]...)
	body = binary.BigEndian.AppendUint32(body, uint32(at))
	body = append(body, raw...)
	for _, field := range []struct{ name, value string }{{"season", season}, {"seat", seat}} {
		if field.value == "" || len(field.value) > 255 || !utf8.ValidString(field.value) {
			return "", fmt.Errorf("ticket: the %s is %.300q, want 1 to 255 bytes of UTF-8", field.name, field.value)
		}
		body = append(append(body, byte(len(field.value))), field.value...)
	}
	signature := ring.Signature(signedPrefix + string(body))
	return Prefix + encodeBase45(append(body, signature[:]...)), nil
}

// parts are a compact code that was taken apart and not verified.
type parts struct {
	key       keys.ID
	claims    Claims
	body      []byte // what was signed, without signedPrefix
	signature []byte
}

// takeApart reads a compact code; ErrForm when the text is none.
func takeApart(code string) (parts, error) {
	text, ok := strings.CutPrefix(code, Prefix)
	if !ok {
		return parts{}, ErrForm
	}
	data, err := decodeBase45(text)
	if err != nil || len(data) < keyBytes+issuedBytes+idBytes+signatureBytes {
		return parts{}, ErrForm
	}
	body := data[:len(data)-signatureBytes]
	p := parts{key: keys.ID(body), body: body, signature: data[len(body):]}
	p.claims = Claims{
		Issuer: Issuer, Audience: Audience,
		IssuedAt: int64(binary.BigEndian.Uint32(body[keyBytes:])),
		ID:       hex.EncodeToString(body[keyBytes+issuedBytes:][:idBytes]),
	}
	rest := body[keyBytes+issuedBytes+idBytes:]
	for _, into := range []*string{&p.claims.Season, &p.claims.Seat} {
		if len(rest) == 0 || rest[0] == 0 || len(rest) <= int(rest[0]) {
			return parts{}, ErrForm
		}
		field := rest[1:][:rest[0]]
		if !utf8.Valid(field) {
			return parts{}, ErrForm
		}
		*into, rest = string(field), rest[1+len(field):]
	}
	if len(rest) > 0 {
		return parts{}, ErrForm
	}
	return p, nil
}

// HasForm reports whether a text has the form of a compact code, which may be forged.
func HasForm(code string) bool {
	_, err := takeApart(code)
	return err == nil
}

// verifyCompact checks a compact code.
func verifyCompact(verifier Verifier, code string) (Claims, error) {
	p, err := takeApart(code)
	if err != nil {
		return Claims{}, err
	}
	if err := verifier.VerifyBytes(p.key, append([]byte(signedPrefix), p.body...), p.signature); err != nil {
		return Claims{}, err
	}
	return p.claims, nil
}
