package presale

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normal is the form in which codes are compared: without surrounding spaces, in one
// case, and with letters that look the same written the same. "" is no code.
func Normal(code string) string {
	return strings.TrimSpace(cases.Fold().String(norm.NFKC.String(strings.TrimSpace(code))))
}

// hashes returns the hash of a code under each key, the one for new codes first. The
// hash is keyed, because codes are short: a person who reads the database could find
// every code of a plain hash by trying. The key is derived from the signing key, which is
// not in the database. Seasons have different hashes of the same code.
func (b *Book) hashes(season, code string) []string {
	out := make([]string, 0, len(b.secrets))
	for _, secret := range b.secrets {
		mac := hmac.New(sha256.New, secret)
		_, _ = io.WriteString(mac, season+"\n"+Normal(code))
		out = append(out, hex.EncodeToString(mac.Sum(nil)))
	}
	return out
}
