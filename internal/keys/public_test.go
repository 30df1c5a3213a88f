package keys

import (
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// TestAKeySetThatWasPublishedVerifies: what a ring signs, the set that it
// publishes verifies, old keys too, and a set of other keys does not.
func TestAKeySetThatWasPublishedVerifies(t *testing.T) {
	old, now := newKey(t), newKey(t)
	code := func(r *Ring) string {
		t.Helper()
		signed, err := r.Sign("usher-ticket", jwt.RegisteredClaims{ID: "one"})
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	ring := newRing(t, now, old)
	set, err := ReadJWKS(ring.JWKS(), Ticket)
	if err != nil {
		t.Fatal(err)
	}
	if string(set.JWKS()) != string(ring.JWKS()) {
		t.Errorf("read and written again: %s, want %s", set.JWKS(), ring.JWKS())
	}
	for name, signed := range map[string]string{"the signing key": code(ring), "the one before": code(newRing(t, old))} {
		claims := jwt.RegisteredClaims{}
		if err := set.Verify("usher-ticket", signed, &claims); err != nil || claims.ID != "one" {
			t.Errorf("%s: %v, %v", name, claims, err)
		}
	}
	if set.Verify("usher-ticket", code(newRing(t, newKey(t))), &jwt.RegisteredClaims{}) == nil {
		t.Error("a stranger's signature was taken")
	}
}

func TestKeySetsThatCannotVerifyAreRefused(t *testing.T) {
	good := string(newRing(t, newKey(t)).JWKS())
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"a good one":               {good, true},
		"with a key of other kind": {strings.Replace(good, `[`, `[{"kty":"RSA","kid":"r","n":"x","e":"AQAB"},`, 1), true},
		"no JSON":                  {"<html>", false},
		"no keys":                  {`{"keys":[]}`, false},
		"a short key":              {`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"AAAA"}]}`, false},
		"a key for encrypting":     {strings.Replace(good, `"use":"sig"`, `"use":"enc"`, 1), false},
		"an X25519 key":            {strings.Replace(good, `"crv":"Ed25519"`, `"crv":"X25519"`, 1), false},
	} {
		if set, err := ReadJWKS([]byte(c.text), Ticket); (err == nil) != c.ok || (set != nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestClaimsMayBeAMap: claims are decoded into a map too, as the JWT library does.
func TestClaimsMayBeAMap(t *testing.T) {
	ring := newRing(t, newKey(t))
	token, err := ring.Sign("usher-ticket", jwt.MapClaims{"seat": "A-1"})
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	if err := ring.Verify("usher-ticket", token, claims); err != nil || claims["seat"] != "A-1" {
		t.Errorf("claims %v, error %v", claims, err)
	}
}
