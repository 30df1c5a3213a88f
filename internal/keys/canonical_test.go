package keys_test

import (
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
)

// TestASignatureHasOneSpelling: the last letter of a signature has four bits that say
// nothing. Two spellings of one token must not pass as two tokens.
func TestASignatureHasOneSpelling(t *testing.T) {
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	token, err := ring.Sign("JWT", jwt.MapClaims{"sub": "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Verify("JWT", token, &jwt.RegisteredClaims{}); err != nil {
		t.Fatal(err)
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	end := len(token) - 1
	other := token[:end] + string(letters[strings.IndexByte(letters, token[end])|1])
	for _, text := range []string{other, token + "=", token + "=="} {
		if err := ring.Verify("JWT", text, &jwt.RegisteredClaims{}); err == nil {
			t.Errorf("%s passes for %s", text[end-4:], token[end-4:])
		}
	}
}
