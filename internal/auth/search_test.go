package auth_test

import (
	"context"
	"slices"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/fault"
)

// TestAUserIsFoundByAddressInAnyCase: issuers return an address in the case in which
// the user once typed it.
func TestAUserIsFoundByAddressInAnyCase(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	user := must(a.SignIn(context.Background(), w.idToken(t, jwt.MapClaims{"email": "Ada.L@Example.com", "sub": "search"})))(t)
	for text, finds := range map[string]bool{
		"Ada.L@Example.com": true,
		"ada.l@example.com": true,
		"da.l@example.com":  false,
		"ada.l@example.co":  false,
		"adaxl@example.com": false,
	} {
		found := must(a.Search(context.Background(), text, 10))(t)
		if slices.Contains(found, user.ID) != finds {
			t.Errorf("a search for %q finds %v; it should find the user: %v", text, found, finds)
		}
	}
	for _, text := range []string{"\x00\x00", "a\x00@example.com", "\xff\xff", "a\nb"} {
		if _, err := a.Search(context.Background(), text, 10); !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("a search for %q: %v", text, err)
		}
	}
}
